"""Renditions over HTTP, for a shop without a media host of its own."""

from flask import Blueprint, Response, make_response
from flask.blueprints import BlueprintSetupState

from store.core import single_flight
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.media import incoming, on_demand, storage
from store.web.cache_tags import tag
from store.web.policy import public

blueprint = Blueprint("media", __name__)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Bind the storage of the settings, and give templates `media_url(key, width)`."""
    storage.configure(state.app.extensions["store.settings"])
    incoming.configure(state.app.extensions["store.settings"])
    single_flight.configure(state.app.extensions["store.settings"])
    state.app.jinja_env.globals["media_url"] = storage.media_url


@blueprint.get("/media/<name>")
@public()
def show(name: str) -> Response:
    """Send a rendition; its name follows from its content, so it may be kept for ever."""
    body = on_demand.rendition(name)
    if body is None:
        raise NotFound(_("This picture is not here any more."), name=name[:80])
    tag(f"image-{name.partition('-')[0]}")
    response = make_response(body)
    response.content_type = storage.content_type_of(name)
    response.headers["Cache-Control"] = storage.CACHE_CONTROL
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Opened by itself it is a picture and nothing else, whatever a browser may take it for.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
