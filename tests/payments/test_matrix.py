"""Every cell of what can be asked of a provider and how it can go wrong ends in one truthful state.

One charge, one mail of each kind, one stock move of each kind, books that agree, and a page that is true at every moment.
"""

from collections.abc import Iterator

import pytest

from store.core import ids
from store.core.db import session
from store.core.errors import Conflict, Unavailable
from store.payments import providers, services
from store.payments.providers import stripe
from tests.factories.payments import payments_of, shop_balance
from tests.payments.matrix import TOTAL, Purchase, StripeBank, TestBank

pytestmark = pytest.mark.usefixtures("shop")

KNOBS = ("lost_reply", "error_500", "hang", "declined")
FAULTS = (*KNOBS, "duplicate", "reordered", "late")


@pytest.fixture(params=[TestBank, StripeBank], ids=["test", "stripe"])
def bank(request, shop, settings_again, monkeypatch, call) -> Iterator[object]:
    monkeypatch.setattr(stripe, "CALL_TIMEOUT", 0.4)
    mode = "manual" if call in ("capture", "cancel") else "automatic"
    providers.configure(providers._settings.model_copy(update={"payment_capture": mode}))
    made = request.param()
    yield made
    made.close()


def create(purchase, fault):
    if fault == "duplicate":
        assert purchase.begin() == purchase.begin()
    elif fault == "reordered":
        # The notification is faster than the answer that tells us the payment's name.
        purchase.bank.break_next("create", "lost_reply")
        with pytest.raises(Unavailable):
            purchase.begin()
        name = purchase.bank.opened(purchase.order)
        purchase.bank.pay(type("Named", (), {"external_id": name}))
        purchase.tell("succeeded", name=name)
    elif fault == "late":
        purchase.begin()
        purchase.pass_time(minutes=16)
        purchase.bank.pay(purchase.payment())
        purchase.tell("processing")
        return
    else:
        purchase.bank.break_next("create", fault)
    if not any(one.status == "captured" for one in payments_of(purchase.order.id)):
        purchase.pay()


def confirm(purchase, fault):
    if fault == "declined":
        purchase.bank.is_declined(purchase)
        services.return_from_provider(purchase.order.token)
        assert "Nothing was charged" in purchase.look()
        purchase.pay()
        return
    if fault in KNOBS:
        purchase.bank.break_next("confirm", fault)
    if fault == "late":
        purchase.begin()
        purchase.bank.pay(purchase.payment())
        purchase.look()
        purchase.pass_time(minutes=16)
        purchase.tell("succeeded")
        return
    purchase.confirm()
    if fault == "duplicate":
        purchase.tell("succeeded", times=3)
        services.return_from_provider(purchase.order.token)
    if fault == "reordered":
        for kind in ("succeeded", "processing"):
            purchase.tell(kind)


def capture(purchase, fault):
    purchase.pay()
    assert "Payment confirmed" in purchase.look()
    if fault in KNOBS or fault == "late":
        purchase.bank.break_next("capture", "error_500" if fault == "late" else fault, 3 if fault == "late" else 1)
    take(purchase, "a")
    purchase.look()
    if fault == "duplicate":
        take(purchase, "a")
    if fault == "reordered":
        purchase.tell("authorized")
    if fault == "declined":
        session.refresh(purchase.order)
        assert purchase.order.attention
        take(purchase, "b")
    if fault == "late":
        for _ in range(4):
            purchase.pass_time(minutes=20)


def take(purchase, request_id):
    return services.capture(purchase.order.id, amount_minor=TOTAL, request_id=request_id, actor="staff:1")


def refund(purchase, fault):
    purchase.pay()
    if fault in KNOBS or fault == "late":
        purchase.bank.break_next("refund", "error_500" if fault == "late" else fault, 3 if fault == "late" else 1)
    give_back(purchase, "a")
    purchase.look()
    if fault == "duplicate":
        give_back(purchase, "a")
        with pytest.raises(Conflict):
            give_back(purchase, ids.token())
    if fault == "reordered":
        purchase.tell("succeeded")
    if fault == "declined":
        session.refresh(purchase.order)
        assert purchase.order.attention
        give_back(purchase, "b")
    if fault == "late":
        for _ in range(4):
            purchase.pass_time(minutes=20)


def give_back(purchase, request_id):
    return services.refund_in_full(purchase.order.id, request_id=request_id, actor="staff:1", reason="", restock=True)


def cancel(purchase, fault):
    purchase.pay()
    if fault in KNOBS or fault == "late":
        purchase.bank.break_next("cancel", "error_500" if fault == "late" else fault, 3 if fault == "late" else 1)
    purchase.persist(lambda: call_off(purchase))
    if fault == "duplicate":
        call_off(purchase)
    if fault == "reordered":
        purchase.tell("authorized")


def call_off(purchase):
    services.cancel_order(purchase.order.id, request_id=ids.token(), actor="staff:1", reason="", restock=True)


CALLS = {call.__name__: call for call in (create, confirm, capture, refund, cancel)}

PAID = (("placed", "paid"), TOTAL, 4, {"receipt"}, {"reserved", "allocated"}, ">Paid<")
REFUNDED = (
    ("placed", "refunded"), 0, 5, {"receipt", "refunded"}, {"reserved", "allocated", "deallocated"}, "Paid back in full",
)  # fmt: skip
CANCELLED = (
    ("cancelled", "voided"), 0, 5, {"receipt", "cancelled"}, {"reserved", "allocated", "deallocated"}, ">Cancelled<",
)  # fmt: skip
EXPIRED = (("expired", "none"), 0, 5, {"expired"}, {"reserved", "released"}, "it was not paid in time")

# What each cell comes to: order and payment, money kept, pieces left of five, mails, stock moves, what its page says.
TRUTHS = {"create": PAID, "confirm": PAID, "capture": PAID, "refund": REFUNDED, "cancel": CANCELLED}
EXCEPTIONS = {("create", "late"): EXPIRED}

# Where a person was called, because a provider said no.
FLAGGED = {("capture", "declined"), ("refund", "declined")}


def wanted(kind, call, fault):
    """Return how the requests of a kind ended: each was done, and one that was refused stays visible."""
    if call != kind:
        return []
    return ["failed", "succeeded"] if fault == "declined" else ["succeeded"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_every_cell_ends_in_one_truth(bank, call, fault, client, clock, violations):
    purchase = Purchase(bank, client, clock)
    CALLS[call](purchase, fault)
    for _ in range(3):
        purchase.look()
        purchase.pass_time(minutes=5)
    states, kept, left, mails, moves, sentence = EXCEPTIONS.get((call, fault), TRUTHS[call])
    session.expire_all()
    order = purchase.order
    assert (order.status, order.payment_status) == states
    assert shop_balance(order.id) == bank.held(order) == kept
    assert bank.promised(order) == 0
    assert bank.charges(order) == (0 if states[1] in ("none", "voided") else 1)
    assert purchase.mails() == dict.fromkeys(mails, 1)
    assert purchase.stock_moves() == dict.fromkeys(moves, 1)
    assert purchase.mug.variant.stock_left == left
    assert bool(order.attention) == ((call, fault) in FLAGGED)
    assert purchase.requests("captures") == wanted("capture", call, fault)
    assert purchase.requests("refunds") == wanted("refund", call, fault)
    assert sentence in purchase.look()
    assert violations() == []
