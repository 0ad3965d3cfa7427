"""One template, two answers: the page for a browser that navigates, the fragment for htmx.

Public pages are always whole (htmx takes its part with `hx-select`); private pages and answers to forms may be
fragments. This module knows htmx 4's headers where htmx-flask still speaks of htmx 2.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import htmx_flask
from flask import Flask, Response, g, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from store.web import policy

HTMX_CONFIG: Final = {
    # Errors are swapped only where a form opts in with hx-status; their out-of-band parts arrive regardless.
    "noSwap": [204, 304, "4xx", "5xx"],
    "defaultTimeout": 10_000,
    "includeIndicatorCSS": False,
    # A morph must not close what the visitor has opened.
    "morphIgnore": ["data-htmx-powered", "open"],
}

_ROOT = re.compile(r"\s*<([a-z][a-z0-9-]*)(?=[\s>])", re.IGNORECASE)


def init_app(app: Flask) -> None:
    """Give requests their `htmx` attribute and answers their collected events."""
    htmx_flask.Htmx(app)
    app.after_request(_send_events)
    app.jinja_env.globals["htmx_config_meta"] = htmx_config_meta


def is_htmx() -> bool:
    """Whether htmx made this request, other than to restore a page from its history."""
    # An error before routing leaves a plain request, which knows no htmx.
    asked: Any = getattr(request, "htmx", None)
    return bool(asked) and not asked.history_restore_request


def wants_fragment() -> bool:
    """Whether the answer should be a part of the page: htmx asks for one, and the route is not public."""
    if request.headers.get("HX-Request-Type") != "partial" or not is_htmx():
        return False
    rule = policy.current()
    return rule is None or rule.kind != "public"


def render(
    page: str,
    fragment: str | None = None,
    oob: Iterable[str] = (),
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """Return the page, or to htmx its fragment followed by the `oob` templates.

    Each template of `oob` has one root element with an id; it replaces the element with that id wherever it stands.
    """
    if fragment is not None and wants_fragment():
        parts = [render_template(fragment, **context)]
        parts += [out_of_band(render_template(name, **context)) for name in oob]
        body = "\n".join(parts)
    else:
        body = render_template(page, **context)
    response = make_response(body, status)
    if headers:
        response.headers.update(headers)
    return response


def out_of_band(html: str) -> str:
    """Mark the root element of a rendered fragment to replace its namesake; raises `ValueError` without one root."""
    marked, count = _ROOT.subn(r'<\1 hx-swap-oob="true"', html, count=1) if _ROOT.match(html) else (html, 0)
    if not count:
        raise ValueError("an out-of-band fragment starts with its root element")
    return marked


def redirect_after(url: str) -> BaseResponse:
    """Send the visitor to `url` after a form: 303, or to htmx 204 with HX-Redirect.

    fetch() would follow a 303 silently and swap the whole page into the form's target.
    """
    if not is_htmx():
        return redirect(url, 303)
    response = make_response("", 204)
    response.headers["HX-Redirect"] = url
    return response


def trigger(event: str, **detail: Any) -> None:
    """Fire an event on the page's body when the answer has been swapped in, e.g. `trigger("cart:refresh")`.

    It names the body because an event on a form that was just replaced would be heard by nobody.
    """
    events: dict[str, Any] = g.setdefault("htmx_events", {})
    events[event] = {"target": "body", **detail}


def focus(selector: str) -> None:
    """Move the focus after the swap, e.g. to the first field in error."""
    trigger("store:focus", selector=selector)


def retarget(response: Response, selector: str, swap: str = "outerHTML") -> Response:
    """Swap a successful answer elsewhere than its form says; on 4xx and 5xx only `hx-status` can do that."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response


def htmx_config_meta() -> Markup:
    """Return the `<meta>` element that configures htmx; it stands before the scripts."""
    return Markup('<meta name="htmx-config" content="{}">').format(json.dumps(HTMX_CONFIG, separators=(",", ":")))


def _send_events(response: Response) -> Response:
    events = g.get("htmx_events")
    if events and is_htmx():
        response.headers["HX-Trigger"] = json.dumps(events)
    return response
