"""Cookies with the shop's safe attributes, named so that no sibling host can plant one."""

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from store.core.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Remember whether visitors come by https: `PUBLIC_URL` says it, not the hop before us."""
    app.extensions["store.https"] = settings.base_url.startswith("https://")


def full_name(name: str, *, path: str = "/") -> str:
    """Return the name on the wire: `__Host-` for the whole host, `__Secure-` below a path, bare without https."""
    if not current_app.extensions["store.https"]:
        return name
    return f"__Host-{name}" if path == "/" else f"__Secure-{name}"


def read(name: str, *, path: str = "/") -> str | None:
    """Return a cookie's value; always `None` on public routes, which can't see cookies."""
    return request.cookies.get(full_name(name, path=path))


def write(
    response: Response,
    name: str,
    value: str,
    *,
    max_age: int | None,
    path: str = "/",
    strict: bool = False,
    readable: bool = False,
) -> None:
    """Set a cookie that scripts can't read unless `readable`; `max_age` in seconds, `None` until the browser closes.

    A readable cookie keeps its bare name, which app.js looks for.
    """
    response.set_cookie(
        name if readable else full_name(name, path=path),
        value,
        max_age=max_age,
        path=path,
        secure=current_app.extensions["store.https"],
        httponly=not readable,
        samesite="Strict" if strict else "Lax",
    )


def remove(response: Response, name: str, *, path: str = "/", strict: bool = False, readable: bool = False) -> None:
    """Delete a cookie that `write` has set with the same arguments."""
    write(response, name, "", max_age=0, path=path, strict=strict, readable=readable)
