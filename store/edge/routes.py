"""Binds the edge to the settings."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from store.edge import zone

blueprint = Blueprint("edge", __name__)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Take the zone of the settings."""
    zone.configure(state.app.extensions["store.settings"])
