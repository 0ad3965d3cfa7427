"""Films and captions over HTTP, for a shop without a media host of its own."""

import re
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request, url_for

from store.core.db import only_reads, transaction
from store.core.errors import Forbidden, NotFound, Unavailable
from store.core.i18n import gettext as _
from store.films import providers, ranges, streaming
from store.films.queries import CaptionView, find_caption, find_size
from store.media import storage
from store.web.cache_tags import tag
from store.web.policy import machine, public
from store.web.proxies import is_behind_proxy

# The most that is sent at once of a part, however much was asked for: players ask on from there. What is held in
# memory is no more than this, and a slow connection keeps nobody waiting.
MOST_AT_ONCE = 2 * 1024 * 1024

# A worker answers one request at a time, and whoever reads a stream slowly keeps it. What is longer than the system's
# own buffers goes out whole to a trusted proxy only; players ask for parts.
MOST_WHOLE = 4 * 1024 * 1024

_MOST_OF_A_WEBHOOK = 64 * 1024

_NAME = re.compile(rf"({storage.KEY.pattern})-film\.({'|'.join(storage.FILM_TYPES)})")

blueprint = Blueprint("films", __name__)


@blueprint.record_once
def configure(state: Any) -> None:
    """Bind the streaming service of the settings; give templates `film_url`, `caption_url` and `duration`."""
    providers.configure(state.app.extensions["store.settings"])
    state.app.jinja_env.globals.update(
        film_url=storage.film_url, film_types=storage.FILM_TYPES, caption_url=caption_url
    )
    state.app.jinja_env.filters["duration"] = duration


def caption_url(caption: CaptionView) -> str:
    """Return the address of captions: always the shop's own, as browsers take none from other hosts."""
    return url_for("films.show_captions", caption_id=caption.id, digest=caption.digest)


def duration(milliseconds: int | None) -> str:
    """Return how long a film is, as players write it: 0:45."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(max(1, round(milliseconds / 1000)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@blueprint.get("/films/<name>")
@public()
def show_film(name: str) -> Response:
    """Send a film, or the part of it that a player asks for; its name follows from its content."""
    only_reads()
    match = _NAME.fullmatch(name)
    size = find_size(match[1], match[2]) if match else None
    if match is None or size is None:
        raise _gone(name)
    tag(f"film-{match[1]}")
    etag = f'"{match[1]}"'
    if etag in request.headers.get("If-None-Match", ""):
        response = make_response("", 304)
    elif request.method == "HEAD":
        response = current_app.response_class(iter(()))
        response.content_length = size
    else:
        try:
            span = ranges.read_range(_wanted(etag), size)
        except ranges.Unsatisfiable:
            response = make_response("", 416)
            response.headers["Content-Range"] = f"bytes */{size}"
            return response
        response = _whole(name, size) if span is None else _part(name, span, size)
    response.content_type = storage.FILM_TYPES[match[2]]
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = storage.CACHE_CONTROL
    return _alone(response)


@blueprint.get("/films/captions/<int:caption_id>-<digest>.vtt")
@public()
def show_captions(caption_id: int, digest: str) -> Response:
    """Send captions; their address changes with them."""
    only_reads()
    body = find_caption(caption_id, digest)
    if body is None:
        raise NotFound(_("These captions are not here any more."), caption_id=caption_id)
    response = make_response(body)
    response.content_type = "text/vtt; charset=utf-8"
    response.headers["Cache-Control"] = storage.CACHE_CONTROL
    return _alone(response)


@blueprint.post("/webhooks/films")
@machine
def receive_webhook() -> Response:
    """Hear that the streaming service is done with a film: 200 once it is noted, 400 when it can't be trusted."""
    service = providers.current()
    if service is None:
        raise NotFound(_("Nobody is expected here."))
    request.max_content_length = _MOST_OF_A_WEBHOOK
    # The raw bytes are what was signed.
    external_id = service.parse_webhook(dict(request.headers), request.get_data(cache=False))
    with transaction():
        streaming.hear(external_id)
    return Response(status=200)


def _wanted(etag: str) -> str | None:
    """Return the Range header, unless it is about a file that was another one."""
    condition = request.headers.get("If-Range")
    return request.headers.get("Range") if condition in (None, etag) else None


def _part(name: str, span: ranges.Span, size: int) -> Response:
    stop = min(span.stop, span.start + MOST_AT_ONCE)
    pieces = storage.current().stream(name, span.start, stop)
    if pieces is None:
        raise _gone(name)
    body = b"".join(pieces)
    if len(body) < stop - span.start:
        raise Unavailable(_("This film can't be sent right now."), name=name)
    response = make_response(body, 206)
    response.headers["Content-Range"] = f"bytes {span.start}-{stop - 1}/{size}"
    return response


def _whole(name: str, size: int) -> Response:
    """Send all of a film: a long one only to a proxy, which reads as fast as it is sent."""
    if size > MOST_WHOLE and not is_behind_proxy(request.environ):
        raise Forbidden(_("A film of this size is sent in parts only: ask for a range of it."), name=name)
    pieces = storage.current().stream(name, 0, size)
    if pieces is None:
        raise _gone(name)
    if size <= MOST_WHOLE:
        return make_response(b"".join(pieces))
    response = current_app.response_class(pieces, direct_passthrough=True)
    response.content_length = size
    return response


def _alone(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Opened by itself it is a film and nothing else, whatever a browser may take it for.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
    )
    return response


def _gone(name: str) -> NotFound:
    return NotFound(_("This film is not here any more."), name=name[:80])
