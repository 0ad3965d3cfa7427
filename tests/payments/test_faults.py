"""Whatever goes wrong at the bank, a purchase ends in the same one truth, with one charge and books that agree."""

from datetime import timedelta

import pytest

from store.core import ids
from store.core.db import session
from store.core.errors import Conflict, Unavailable
from store.payments import services
from store.payments.testbank.knobs import FAULTS
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    bank_payments,
    break_next,
    choose,
    payments_of,
    run_jobs,
    shop_balance,
)

pytestmark = pytest.mark.usefixtures("shop")

TOTAL = 2390


class Purchase:
    """A shopper who does not give up, and a clock that makes everybody else come round."""

    def __init__(self, clock):
        self.clock = clock
        self.mug = make_product(stock=5)
        self.order = make_pending_order(self.mug)
        session.commit()

    def pay(self, outcome: str, *, returns: bool = True, delay: int = 0) -> None:
        self.persist(lambda: services.begin(self.order.id, "test"))
        latest = payments_of(self.order.id)[-1]
        while latest.status == "failed":
            # Refused at the start: the shopper presses the button once more.
            self.persist(lambda: services.begin(self.order.id, "test"))
            latest = payments_of(self.order.id)[-1]
        choose(latest, outcome, delay=delay)
        if returns:
            services.return_from_provider(self.order.token)

    def persist(self, attempt) -> None:
        for _ in range(4):
            try:
                attempt()
            except (Unavailable, Conflict):
                self.pass_time(seconds=30)
            else:
                return

    def pass_time(self, **duration: int) -> None:
        self.clock.shift(timedelta(**duration))
        run_jobs()
        services.expire_due_orders()
        services.settle_due_refunds()
        services.reconcile()
        run_jobs()


def pays(purchase):
    purchase.pay("pay")


def pays_and_never_returns(purchase):
    purchase.pay("pay_and_leave", returns=False)


def authenticates(purchase):
    purchase.pay("challenge", returns=False)
    choose(payments_of(purchase.order.id)[-1], "approve")
    services.return_from_provider(purchase.order.token)


def is_declined_and_pays_again(purchase):
    purchase.pay("decline")
    while purchase.order.status == "pending":
        # The bank may show the declined payment once more, while the shop can't ask about it.
        purchase.pay("pay")
        session.refresh(purchase.order)


def pays_later(purchase):
    purchase.pay("pay_later", delay=2 * 3600)
    purchase.pass_time(hours=2)


def never_pays(purchase):
    purchase.persist(lambda: services.begin(purchase.order.id, "test"))
    purchase.pass_time(minutes=16)


def fails_later(purchase):
    purchase.pay("fail_later", delay=2 * 3600)
    purchase.pass_time(hours=2)


def is_refunded(purchase):
    purchase.pay("pay")
    purchase.pass_time(minutes=1)
    for _ in range(3):
        purchase.persist(
            lambda: services.refund_in_full(
                purchase.order.id, request_id=ids.token(), actor="staff:1", reason="", restock=True
            )
        )


def is_cancelled_when_paid(purchase):
    purchase.pay("pay")
    purchase.pass_time(minutes=1)
    for _ in range(3):
        purchase.persist(
            lambda: services.cancel_order(
                purchase.order.id, request_id=ids.token(), actor="staff:1", reason="", restock=True
            )
        )


def is_cancelled_unpaid(purchase):
    purchase.persist(lambda: services.begin(purchase.order.id, "test"))
    purchase.persist(
        lambda: services.cancel_order(
            purchase.order.id, request_id=ids.token(), actor="staff:1", reason="", restock=True
        )
    )


# What each journey comes to: order, payment, money kept, pieces left of five.
TRUTHS = {
    pays: ("placed", "paid", TOTAL, 4),
    pays_and_never_returns: ("placed", "paid", TOTAL, 4),
    authenticates: ("placed", "paid", TOTAL, 4),
    is_declined_and_pays_again: ("placed", "paid", TOTAL, 4),
    pays_later: ("placed", "paid", TOTAL, 4),
    never_pays: ("expired", "none", 0, 5),
    fails_later: ("expired", "none", 0, 5),
    is_refunded: ("placed", "refunded", 0, 5),
    is_cancelled_when_paid: ("cancelled", "refunded", 0, 5),
    is_cancelled_unpaid: ("cancelled", "none", 0, 5),
}


# These calls are made on some journeys only.
MADE_BY = {
    "cancel": {never_pays, fails_later, is_cancelled_unpaid},
    "refund": {is_refunded, is_cancelled_when_paid},
}
MATRIX = [
    pytest.param(call, fault, journey, id=f"{call}-{fault}-{journey.__name__}")
    for call, faults in FAULTS.items()
    for fault in faults
    for journey in TRUTHS
    if journey in MADE_BY.get(call, TRUTHS)
]


@pytest.mark.parametrize(("call", "fault", "journey"), MATRIX)
def test_every_journey_ends_in_one_truth(call, fault, journey, clock, violations):
    purchase = Purchase(clock)
    break_next(call, fault, 2)
    journey(purchase)
    for _ in range(3):
        purchase.pass_time(minutes=5)
    session.expire_all()
    status, payment_status, kept, left = TRUTHS[journey]
    order, token = purchase.order, purchase.order.token
    assert (order.status, order.payment_status) == (status, payment_status)
    assert shop_balance(order.id) == bank_balance(token) == kept
    assert sum(1 for payment in bank_payments(token) if payment.status == "succeeded") <= 1
    assert purchase.mug.variant.stock_left == left
    assert violations() == []
