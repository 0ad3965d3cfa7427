"""Stripe's form on our own page: what its script has to know, and what the page has to allow it."""

from typing import Any
from urllib.parse import urlsplit

from store.core.i18n import current_locale
from store.core.settings import Settings
from store.payments.providers import capture_mode
from store.payments.providers.base import Element, NextStep

_STRIPE_JS = "https://js.stripe.com"


def element_of(settings: Settings, *, amount_minor: int, currency: str) -> Element | None:
    """Return the form for an amount, or `None` for a shop without a publishable key."""
    if not settings.stripe_publishable_key:
        return None
    facts = {
        "provider": "stripe",
        "amount": str(amount_minor),
        "currency": currency.lower(),
        "capture": capture_mode(),
    }
    return Element("payments/_stripe.html", _of_script(settings) | facts, _policy(settings))


def step_of(settings: Settings, intent: Any) -> NextStep | None:
    """Return what an intent still wants of the shopper."""
    if intent.status != "requires_action" or not intent.next_action:
        return None
    page = getattr(intent.next_action, "redirect_to_url", None)
    facts = _of_script(settings) | {"secret": intent.client_secret}
    return NextStep("payments/stripe_next.html", page.url if page is not None else "", facts, _policy(settings))


def origin_of(url: str) -> str:
    """Return scheme and host of an address, as policies name them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _of_script(settings: Settings) -> dict[str, str]:
    return {
        "script": settings.stripe_js_url,
        "key": settings.stripe_publishable_key,
        "locale": current_locale(),
    }


def _policy(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return what Stripe's script needs, https://docs.stripe.com/security/guide#content-security-policy."""
    origin = origin_of(settings.stripe_js_url)
    if origin != _STRIPE_JS:
        return dict.fromkeys(("script-src", "frame-src", "connect-src"), (origin,))
    return {
        "script-src": (_STRIPE_JS, "https://*.js.stripe.com"),
        "frame-src": (_STRIPE_JS, "https://*.js.stripe.com", "https://hooks.stripe.com"),
        "connect-src": ("https://api.stripe.com",),
    }
