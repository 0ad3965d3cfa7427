"""Binds the edge to the settings, and hears which products are looked at."""

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState

from store.catalog.handles import is_handle
from store.edge import views, zone
from store.web.limits import limit
from store.web.policy import personal

blueprint = Blueprint("edge", __name__)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Take the zone and the Valkey of the settings."""
    settings = state.app.extensions["store.settings"]
    zone.configure(settings)
    views.configure(settings)


@blueprint.post("/-/views/<handle>")
@personal
@limit("30 per minute")
def count_view(handle: str) -> Response:
    """Count that a product was looked at; whose eyes they were is nowhere."""
    if is_handle(handle):
        views.current().count(handle)
    return Response(status=204)
