"""Every route says who its answers are for; the application does not start when one does not.

| decorator | answers are | session, cookies | Cache-Control |
|---|---|---|---|
| `@public` | the same for everyone, always the full page | neither read nor set | shared caches, for seconds |
| `@personal` | one visitor's: cart, badge, fragments | yes | `private, no-cache` (back button stays instant) |
| `@secret` | checkout, orders, accounts, back office | yes, and a token in every form | `private, no-store` |
| `@machine` | for programs: webhooks, health | no | `no-store` |
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask.globals import app_ctx
from werkzeug.routing import Rule

from store.core import log
from store.web import cache_tags, csrf, guards

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Caches that are not told of changes keep a page for so long: it is the longest time one may show an old price.
DEFAULT_MAX_AGE = 30

# A shared cache may show an old page to everybody while the shop itself is down.
_STALE_IF_ERROR = 86400

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class Policy:
    """What one route promises: see the table above."""

    kind: str
    cache_control: str
    referrer_policy: str | None = None


PERSONAL = Policy("personal", "private, no-cache")
SECRET = Policy("secret", "private, no-store", "same-origin")
MACHINE = Policy("machine", "no-store")
# Files of libraries under their own URLs, such as Flask-Admin's.
FILES = Policy("files", "public, max-age=3600")


def public(max_age: int = DEFAULT_MAX_AGE) -> Callable[[View], View]:
    """Mark a page as the same for everyone; `max_age` is how many seconds a shared cache may keep it.

    Browsers ask again each time and mostly hear 304.
    """
    return _marker(Policy("public", _public_control(max_age)))


def make_public(max_age: int = DEFAULT_MAX_AGE) -> str:
    """Let the request in progress end with an answer that is the same for everyone; return its Cache-Control."""
    control = _public_control(max_age)
    g.policy = Policy("public", control)
    return control


def personal(view: View) -> View:
    """Mark a page or fragment as one visitor's own."""
    return _marker(PERSONAL)(view)


def secret(view: View) -> View:
    """Mark a page nobody may keep; its forms carry `csrf_token()`."""
    return _marker(SECRET)(view)


def machine(view: View) -> View:
    """Mark an endpoint for programs, which send no cookie and no Origin."""
    return _marker(MACHINE)(view)


def cover(app: Flask, url_prefix: str, policy: Policy) -> None:
    """Give every route under a prefix that declares nothing itself this policy: for libraries' own views."""
    app.extensions["store.policy.covers"].append((url_prefix, policy))


def init_app(app: Flask) -> None:
    """Enforce the policies on every request. `check_routes` completes it when all routes are there."""
    app.extensions["store.policy"] = {}
    app.extensions["store.policy.covers"] = []
    app.before_request(_enter)
    app.after_request(_leave)


def check_routes(app: Flask) -> None:
    """Resolve the policy of each route; raises `RuntimeError` naming the ones that declare none."""
    missing: list[str] = []
    for rule in app.url_map.iter_rules():
        try:
            _resolve(app, rule)
        except LookupError as error:
            missing.append(str(error))
    if missing:
        raise RuntimeError("routes without a policy: " + "; ".join(sorted(missing)))


def current() -> Policy | None:
    """Return the policy of the request in progress; `None` when no route matched."""
    policy: Policy | None = g.get("policy")
    return policy


def _public_control(max_age: int) -> str:
    return f"public, max-age=0, s-maxage={max_age}, stale-if-error={_STALE_IF_ERROR}"


def _marker(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


def _resolve(app: Flask, rule: Rule) -> Policy:
    policies: dict[str, Policy] = app.extensions["store.policy"]
    known = policies.get(rule.endpoint)
    if known is not None:
        return known
    declared: Policy | None = getattr(app.view_functions.get(rule.endpoint), "policy", None)
    if declared is None and rule.endpoint.rpartition(".")[2] == "static":
        declared = FILES
    if declared is None:
        covers: list[tuple[str, Policy]] = app.extensions["store.policy.covers"]
        declared = next((policy for prefix, policy in covers if rule.rule.startswith(prefix)), None)
    if declared is None:
        raise LookupError(f"{rule.endpoint} ({rule.rule})")
    if declared.kind == "public" and not SAFE_METHODS.issuperset(rule.methods or ()):
        raise LookupError(f"{rule.endpoint} ({rule.rule}) is public and takes {sorted(rule.methods or ())}")
    policies[rule.endpoint] = declared
    return declared


def _enter() -> None:
    rule = request.url_rule
    if rule is None:
        return
    policy = g.policy = _resolve(app_ctx.app, rule)
    environ = request.environ
    environ["store.route"] = rule.rule
    if policy.kind == "public":
        # A page that can't see cookies can't depend on them.
        environ.pop("HTTP_COOKIE", None)
    elif request.method not in SAFE_METHODS:
        guards.check_size()
        if policy.kind == "machine":
            return
        csrf.check_origin()
        guards.check_form()
        if policy.kind == "secret":
            csrf.check_token()


def _leave(response: Response) -> Response:
    policy = current()
    headers = response.headers
    if policy is None:
        headers.setdefault("Cache-Control", "no-store")
        return response
    if policy.kind == "public":
        return _share(response, policy)
    headers.setdefault("Cache-Control", policy.cache_control)
    if policy.referrer_policy is not None:
        headers.setdefault("Referrer-Policy", policy.referrer_policy)
    if policy.kind == "personal":
        # Page and fragment share the URL here: without this the back button could show the bare fragment.
        headers.setdefault("Vary", "HX-Request-Type")
    return response


def _share(response: Response, policy: Policy) -> Response:
    headers = response.headers
    if "Set-Cookie" in headers:
        # Somebody else's browser would get it from the cache.
        del headers["Set-Cookie"]
        logger.error("public route tried to set a cookie", endpoint=request.endpoint)
        if not current_app.config["IS_PRODUCTION"]:
            raise RuntimeError(f"public route {request.endpoint} sets a cookie")
    if response.status_code not in (200, 301, 308):
        headers.setdefault("Cache-Control", "no-store")
        return response
    headers.setdefault("Cache-Control", policy.cache_control)
    if response.status_code == 200:
        cache_tags.write(headers, is_page=response.mimetype == "text/html")
    if response.status_code == 200 and not response.is_streamed:
        # Weak, because a proxy may compress the page on its way.
        tag = f'W/"{hashlib.sha1(response.get_data(), usedforsecurity=False).hexdigest()[:24]}"'
        headers["ETag"] = tag
        if tag in request.headers.get("If-None-Match", ""):
            response.status_code = 304
            response.set_data(b"")
            headers.remove("Content-Length")
            headers.remove("Content-Type")
    return response
