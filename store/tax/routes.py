"""Binds tax to the settings: which register of VAT ids is asked."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from store.tax import vies

blueprint = Blueprint("tax", __name__)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Take the register of the settings."""
    vies.configure(state.app.extensions["store.settings"])
