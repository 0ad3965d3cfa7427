"""Whose cart: a random token in a cookie that scripts can't read, and a readable marker that there is one at all."""

from flask import request
from werkzeug.wrappers import Response

from store.cart import services
from store.cart.queries import CartView, find_cart
from store.core import ids
from store.core.db import retrying
from store.core.i18n import current_locale
from store.web import cookies
from store.web.markets import current_market

COOKIE = "cart"
MARKER = "has_cart"
MAX_AGE = 90 * 24 * 3600

# Anything longer was not made by us.
_LONGEST = 64


def token_hash() -> str | None:
    """Return the hash of the visitor's cart token, or `None` for a visitor who has never put anything in."""
    token = cookies.read(COOKIE)
    return ids.digest(token) if token and len(token) <= _LONGEST else None


def current_cart() -> CartView | None:
    """Return the visitor's cart in the market of this address, or `None`; as many statements as `find_cart`.

    A cart that was filled in another market is taken along, which costs 3 more.
    """
    mark = token_hash()
    cart, here = find_cart(mark) if mark else None, current_market()
    if mark and cart and cart.state == "open" and (cart.market, cart.currency) != (here.code, here.currency):
        retrying(lambda: services.move(mark, market=here, locale=current_locale()))
        return find_cart(mark)
    return cart


def token_for_writing() -> str:
    """Return the visitor's token, a new one for a first write; `keep` then sets the cookie."""
    token = cookies.read(COOKIE)
    return token if token and len(token) <= _LONGEST else ids.token()


def keep(response: Response, token: str) -> Response:
    """Set both cookies unless the browser has them; they last 90 days from the first piece on."""
    if cookies.read(COOKIE) != token or request.cookies.get(MARKER) != "1":
        cookies.write(response, COOKIE, token, max_age=MAX_AGE)
        cookies.write(response, MARKER, "1", max_age=MAX_AGE, readable=True)
    return response
