"""Payment providers, one file each, found at start."""

import sys
from collections.abc import Mapping
from functools import cache

from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.registry import discover
from store.core.settings import Settings
from store.payments.providers.base import CaptureMode, Provider
from store.shop.queries import get_shop

_settings: Settings | None = None


@cache
def all_providers() -> Mapping[str, Provider]:
    """Return every provider by its code, whether this shop is set up for it or not."""
    return discover(sys.modules[__name__], Provider)  # type: ignore[type-abstract]


def configure(settings: Settings) -> None:
    """Give every provider the settings; called when the application starts."""
    global _settings
    _settings = settings
    for provider in all_providers().values():
        provider.configure(settings)


def base_url() -> str:
    """Return the base of absolute links, for the addresses that providers lead back to."""
    if _settings is None:
        raise RuntimeError("the payment providers have not been configured")
    return _settings.base_url


def capture_mode() -> CaptureMode:
    """Return whether money is taken at once or authorised first, where a provider can do both: the desk says it."""
    wanted = get_shop().payment_capture or (_settings.payment_capture if _settings is not None else "automatic")
    return "manual" if wanted == "manual" else "automatic"


def get_provider(code: str) -> Provider:
    """Return a provider that this shop is set up for; raises `NotFound`."""
    provider = all_providers().get(code)
    if provider is None or not provider.configured():
        raise NotFound(_("This way to pay is not offered here."))
    return provider


def configured_providers() -> list[Provider]:
    """Return the providers that this shop is set up for, by code."""
    return [provider for _code, provider in sorted(all_providers().items()) if provider.configured()]
