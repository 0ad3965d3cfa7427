"""Turns every failure into an answer a visitor can use: a page, or to htmx a toast beside the page that stays."""

from typing import Any, cast

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from jinja2 import TemplateError
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as BaseResponse

from store.core import log
from store.core.db import AWAY
from store.core.db import session as database
from store.core.errors import StoreError, Unavailable
from store.core.i18n import gettext as _
from store.web import hypermedia, markets, policy
from store.web.security import HeaderList

RETRY_SECONDS = 5

logger = log.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Register the handlers; a bug that nobody handles is logged once and becomes the 500 page."""
    app.log_exception = _log_bug  # type: ignore[method-assign]
    app.register_error_handler(StoreError, _store_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _bug)
    for kind in AWAY:
        app.register_error_handler(kind, _database_down)
    app.register_error_handler(PoolTimeoutError, _database_down)
    app.register_error_handler(DataError, _unstorable)


def bare_page(app: Flask, status: int, request_id: str, message: str = "") -> tuple[bytes, HeaderList]:
    """Return a complete page and its headers made without request, session or database."""
    template = app.jinja_env.get_template("errors/bare.html")
    html = template.render(
        status=status,
        title=title_of(status),
        message=message or _hint(status),
        request_id=request_id,
        shop_name=markets.last_known_name(),
    ).encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(html))),
        ("Cache-Control", "no-store"),
    ]
    return html, headers


def title_of(status: int) -> str:
    """Return the heading of an error page."""
    titles = {
        400: _("We could not read that"),
        403: _("That is not allowed here"),
        404: _("We looked everywhere"),
        405: _("That is not how this page works"),
        409: _("Something changed in the meantime"),
        413: _("That is too large"),
        422: _("Something is not right yet"),
        429: _("A little slower, please"),
        503: _("We will be right back"),
    }
    return titles.get(status) or (_("Something went wrong on our side") if status >= 500 else titles[400])


def answer_to(error: Exception) -> BaseResponse:
    """Return the plain answer to a failure, for those who could have done better and can't."""
    return _store_error(error) if isinstance(error, StoreError) else _http_error(cast("HTTPException", error))


def _store_error(error: StoreError) -> BaseResponse:
    if error.status >= 500:
        logger.error("unavailable", error=error.message, facts=error.facts)
    response = answer(error.status, error.message)
    if isinstance(error, Unavailable) and not error.permanent:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _http_error(error: HTTPException) -> BaseResponse:
    if error.response is not None or error.code is None or error.code < 400:
        # A redirect made by routing, or an answer somebody put into the exception.
        return make_response(error.get_response())
    own_words = type(error).description != error.description and error.description
    response = answer(error.code, str(own_words) if own_words else _hint(error.code))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _bug(_error: InternalServerError) -> BaseResponse:
    _let_go()
    return answer(500, _hint(500))


def _log_bug(exc_info: Any) -> None:
    # Flask's own line would hold the path, and paths hold order tokens.
    logger.error("unhandled error", exc_info=exc_info, route=request.environ.get("store.route"))


def _database_down(error: Exception) -> BaseResponse:
    logger.error("database unavailable", error=type(error).__name__, reason=str(getattr(error, "orig", error))[:300])
    _let_go()
    response = answer(503, _hint(503))
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unstorable(error: DataError) -> BaseResponse:
    # Something a form should have refused, such as a number beyond bigint in a URL: the visitor's input, not our fault.
    logger.warning("input reached the database", reason=str(error.orig)[:200], endpoint=request.endpoint)
    _let_go()
    return answer(400, _hint(400))


def _let_go() -> None:
    try:
        database.rollback()
    except SQLAlchemyError:
        # The connection is gone; the pool replaces it at the next checkout.
        database.remove()


def answer(status: int, message: str) -> Response:
    """Return the failure in the form the caller can use: JSON, toast or page."""
    rule = policy.current()
    request_id: str = request.environ.get("store.request_id", "")
    if rule is not None and rule.kind == "machine":
        return make_response(jsonify(error=message, request_id=request_id), status)
    facts: dict[str, Any] = {
        "status": status,
        "title": title_of(status),
        "message": message,
        "request_id": request_id,
    }
    if hypermedia.is_htmx():
        return make_response(render_template("errors/_problem.html", **facts), status)
    if status not in (500, 503):
        try:
            return make_response(render_template("errors/error.html", **facts), status)
        except (SQLAlchemyError, StoreError, TemplateError, BuildError) as error:
            # The shop's frame needs the database; this page must not.
            logger.warning("error page falls back to the bare one", reason=f"{type(error).__name__}: {error}"[:200])
            _let_go()
    html, headers = bare_page(current_app, status, request_id, message)
    return make_response(html, status, headers)


def _hint(status: int) -> str:
    hints = {
        400: _("Something in that request was not understood. Please go back and try again."),
        403: _("You can't do this from here."),
        404: _("This page is not here any more, or never was."),
        405: _("Please go back and use the page's own buttons."),
        413: _("That is more than this shop takes in one go."),
        503: _("The shop is catching its breath. Please try again in a few seconds; nothing in your cart is lost."),
    }
    if status >= 500 and status != 503:
        return _("It is our fault, it has been noted, and nothing you entered was charged.")
    return hints.get(status, hints[400])
