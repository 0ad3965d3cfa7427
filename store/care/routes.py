"""An order in its shopper's hands: found by number and e-mail, changed until it is packed, bought once more."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from store.care import services
from store.care.errors import ElsewhereCostsMore, TooLate
from store.care.forms import AddressForm, CancelForm, LookupForm
from store.care.queries import Care, care_of
from store.cart import current
from store.checkout.forms import ADDRESS_FIELDS
from store.core import ids
from store.core.db import retrying
from store.core.errors import Conflict
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders.models import Order
from store.orders.queries import get_order_by_token
from store.payments.errors import Unsettled
from store.web import hypermedia
from store.web.hypermedia import redirect_after, render
from store.web.limits import limit
from store.web.markets import current_market
from store.web.policy import secret

blueprint = Blueprint("care", __name__)

LOOKUPS = "10/hour"
WRITES = "20/10 minutes"


@blueprint.app_template_global("care_of")
def care(order: Order) -> Care:
    """Return what the page of an order offers (no statement)."""
    return care_of(order)


@blueprint.get("/orders/lookup")
@secret
def show_lookup() -> Response:
    """Ask for what a shopper remembers of an order."""
    return render("care/lookup.html", form=LookupForm(formdata=None), email=None)


@blueprint.post("/orders/lookup")
@secret
@limit(LOOKUPS)
def look_up() -> Response:
    """Mail the link of an order to its own address.

    Whether there is such an order is found out by the worker: the answer and its time are the same for all.
    """
    form = LookupForm.from_request()
    if not form.validate():
        return render("care/lookup.html", fragment="care/_lookup.html", status=422, form=form, email=None)
    number, email = form.number.data or 0, form.email.data or ""
    retrying(lambda: enqueue("care.send_link", number=number, email=email))
    return render("care/lookup.html", fragment="care/_lookup.html", form=form, email=email)


@blueprint.get("/orders/<token>/address")
@secret
def show_address(token: str) -> Response:
    """Show where the order goes, to be changed."""
    order = get_order_by_token(token)
    if not care_of(order).can_change_address:
        return redirect_after(url_for("orders.show", token=token))
    return _address_page(order, AddressForm(formdata=None, data=dict(order.shipping_address)))


@blueprint.post("/orders/<token>/address")
@secret
@limit(WRITES)
def change_address(token: str) -> Response:
    """Let the order go elsewhere within its country."""
    order = get_order_by_token(token)
    form = AddressForm.from_request()
    form.country.data = order.shipping_address.get("country", "")
    _offer_country(form, order)
    if not form.validate():
        return _address_page(order, form, status=422)
    address = {name: form[name].data or "" for name in ADDRESS_FIELDS if name in form}
    order_id = order.id
    try:
        retrying(lambda: services.change_address(order_id, address, actor=services.CUSTOMER))
    except ElsewhereCostsMore as error:
        field = form.postcode if "postcode" in form else form.line1
        field.errors = [error.message]
        return _address_page(order, form, status=422)
    except TooLate as error:
        return _order_page(token, error.message, status=error.status)
    return redirect_after(url_for("orders.show", token=token, _anchor="delivery"))


@blueprint.get("/orders/<token>/cancellation")
@secret
def show_cancellation(token: str) -> Response:
    """Say exactly what cancelling does, before it is done."""
    order = get_order_by_token(token)
    if not care_of(order).can_cancel:
        return redirect_after(url_for("orders.show", token=token))
    return render("care/cancellation.html", order=order, form=CancelForm(formdata=None, request_id=ids.token()))


@blueprint.post("/orders/<token>/cancellation")
@secret
@limit(WRITES)
def cancel(token: str) -> Response:
    """Call the order off; what was paid goes back the way it came."""
    form = CancelForm.from_request().accept()
    order_id = get_order_by_token(token).id
    try:
        services.cancel(order_id, request_id=form.request_id.data)
    except Unsettled:
        said = _(
            "We are cancelling your order: your bank has not confirmed the refund yet. A mail tells you when it has."
        )
        return _order_page(token, said)
    except Conflict as error:
        return _order_page(token, error.message, status=error.status)
    return redirect_after(url_for("orders.show", token=token))


@blueprint.post("/orders/<token>/reorder")
@secret
@limit(WRITES)
def order_again(token: str) -> Response:
    """Put what was ordered into the cart, and say what is not sold any more."""
    order = get_order_by_token(token)
    cart_token = current.token_for_writing()
    again = services.order_again(order, ids.digest(cart_token), market=current_market(), locale=current_locale())
    if not again.missing:
        answer = redirect_after(url_for("cart.show"))
    else:
        answer = render("care/reordered.html", order=order, again=again)
    return current.keep(answer, cart_token) if again.pieces else answer


def _address_page(order: Order, form: AddressForm, *, status: int = 200) -> Response:
    _offer_country(form, order)
    if status == 422:
        hypermedia.focus("#form-errors")
    return render("care/address.html", fragment="care/_address.html", status=status, order=order, form=form)


def _offer_country(form: AddressForm, order: Order) -> None:
    form.offer_countries((str(order.shipping_address.get("country", "")),))


def _order_page(token: str, said: str, *, status: int = 200) -> Response:
    return render("care/said.html", status=status, order=get_order_by_token(token), said=said)
