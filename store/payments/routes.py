"""Payments over HTTP: where providers knock, where shoppers come back, and the button that tries again."""

from collections.abc import Mapping

from flask import Blueprint, Response, current_app, g, request, url_for
from flask.blueprints import BlueprintSetupState
from pydantic import SecretStr
from werkzeug.wrappers import Response as BaseResponse

from store.core.errors import NotFound, Unavailable
from store.core.i18n import gettext as _
from store.orders.models import Order
from store.orders.queries import get_order_by_token
from store.payments import providers, services
from store.payments.offline.awaited import Awaited, find_awaited
from store.payments.providers.base import Element
from store.payments.silence import Silence, find_silence
from store.payments.ways import Ways, ways_to_pay
from store.web.hypermedia import redirect_after, render
from store.web.limits import limit
from store.web.policy import machine, secret
from store.web.security import PERMISSIONS, BadSettings, content_security_policy

blueprint = Blueprint("payments", __name__)

MAX_WEBHOOK_BYTES = 512 * 1024
ATTEMPTS = "20/10 minutes"
LONGEST_TOKEN = 200

# Where shoppers are sent on to pay.
_PAYING = ("checkout", "orders", "payments")


@blueprint.record
def configure_providers(state: BlueprintSetupState) -> None:
    """Hand the settings to the providers, with the key that this application really uses; raises `BadSettings`."""
    settings = state.app.extensions["store.settings"]
    if settings.is_production and settings.test_gateway:
        raise BadSettings("TEST_GATEWAY moves no money and can't be set in production")
    if settings.is_production and not settings.stripe_js_url.startswith("https://"):
        raise BadSettings("STRIPE_JS_URL needs https in production: cards are typed into what it shows")
    key = state.app.secret_key
    providers.configure(settings.model_copy(update={"secret_key": SecretStr(str(key))}))
    services.configure(settings)


@blueprint.app_template_global("payment_element")
def payment_element(code: str, amount_minor: int, currency: str) -> Element | None:
    """Return a provider's own form for the page that is being made, and let the page load what it needs."""
    element = providers.get_provider(code).element(amount_minor=amount_minor, currency=currency)
    if element is not None:
        g.payment_policy = element.policy
    return element


@blueprint.app_template_global("payment_ways")
def payment_ways(order: Order) -> Ways:
    """Return how an order that waits for money can be paid, on the page that is being made."""
    return ways_to_pay(order)


@blueprint.app_template_global("payment_silence")
def payment_silence(order: Order) -> Silence | None:
    """Return what to say of a provider that does not answer, on the page that is being made."""
    return find_silence(order, request.args.get("unanswered", ""))


@blueprint.app_template_global("money_awaited")
def money_awaited(order: Order) -> Awaited | None:
    """Return what is still to come by hand for an order, for whoever has its page before them."""
    return find_awaited(order)


@blueprint.after_app_request
def allow_providers_pages(response: Response) -> Response:
    """Let the forms of checkout and order pages lead to the providers' own pages, and no other page's.

    A page with a provider's form in it may load that provider's script and frames besides; no other page may.
    """
    if request.blueprint in _PAYING and response.mimetype == "text/html":
        targets = sorted({target for one in providers.configured_providers() for target in one.form_targets})
        sources: Mapping[str, tuple[str, ...]] = g.get("payment_policy", {})
        if targets or sources:
            settings = current_app.extensions["store.settings"]
            policy = content_security_policy(
                settings.media_public_url,
                form_targets=targets,
                scripts=sources.get("script-src", ()),
                frames=sources.get("frame-src", ()),
                connect_targets=sources.get("connect-src", ()),
            )
            response.headers.setdefault("Content-Security-Policy", policy)
        if sources:
            # Wallets and banks open windows of their own, and ask the browser for a payment out of a frame.
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
            frames = " ".join(f'"{one}"' for one in sources.get("frame-src", ()) if "*" not in one)
            response.headers["Permissions-Policy"] = PERMISSIONS.replace("payment=(self)", f"payment=(self {frames})")
    return response


@blueprint.post("/webhooks/payments/<provider>")
@machine
def receive_webhook(provider: str) -> Response:
    """Keep a provider's notification: 2xx once it is safe, 400 when it can't be trusted, 503 to have it sent again."""
    request.max_content_length = MAX_WEBHOOK_BYTES
    # The raw bytes are what was signed.
    reply = services.receive_webhook(provider, dict(request.headers), request.get_data(cache=False))
    return Response(reply.body, status=reply.status, content_type=reply.content_type)


@blueprint.get("/checkout/return/<token>")
@secret
def return_from_provider(token: str) -> BaseResponse:
    """Ask how the payment went and lead on to the page that says so, or show what the bank still wants."""
    order, attempt = services.return_from_provider(token)
    step = services.next_step(order.id) if attempt == "requires_action" else None
    if step is not None:
        g.payment_policy = step.policy
        return render(step.template, order=order, step=step)
    if order.status == "pending" and attempt in ("failed", "voided"):
        return redirect_after(url_for("orders.show", token=token))
    return redirect_after(url_for("orders.show_confirmation", token=token))


@blueprint.post("/orders/<token>/payments")
@secret
@limit(ATTEMPTS)
def create_payment(token: str) -> BaseResponse:
    """Go on with paying an order, or try again; `provider` may name another way than last time."""
    order = get_order_by_token(token)
    ways = ways_to_pay(order)
    if not ways.offered:
        raise NotFound(_("Payment is not possible right now."))
    named = request.form.get("provider", "")
    wanted = named if any(one.code == named for one in ways.offered) else ways.chosen
    try:
        token_of_form = request.form.get("payment_token", "")[:LONGEST_TOKEN]
        return redirect_after(services.begin(order.id, wanted, token=token_of_form))
    except Unavailable:
        # The order and its stock are kept; its page says so, and offers to try again or another way.
        return redirect_after(url_for("orders.show", token=token, unanswered=wanted))
