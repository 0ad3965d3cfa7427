"""The order page behind its unguessable link, and the confirmation that follows payment."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from store.orders import services
from store.orders.queries import get_order_by_token
from store.orders.summary import payment_words, progress
from store.orders.tracking import parcel_ways
from store.web.hypermedia import render
from store.web.policy import secret

blueprint = Blueprint("orders", __name__)
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
def show_status(token: str) -> Response:
    """Answer the confirmation's changing part, which asks for itself until it is settled."""
    return _show("orders/_confirmation.html", token)


def _show(template: str, token: str) -> Response:
    order = get_order_by_token(token)
    return render(template, order=order, progress=progress(order))
