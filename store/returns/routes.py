"""Sending something back, from the order's link: choose, see exactly what comes of it, ask, send."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, make_response, request, url_for
from werkzeug.wrappers import Response

from store.core import ids
from store.core.db import retrying
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.invoicing.queries import seller_words
from store.orders.models import Order
from store.orders.queries import get_order_by_token
from store.returns import paper, services, states, words
from store.returns.forms import AskForm, SentForm, read_wanted
from store.returns.models import Return
from store.returns.queries import Offer, get_return, list_returns_of, offer, rules
from store.web import hypermedia
from store.web.filters import date
from store.web.hypermedia import redirect_after, render
from store.web.limits import limit
from store.web.policy import secret

blueprint = Blueprint("returns", __name__)

WRITES = "30/10 minutes"
CUSTOMER = "customer"


@blueprint.app_template_global("returns_of")
def returns_of(order: Order) -> Sequence[Return]:
    """Return the returns of an order, oldest first (2 statements)."""
    return list_returns_of(order.id)


@blueprint.app_template_global("return_offer")
def return_offer(order: Order, kind: str) -> Offer:
    """Return what of an order can come back."""
    return offer(order, kind)


@blueprint.app_template_global("return_words")
def return_words() -> object:
    """Return the words of returns."""
    return words


@blueprint.app_template_filter("last_day")
def last_day(end: datetime) -> str:
    """Return the last whole day before a deadline."""
    return date(end - timedelta(seconds=1), "long")


@blueprint.get("/orders/<token>/returns/new")
@secret
def show_new(token: str) -> Response:
    """Show what of the order can be sent back, or complained about with `?kind=claim`."""
    order = get_order_by_token(token)
    kind = "claim" if request.args.get("kind") == "claim" else "return"
    return _choose(order, kind, AskForm(formdata=None, kind=kind))


@blueprint.post("/orders/<token>/returns/preview")
@secret
@limit(WRITES)
def preview(token: str) -> Response:
    """Say exactly what would go back, or cost, and until when it has to be sent."""
    order = get_order_by_token(token)
    form = AskForm.from_request()
    return _check(order, form, status=200)


@blueprint.post("/orders/<token>/returns")
@secret
@limit(WRITES)
def create(token: str) -> Response:
    """Ask for it."""
    order = get_order_by_token(token)
    form = AskForm.from_request()
    if not form.validate():
        return _check(order, form, status=422, problem=str(next(iter(form.errors.values()))[0]))
    wanted = read_wanted(request.form, [line.id for line in order.lines])
    try:
        one = retrying(
            lambda: services.ask(
                order.id,
                form.kind.data or "",
                wanted,
                request_id=form.request_id.data,
                seen_minor=form.seen.data or 0,
                wish=form.wish.data or "",
                message=form.message.data or "",
                actor=CUSTOMER,
            )
        )
    except (Conflict, Invalid) as error:
        return _check(order, form, status=error.status, problem=error.message)
    return redirect_after(url_for("returns.show", token=token, return_id=one.id))


@blueprint.get("/orders/<token>/returns/<int:return_id>")
@secret
def show(token: str, return_id: int) -> Response:
    """Show where a return stands and what is to be done."""
    order = get_order_by_token(token)
    return _show(order, get_return(order.id, return_id))


@blueprint.get("/orders/<token>/returns/<int:return_id>/form.pdf")
@secret
def show_form(token: str, return_id: int) -> Response:
    """Send the slip that goes into the parcel."""
    order = get_order_by_token(token)
    one = get_return(order.id, return_id)
    if not one.sends_back or one.status not in ("approved", "in_transit"):
        raise NotFound(_("There is nothing to print for this return."))
    seller = seller_words()
    response = make_response(
        paper.return_form_pdf(order, one, shop_name=seller["shop"], address=rules().address or _address_of(seller))
    )
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="return-{one.name}.pdf"'
    return response


@blueprint.post("/orders/<token>/returns/<int:return_id>/parcel")
@secret
@limit(WRITES)
def note_sent(token: str, return_id: int) -> Response:
    """Note that the parcel is on its way."""
    order = get_order_by_token(token)
    one_id = get_return(order.id, return_id).id
    form = SentForm.from_request().accept()
    number = form.tracking_number.data or ""
    try:
        retrying(lambda: services.note_sent(one_id, tracking_number=number, actor=CUSTOMER))
    except Conflict as error:
        return _show(order, get_return(order.id, return_id), status=error.status, problem=error.message)
    return redirect_after(url_for("returns.show", token=token, return_id=return_id))


@blueprint.post("/orders/<token>/returns/<int:return_id>/cancellation")
@secret
@limit(WRITES)
def cancel(token: str, return_id: int) -> Response:
    """Call the return off: the goods stay."""
    order = get_order_by_token(token)
    one_id = get_return(order.id, return_id).id
    try:
        retrying(lambda: services.cancel(one_id, actor=CUSTOMER))
    except Conflict as error:
        return _show(order, get_return(order.id, return_id), status=error.status, problem=error.message)
    return redirect_after(url_for("returns.show", token=token, return_id=return_id))


def _choose(order: Order, kind: str, form: AskForm, *, status: int = 200, problem: str = "") -> Response:
    """The first step: what, how many, why."""
    claim = kind == "claim"
    if problem:
        hypermedia.focus("#returns-problem")
    return render(
        "returns/new.html",
        fragment="returns/_new.html",
        status=status,
        order=order,
        kind=kind,
        form=form,
        offered=offer(order, "claim" if claim else "return"),
        wanted={one.line_id: one for one in read_wanted(request.form, [line.id for line in order.lines])},
        reasons=[(code, words.REASONS[code]) for code in (states.CLAIM_REASONS if claim else states.RETURN_REASONS)],
        problem=problem,
        preview=None,
        rules=rules(),
    )


def _check(order: Order, form: AskForm, *, status: int, problem: str = "") -> Response:
    """The second step: what comes of it; back to the first when that can't be said."""
    kind = form.kind.data if form.kind.data in states.KINDS else "return"
    try:
        wanted = read_wanted(request.form, [line.id for line in order.lines])
        shown = services.preview(order, kind, wanted)
    except (Conflict, Invalid) as error:
        return _choose(order, kind, form, status=error.status, problem=problem or error.message)
    hypermedia.focus("#returns-title")
    form.request_id.data = form.request_id.data or ids.token()
    return render(
        "returns/new.html",
        fragment="returns/_new.html",
        status=status,
        order=order,
        kind=kind,
        form=form,
        preview=shown,
        problem=problem,
        rules=rules(),
    )


def _show(order: Order, one: Return, *, status: int = 200, problem: str = "") -> Response:
    seller = seller_words()
    kept = rules()
    return render(
        "returns/show.html",
        status=status,
        order=order,
        one=one,
        lines={line.id: line for line in order.lines},
        rules=kept,
        # A name alone is no address.
        send_to=kept.address or (_address_of(seller) if seller["address"] else ""),
        problem=problem,
        form=SentForm(formdata=None, tracking_number=one.tracking_number),
        can_cancel=states.allows(one.status, "cancel"),
    )


def _address_of(seller: dict[str, str]) -> str:
    return "\n".join(part for part in (seller["name"], seller["address"]) if part)
