"""Checkout over HTTP: three steps, each with its own address, and the button that makes the order."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, url_for
from werkzeug.wrappers import Response

from store.cart import services as carts
from store.cart.current import current_cart, token_hash
from store.cart.queries import CartView
from store.checkout import services
from store.checkout.errors import CartNotReady, OrderClosed, QuoteChanged
from store.checkout.forms import ADDRESS_FIELDS, BILLING_FIELDS, ContactForm, DeliveryForm, InvoiceForm, PlaceForm
from store.checkout.promise import Promise, arrival_text, delivery_promise, promised_days
from store.checkout.quote import Quote, quote
from store.checkout.steps import Step, allowed, reached, steps_of
from store.core.db import retrying
from store.core.errors import Invalid, NotFound, Unavailable
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.inventory.errors import OutOfStock
from store.payments.queries import ProviderChoice, has_own_form, list_providers
from store.payments.services import begin
from store.shipping import rates
from store.shipping.areas import COUNTRIES
from store.shop.queries import MarketFacts
from store.web import hypermedia
from store.web.hypermedia import redirect_after, render
from store.web.limits import limit
from store.web.markets import current_market, current_shop, known_markets
from store.web.policy import secret

blueprint = Blueprint("checkout", __name__)

WRITES = "60/minute"
PLACES = "20/10 minutes"


@blueprint.app_template_global("delivery_promise")
def promise_of_market() -> Promise | None:
    """Return what product pages say about delivery."""
    return delivery_promise(current_market())


@blueprint.app_template_filter("promised_days")
def days_of_order(delivery: Mapping[str, Any]) -> str:
    """Return the days that an order was promised for."""
    return promised_days(delivery)


@blueprint.get("/checkout")
@secret
def show() -> Response:
    """Lead to the first step that is not done."""
    cart = current_cart()
    if (elsewhere := _not_here(cart)) is not None or cart is None:
        return elsewhere or redirect_after(url_for("cart.show"))
    return redirect_after(url_for("checkout.show_step", step=reached(cart, _priced(cart))))


@blueprint.get("/checkout/<any(contact, delivery, payment):step>")
@secret
def show_step(step: Step) -> Response:
    """Show one step; a step that comes too early leads back to the one before it."""
    cart = current_cart()
    if (elsewhere := _not_here(cart)) is not None or cart is None:
        return elsewhere or redirect_after(url_for("cart.show"))
    priced = _priced(cart)
    first = allowed(step, cart, priced)
    if first != step:
        return redirect_after(url_for("checkout.show_step", step=first))
    return _show(step, cart, priced)


@blueprint.post("/checkout/contact")
@secret
@limit(WRITES)
def save_contact() -> Response:
    """Keep who buys and where it goes."""
    cart = _cart_to_change()
    form, invoice = _contact_forms(cart, ContactForm.from_request(), InvoiceForm.from_request())
    # Both are checked, so that all that is wrong is told at once.
    checked = [one.validate() for one in ((form, invoice) if invoice.is_wanted else (form,))]
    if not all(checked):
        return _show("contact", cart, _priced(cart), status=422, forms=(form, invoice))
    elsewhere = {"address": invoice.address} if invoice.is_wanted else {}
    retrying(
        lambda: services.save_contact(
            cart,
            email=form.email.data or "",
            address_json=json.dumps(form.address),
            billing_json=json.dumps(form.billing | elsewhere),
        )
    )
    return _go_on()


@blueprint.post("/checkout/contact/form")
@secret
@limit(WRITES)
def fit_contact() -> Response:
    """Show the form of the country that was chosen, with what has been typed; nothing is kept yet."""
    cart = _cart_to_change()
    forms = _contact_forms(cart, ContactForm.from_request(), InvoiceForm.from_request())
    return _show("contact", cart, _priced(cart), forms=forms)


@blueprint.get("/checkout/vat-id")
@secret
def show_vat() -> Response:
    """Answer what became of the VAT id, to the part of the summary that waits for it."""
    cart = current_cart()
    if not hypermedia.wants_fragment() or cart is None or not cart.billing.get("vat_id"):
        return redirect_after(url_for("checkout.show"))
    return render("checkout/_vat.html", quote=quote(cart, current_shop()), polled=True)


@blueprint.post("/checkout/delivery")
@secret
@limit(WRITES)
def choose_delivery() -> Response:
    """Keep the way of delivery."""
    cart = _cart_to_change()
    form = DeliveryForm.from_request()
    priced = _priced(cart)
    if not cart.has_buyer:
        return redirect_after(url_for("checkout.show_step", step="contact"))
    chosen = form.method.data if form.validate() else None
    try:
        retrying(lambda: services.choose_method(cart, priced, chosen))
    except Invalid as error:
        return _show("delivery", cart, priced, status=error.status, problem=error.message)
    return _go_on()


@blueprint.post("/checkout/orders")
@secret
@limit(PLACES)
def place() -> Response:
    """Make the order, reserve its stock, and send the shopper to pay."""
    mark = token_hash()
    cart = _cart_to_change(or_placed=True)
    form = PlaceForm.from_request()
    country = (cart.shipping_address or {}).get("country")
    providers = {provider.code: provider for provider in list_providers(cart.currency, country)}
    provider = (form.provider.data or "") if form.validate() else ""
    if mark is None or provider not in providers:
        return _show("payment", cart, _priced(cart), status=422, problem=_("Please choose how to pay."))
    seconds = current_app.extensions["store.settings"].order_expiry_seconds
    try:
        order, payment = retrying(
            lambda: services.place(
                mark,
                shop=current_shop(),
                fingerprint=form.quote.data or "",
                provider=provider,
                locale=current_locale(),
                expires_after=timedelta(seconds=seconds),
                seen=cart,
            )
        )
    except (OutOfStock, CartNotReady, OrderClosed) as error:
        return _back_to_cart(error.message)
    except QuoteChanged as error:
        cart = _cart_to_change()
        priced = _priced(cart)
        return _show(reached(cart, priced), cart, priced, status=error.status, problem=error.message)
    if order.status == "placed":
        return redirect_after(url_for("orders.show_confirmation", token=order.token))
    try:
        fresh = (order, payment) if payment is not None else None
        return redirect_after(begin(order.id, provider, token=form.payment_token.data or "", fresh=fresh))
    except Unavailable:
        # The order and its stock are kept; its page says so, and offers to try again or another way.
        return redirect_after(url_for("orders.show", token=order.token, unanswered=provider))


def _not_here(cart: CartView | None) -> Response | None:
    """Where a visitor goes who has nothing to check out."""
    if cart is None or not cart.lines or cart.has_problems:
        return redirect_after(url_for("cart.show"))
    if cart.state == "waiting" and cart.order_token:
        return redirect_after(url_for("orders.show", token=cart.order_token))
    return None


def _cart_to_change(*, or_placed: bool = False) -> CartView:
    mark = token_hash()
    cart = current_cart()
    if cart is None or mark is None:
        raise NotFound(_("Your cart is empty."))
    if cart.state == "lapsed":
        retrying(lambda: carts.reopen(mark, market=current_market(), locale=current_locale()))
        cart = current_cart()
    if cart is None or (cart.state != "open" and not or_placed):
        raise OrderClosed(_("This cart has become an order already. You find it under the link in your mail."))
    return cart


def _priced(cart: CartView) -> Quote:
    """Price a cart, after carriers have been asked for theirs."""
    if cart.destination is not None:
        rates.refresh(cart.currency, cart.shipping_address, cart.contents)
    return quote(cart, current_shop())


def _go_on() -> Response:
    """The next step: to htmx as a part of the page, to others as their next address."""
    cart = current_cart()
    if cart is None:
        raise NotFound(_("Your cart is empty."))
    priced = _priced(cart)
    step = reached(cart, priced)
    address = url_for("checkout.show_step", step=step)
    # A provider's own form needs a page of its own, with a policy of its own.
    if not hypermedia.wants_fragment() or (step == "payment" and has_own_form(cart.currency)):
        return redirect_after(address)
    response = _show(step, cart, priced)
    response.headers["HX-Push-Url"] = address
    hypermedia.focus("#checkout-step")
    return response


def _show(
    step: Step,
    cart: CartView,
    priced: Quote,
    *,
    status: int = 200,
    problem: str = "",
    forms: tuple[ContactForm, InvoiceForm] | None = None,
) -> Response:
    form, invoice = forms or _forms_of(cart, priced)
    return render(
        "checkout/show.html",
        fragment="checkout/_checkout.html",
        status=status,
        step=step,
        steps=steps_of(priced),
        cart=cart,
        quote=priced,
        problem=problem,
        form=form,
        invoice=invoice,
        elsewhere=None if priced.reaches_address else _market_of(cart),
        providers=_ways_to_pay(cart, priced),
        arrival_text=arrival_text,
    )


def _ways_to_pay(cart: CartView, priced: Quote) -> list[ProviderChoice]:
    return list_providers(cart.currency, priced.country, delivery=priced.method.code if priced.method else None)


def _contact_forms(cart: CartView, form: ContactForm, invoice: InvoiceForm) -> tuple[ContactForm, InvoiceForm]:
    home = current_shop().country
    countries = current_market().countries or (home,)
    if form.country.data in (None, "None"):
        form.country.data = home if home in countries else countries[0]
    form.offer_countries(countries)
    form.ask_for_less(needs_delivery=cart.needs_delivery)
    if invoice.country.data in (None, "", "None"):
        invoice.country.data = form.country.data
    invoice.offer_countries(tuple(sorted(COUNTRIES)))
    return form, invoice


def _forms_of(cart: CartView, priced: Quote) -> tuple[ContactForm, InvoiceForm]:
    """Return the forms of the contact step with what is known."""
    return _contact_forms(
        cart,
        ContactForm(formdata=None, data=_contact_of(cart, priced)),
        InvoiceForm(formdata=None, data=cart.billing.get("address") or {}),
    )


def _market_of(cart: CartView) -> MarketFacts | None:
    """Return the market that delivers to the cart's address, if any does."""
    country = (cart.shipping_address or {}).get("country", "")
    return next((market for market in known_markets() if country in market.countries), None)


def _contact_of(cart: CartView, priced: Quote) -> dict[str, Any]:
    address = cart.shipping_address or {}
    known = {"email": cart.email, **{name: address.get(name) for name in ADDRESS_FIELDS}}
    known |= {name: cart.billing.get(name) for name in BILLING_FIELDS}
    known["country"] = known["country"] or None
    known["way"] = "collect" if cart.is_collected else "send"
    return known if priced.reaches_address else {**known, "country": None}


def _back_to_cart(sentence: str) -> Response:
    cart = current_cart()
    return render(
        "cart/show.html",
        status=409,
        cart=cart,
        count=cart.count if cart else 0,
        problems={},
        delivery_from=None,
        missing=None,
        notice_text=sentence,
    )
