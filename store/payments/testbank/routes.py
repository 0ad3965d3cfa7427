"""The test bank's own pages: where customers pay by button, and where faults are ordered. Development only.

The bank leads back to the path of the return address, on whatever host the visitor sees it by.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from store.core.db import retrying, session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.payments.testbank import customer, knobs
from store.payments.testbank.forms import DecisionForm, KnobForm
from store.payments.testbank.models import BankPayment
from store.web.hypermedia import redirect_after, render
from store.web.policy import personal

blueprint = Blueprint("testbank", __name__, url_prefix="/-/test-gateway")

SHOWN = 50

CALLS: Final = {
    "start": lazy_gettext("Opening a payment"),
    "fetch": lazy_gettext("Looking up a payment"),
    "cancel": lazy_gettext("Cancelling a payment"),
    "refund": lazy_gettext("A refund"),
    "webhook": lazy_gettext("A notification"),
}
FAULTS: Final = {
    "lost_reply": lazy_gettext("is done, and the answer is lost"),
    "error_500": lazy_gettext("fails, and nothing is done"),
    "hang": lazy_gettext("is done, and the answer takes too long"),
    "declined": lazy_gettext("is refused"),
    "duplicate": lazy_gettext("is sent twice"),
    "reorder": lazy_gettext("is overtaken by the next one"),
    "delay": lazy_gettext("is sent 20 seconds late"),
    "drop": lazy_gettext("is never sent"),
}
STATES: Final = {
    "requires_payment": lazy_gettext("Waits for the customer"),
    "requires_action": lazy_gettext("Waits for authentication"),
    "processing": lazy_gettext("Is being processed"),
    "declined": lazy_gettext("Declined"),
    "cancelled": lazy_gettext("Cancelled by the shop"),
    "succeeded": lazy_gettext("Paid"),
}


@blueprint.get("/")
@personal
def show_books() -> Response:
    """Show the latest payments and the faults that are ordered."""
    return _books(KnobForm(formdata=None))


@blueprint.post("/knobs")
@personal
def turn_knob() -> Response:
    """Order a fault, or take one back with 0."""
    form = KnobForm.from_request()
    call, _dot, fault = (form.fault.data or "").partition(".")
    if not form.validate():
        return _books(form, status=422)
    retrying(lambda: knobs.turn(call, fault, form.remaining.data or 0))
    return redirect_after(url_for("testbank.show_books"))


@blueprint.post("/knobs/reset")
@personal
def reset_knobs() -> Response:
    """Let everything work again."""
    retrying(knobs.reset)
    return redirect_after(url_for("testbank.show_books"))


@blueprint.get("/payments/<payment_id>")
@personal
def show_payment(payment_id: str) -> Response:
    """Show the page on which a customer pays, or how it ended."""
    return _payment(_get(payment_id))


@blueprint.post("/payments/<payment_id>/decision")
@personal
def decide(payment_id: str) -> Response:
    """Do what a button says and lead the customer on."""
    form = DecisionForm.from_request()
    if not form.validate():
        return _payment(_get(payment_id), status=422)
    outcome = form.outcome.data or ""
    delay = timedelta(seconds=form.delay.data or 0)
    payment = retrying(lambda: customer.decide(payment_id, outcome, delay=delay))
    if payment.status == "requires_action":
        return redirect_after(url_for("testbank.show_payment", payment_id=payment_id))
    if outcome == "pay_and_leave":
        return redirect_after(url_for("testbank.show_payment", payment_id=payment_id, left=1))
    return redirect_after(_way_back(payment))


def _get(payment_id: str) -> BankPayment:
    payment = session.get(BankPayment, payment_id)
    if payment is None:
        raise NotFound(_("The bank knows no such payment."))
    return payment


def _payment(payment: BankPayment, *, status: int = 200) -> Response:
    template = {
        "requires_payment": "payments/testbank/pay.html",
        "requires_action": "payments/testbank/challenge.html",
    }.get(payment.status, "payments/testbank/settled.html")
    return render(
        template,
        status=status,
        payment=payment,
        way_back=_way_back(payment),
        state=STATES[payment.status],
        left="left" in request.args,
    )


def _books(form: KnobForm, *, status: int = 200) -> Response:
    payments = session.execute(select(BankPayment).order_by(BankPayment.created_at.desc()).limit(SHOWN)).scalars().all()
    return render(
        "payments/testbank/books.html",
        status=status,
        form=form,
        payments=payments,
        ordered=knobs.list_knobs(),
        calls=CALLS,
        faults=FAULTS,
        by_call=knobs.FAULTS,
        states=STATES,
    )


def _way_back(payment: BankPayment) -> str:
    return urlsplit(payment.return_url).path
