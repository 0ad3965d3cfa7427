"""What is said at an address without a page: where it leads now, that it is gone, or what is nearest to it."""

from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from store.catalog.cards import cards_html
from store.content.nearest import Nearest, address_of, find_nearest, words_of
from store.core import log
from store.core.clock import now
from store.core.db import retrying, session
from store.core.i18n import gettext as _
from store.redirects import services, tally
from store.redirects.paths import is_external, quoted
from store.redirects.queries import Target, find_target
from store.web import errors, hypermedia, policy

# Places of programs, of staff and of one visitor: nothing of them is public, and nothing of them is counted.
_PRIVATE = ("/admin", "/-/", "/static/", "/media/", "/webhooks", "/orders", "/checkout", "/cart", "/account")

logger = log.get_logger(__name__)


def answer(error: Exception) -> BaseResponse:
    """Answer a request for a page that is not there: 301, 410, or 404 with what is nearest.

    1 statement when the address leads on; 2 more, and those of the page's frame, when it does not.
    """
    rule = policy.current()
    if (
        request.method not in ("GET", "HEAD")
        or hypermedia.is_htmx()
        or (rule is not None and rule.kind != "public")
        or any(request.path == place.rstrip("/") or request.path.startswith(place) for place in _PRIVATE)
    ):
        return errors.answer_to(error)
    try:
        found = find_target(request.path)
        if found is not None:
            tally.follow(found.path)
            return _lead_on(found) if found.target is not None else _page(410, error)
        tally.miss(request.path)
        return _page(404, error)
    except SQLAlchemyError as failure:
        logger.warning("an address can't be looked up", reason=type(failure).__name__)
        session.rollback()
        return errors.answer_to(error)


def count_visits(app: Flask, response: Response) -> None:
    """Write what was counted after the answer has been sent, when it is time to."""
    if tally.is_due():
        response.call_on_close(lambda: write_visits(app))


def write_visits(app: Flask) -> None:
    """Write what was counted now; what can't be written is lost."""
    visits = tally.take()
    with app.app_context():
        try:
            retrying(lambda: services.record_visits(visits, day=now().date()))
        except SQLAlchemyError as failure:
            logger.warning("visits of missing pages could not be counted", reason=type(failure).__name__)


def _lead_on(found: Target) -> Response:
    control = policy.make_public()
    response = make_response("", 301)
    response.headers["Location"] = _location(found.target or "/")
    response.headers["Cache-Control"] = control
    return response


def _location(target: str) -> str:
    """Return where to go: in the visitor's market, with their query behind that of the target."""
    parts = urlsplit(quoted(target))
    asked = request.query_string.decode("latin-1")
    query = "&".join(part for part in (parts.query, asked) if part)
    if is_external(target):
        return urlunsplit(parts._replace(query=query))
    return urlunsplit(("", "", request.script_root + parts.path, query, parts.fragment))


def _page(status: int, error: Exception) -> Response:
    nearest = find_nearest(request.path)
    control = policy.make_public()
    response = make_response(
        render_template(
            "errors/missing.html",
            status=status,
            title=_("This is not here any more") if status == 410 else errors.title_of(404),
            message=_message(status, nearest),
            query=words_of(request.path),
            cards=cards_html(nearest.products, eager=0),
            places=[
                (place.title, request.script_root + address_of(place.kind, place.handle)) for place in nearest.places
            ],
            request_id=request.environ.get("store.request_id", ""),
            here="",
        ),
        status,
    )
    # Gone is gone; what nobody knows today may be a page in a minute.
    response.headers["Cache-Control"] = control if status == 410 else "no-store"
    logger.debug("no page", status=status, error=type(error).__name__)
    return response


def _message(status: int, nearest: Nearest) -> str:
    if status == 410:
        text = _("We took this page down for good.")
    else:
        text = _("This page is not here any more, or never was.")
    if nearest.products or nearest.places:
        return f"{text} {_('This may be what you were looking for.')}"
    return text
