"""Where carriers knock."""

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from store.core.db import transaction
from store.shipping import carriers, tracking
from store.web.policy import machine

blueprint = Blueprint("shipping", __name__)

MAX_WEBHOOK_BYTES = 512 * 1024


@blueprint.record
def configure_carriers(state: BlueprintSetupState) -> None:
    """Hand the settings to the carriers."""
    carriers.configure(state.app.extensions["store.settings"])


@blueprint.post("/webhooks/carriers/<carrier>")
@machine
def receive_webhook(carrier: str) -> Response:
    """Hear that something may have happened to a parcel: 200 once it is noted, 400 when it can't be trusted."""
    request.max_content_length = MAX_WEBHOOK_BYTES
    # The raw bytes are what was signed.
    body, token = request.get_data(cache=False), request.args.get("token", "")
    hint = carriers.get_carrier(carrier).parse_webhook(dict(request.headers), token, body)
    if hint is not None:
        with transaction():
            tracking.hear(carrier, hint)
    return Response(status=200)
