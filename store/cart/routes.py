"""The cart over HTTP: a page, a drawer, and forms that work without JavaScript."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from store.cart import current, services
from store.cart.errors import LineGone, TooFewLeft
from store.cart.forms import AddLineForm, QuantityForm
from store.cart.lines import line_html, thing_html
from store.cart.queries import count_pieces, find_cart
from store.catalog.errors import GraphChanged
from store.catalog.pages import product_context
from store.core import ids
from store.core.db import retrying
from store.core.errors import Invalid
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.core.money import Money
from store.shipping.queries import Method, list_methods
from store.web import cookies, hypermedia
from store.web.hypermedia import render
from store.web.limits import limit
from store.web.markets import current_market, known_markets, path_in
from store.web.policy import personal
from store.web.urls import safe_next

blueprint = Blueprint("cart", __name__)
blueprint.add_app_template_global(line_html)
blueprint.add_app_template_global(thing_html)

WRITES = "120/minute"

# Read by private routes and by market.js only: public pages see no cookie.
MARKET_COOKIE = "market"
MARKET_MAX_AGE = 365 * 24 * 3600


@blueprint.get("/cart")
@personal
def show() -> Response:
    """Show the cart as a page."""
    return _page()


@blueprint.get("/-/visitor")
@personal
def show_visitor() -> Response:
    """Answer what differs by visitor on public pages: the badge, and what is in the drawer."""
    return render("cart/_visitor.html", **_context())


@blueprint.get("/-/cart-count")
@personal
def show_count() -> Response:
    """Answer the badge alone."""
    mark = current.token_hash()
    return render("cart/_badge.html", count=count_pieces(mark) if mark else 0)


@blueprint.post("/cart/lines")
@personal
@limit(WRITES)
def add_line() -> Response:
    """Put a product into the cart; says 409 or 422 on the product's page when that can't be."""
    form = AddLineForm.from_request()
    wanted = {name: value for name, value in request.form.items() if name not in form._fields}
    if not form.validate():
        return _refuse_add(form, wanted, str(next(iter(form.errors.values()))[0]), status=422)
    token = current.token_for_writing()
    market = current_market()
    try:
        added = retrying(
            lambda: services.add_line(
                ids.digest(token),
                handle=form.product.data,
                wanted=wanted,
                quantity=form.quantity.data or 0,
                market=market,
                locale=current_locale(),
            )
        )
    except (TooFewLeft, GraphChanged, Invalid) as error:
        return _refuse_add(form, wanted, error.message, status=error.status)
    if not hypermedia.wants_fragment():
        return current.keep(hypermedia.redirect_after(url_for("cart.show") + f"#line-{added.line_id}"), token)
    hypermedia.trigger("dialog:open", id="cart-drawer")
    said = _("%(title)s is in your cart.", title=added.title)
    return current.keep(render("cart/_visitor.html", said=said, **_context(token)), token)


@blueprint.post("/cart/lines/<int:line_id>/quantity")
@personal
@limit(WRITES)
def change_quantity(line_id: int) -> Response:
    """Set how many of a line; 0 takes it out."""
    form = QuantityForm.from_request()
    if not form.validate():
        return _page(problems={line_id: str(form.quantity.errors[0])}, status=422)
    quantity: int = form.quantity.data or 0
    if quantity == 0:
        return remove_line(line_id)
    return _change(
        lambda mark: services.set_quantity(mark, line_id, quantity, market=current_market(), locale=current_locale()),
        said=_("Your cart is up to date."),
        line_id=line_id,
    )


@blueprint.post("/cart/lines/<int:line_id>/removal")
@personal
@limit(WRITES)
def remove_line(line_id: int) -> Response:
    """Take a line out; the answer offers to undo it."""
    return _change(
        lambda mark: services.remove_line(mark, line_id, market=current_market(), locale=current_locale()),
        said=_("Removed. You can undo this for a while."),
        line_id=line_id,
        focus=f"#undo-{line_id}",
    )


@blueprint.post("/cart/lines/<int:line_id>/restoration")
@personal
@limit(WRITES)
def restore_line(line_id: int) -> Response:
    """Bring a removed line back."""
    return _change(
        lambda mark: services.restore_line(mark, line_id, market=current_market(), locale=current_locale()),
        said=_("It is back in your cart."),
        line_id=line_id,
        focus=f"#remove-{line_id}",
    )


@blueprint.post("/-/market")
@personal
@limit(WRITES)
def choose_market() -> Response:
    """Go on with the same page in the market that was chosen, and take the cart along."""
    market = next((one for one in known_markets() if one.code == request.form.get("market")), None)
    if market is None:
        raise Invalid(_("We don't sell there. Please choose another country."), field="market")
    mark = current.token_hash()
    if mark is not None:
        retrying(lambda: services.move(mark, market=market, locale=market.locale))
    response = hypermedia.redirect_after(path_in(market, safe_next(request.form.get("at"))))
    cookies.write(response, MARKET_COOKIE, market.code, max_age=MARKET_MAX_AGE, readable=True)
    return response


@blueprint.get("/-/market-suggestion")
@personal
def suggest_market() -> Response:
    """Offer the market that the visitor once chose, or that of their country; nothing when they are there."""
    chosen = request.cookies.get(MARKET_COOKIE)
    here, country = current_market(), request.headers.get("CF-IPCountry", "").upper()
    fitting = [one for one in known_markets() if one.code == chosen]
    if not fitting and country not in here.countries:
        fitting = [one for one in known_markets() if country in one.countries]
    suggested = fitting[0] if fitting and fitting[0].code != here.code else None
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    at = safe_next(page.path.removeprefix(request.script_root) + (f"?{page.query}" if page.query else ""))
    return render("_components/market_suggestion.html", suggested=suggested, at=at)


def _change(work: Callable[[str], None], *, said: str, line_id: int, focus: str = "") -> Response:
    mark = current.token_hash()
    if mark is None:
        raise LineGone(_("This is not in your cart any more."), line_id=line_id)
    try:
        retrying(lambda: work(mark))
    except (TooFewLeft, Invalid) as error:
        return _page(problems={line_id: error.message}, status=error.status)
    if not hypermedia.wants_fragment():
        return hypermedia.redirect_after(url_for("cart.show"))
    if focus:
        hypermedia.focus(("#drawer-" if _in_drawer() else "#") + focus.removeprefix("#"))
    return _page(said=said)


def _page(*, problems: dict[int, str] | None = None, said: str = "", status: int = 200) -> Response:
    """The page, or to htmx the drawer's or the page's part of it with badge and announcement."""
    fragment = "cart/_drawer.html" if _in_drawer() else "cart/_body.html"
    return render(
        "cart/show.html",
        fragment=fragment,
        oob=["cart/_badge.html", "cart/_live.html"],
        status=status,
        said=said,
        **_context(problems=problems),
    )


def _in_drawer() -> bool:
    return request.form.get("in") == "drawer"


def _refuse_add(form: AddLineForm, wanted: dict[str, str], sentence: str, *, status: int) -> Response:
    quantity = request.form.get("quantity", "")[:4] or "1"
    context = product_context(form.product.data or "", wanted, quantity=quantity, problem=sentence)
    return render("catalog/product.html", status=status, **context)


def _context(token: str | None = None, *, problems: dict[int, str] | None = None) -> dict[str, Any]:
    cart = find_cart(ids.digest(token)) if token else current.current_cart()
    cheapest, missing = None, None
    if cart is not None and cart.lines:
        methods = list_methods(
            cart.currency, cart.destination, contents=cart.contents, among=current_market().countries
        )
        sent = [method for method in methods if not method.is_pickup]
        cheapest = min((method.price_for(cart.subtotal) for method in sent), default=None, key=lambda one: one.minor)
        missing = _missing_for_free_delivery(sent, cart.subtotal.minor)
    return {
        "cart": cart,
        "count": cart.count if cart else 0,
        "problems": problems or {},
        "delivery_from": cheapest,
        "missing": missing,
    }


def _missing_for_free_delivery(methods: Sequence[Method], subtotal_minor: int) -> Money | None:
    thresholds = [method.free_from for method in methods if method.free_from is not None]
    nearest = min(thresholds, key=lambda one: one.minor, default=None)
    if nearest is None or nearest.minor <= subtotal_minor:
        return None
    return Money(nearest.minor - subtotal_minor, nearest.currency)
