"""The order page behind its unguessable link, and the confirmation that follows payment."""

from flask import Blueprint, Response, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from store.orders import services
from store.orders.following import look_of, seen_of
from store.orders.queries import get_order_by_token
from store.orders.summary import payment_words, progress, standing
from store.orders.tracking import parcel_ways
from store.web.hypermedia import is_htmx, redirect_after, render
from store.web.policy import secret

blueprint = Blueprint("orders", __name__)

# Pages that follow their order, with the part of each that changes.
_FOLLOWED = {"show": "orders/_show.html", "show_confirmation": "orders/_confirmation.html"}

blueprint.add_app_template_global(payment_words)
blueprint.add_app_template_global(parcel_ways)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Bind parcels to the settings."""
    services.configure(state.app.extensions["store.settings"])


@blueprint.get("/orders/<token>")
@secret
def show(token: str) -> Response:
    """Show an order to whoever has its link."""
    return _show("orders/show.html", token)


@blueprint.get("/orders/<token>/confirmation")
@secret
def show_confirmation(token: str) -> Response:
    """Say thank you; until the provider has confirmed, say truthfully that we wait, and look again."""
    return _show("orders/confirmation.html", token)


@blueprint.get("/orders/<token>/status")
@secret
def show_status(token: str) -> BaseResponse:
    """Tell a page that follows an order when to look again, and what is new with it.

    A form may be open there with half a card number in it, so nothing is shown anew before something happened. A page
    that offers to pay is loaded as a whole: the forms of providers bring scripts with them.
    """
    order = get_order_by_token(token)
    shown = request.args.get("shown", "")
    shown = shown if shown in _FOLLOWED else "show"
    if not is_htmx():
        return redirect_after(url_for(f"orders.{shown}", token=token))
    news = request.args.get("seen") != seen_of(order)
    look = look_of(order, 0 if news else max(0, request.args.get("looks", 0, type=int)))
    if news and look is not None:
        response = render("orders/_look.html", order=order, look=None, shown=shown)
        response.headers["HX-Refresh"] = "true"
        return response
    return render(
        "orders/_look.html",
        fragment="orders/_look.html",
        oob=(_FOLLOWED[shown], "cart/_live.html") if news else (),
        order=order,
        look=look,
        shown=shown,
        progress=progress(order),
        said=standing(order),
    )


def _show(template: str, token: str) -> Response:
    order = get_order_by_token(token)
    return render(template, order=order, progress=progress(order), look=look_of(order))
