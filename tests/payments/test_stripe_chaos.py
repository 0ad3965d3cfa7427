"""A bad day at Stripe: answers lost, errors after the work, notifications twice, late, shuffled or never. To the cent."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from store.core.db import session, transaction
from store.core.errors import StoreError
from store.payments import services
from store.payments.providers import stripe
from tests.contracts.account import opened
from tests.contracts.payment_drivers.stripe import Driver
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payments_of, refunds_of, run_jobs, shop_balance
from tests.standins.stripe_intents import AUTHENTICATE, DECLINED, GOOD, SEPA
from tests.standins.stripe_post import Post

pytestmark = pytest.mark.usefixtures("shop")

SHOPPERS = 16
CALLS = ("create_intent", "create_session", "retrieve_intent", "retrieve_session", "create_refund", "list_refunds")
FAULTS = ("lose", "fail", "break_", "throttle")


@pytest.fixture
def account(shop, monkeypatch) -> Iterator[object]:
    monkeypatch.setattr(stripe, "CALL_TIMEOUT", 2)
    yield from opened(Driver)


class Day:
    """Shoppers come one after the other while things go wrong by chance; the same seed is the same day."""

    def __init__(self, account, client, seed: int) -> None:
        self.account, self.chance = account, random.Random(seed)
        self.post = Post(lambda headers, body: self._deliver(client, headers, body), seed=seed)
        self.post.duplicate, self.post.drop, self.post.delay, self.post.reorder = 0.3, 0.2, 0.3, True
        self.made = make_product(stock=SHOPPERS * 2)
        session.commit()
        self.orders: list[int] = []

    def _deliver(self, client, headers, body) -> int:
        return client.post("/webhooks/payments/stripe", data=body, headers=headers).status_code

    def shopper(self) -> None:
        """Order something, and try to pay it up to three times, here or on the hosted page."""
        with transaction():
            order = make_pending_order(self.made)
        order_id = order.id
        self.orders.append(order_id)
        for _attempt in range(3):
            self._break_something()
            means = self.chance.choice((GOOD, GOOD, DECLINED, AUTHENTICATE, SEPA, ""))
            self._try(lambda means=means: services.begin(
                order_id, "stripe", token=self.account.tokenize(means) if means else ""
            ))  # fmt: skip
            self._at_the_bank(order_id)
            if self.chance.random() < 0.5:
                self._try(lambda: services.apply_payment(payments_of(order_id)[-1].id))
            self.news()
            if order_of(payments_of(order_id)[0]).status == "placed":
                break
        if self.chance.random() < 0.3:
            self._break_something()
            self._try(lambda: services.refund_in_full(
                order_id, request_id=f"r-{order_id}", actor="staff:1", reason="", restock=True
            ))  # fmt: skip

    def news(self) -> None:
        """Deliver what the post has, and let the workers work."""
        self.post.collect(self.account.books.events)
        self.post.round()
        run_jobs()

    def evening(self, clock) -> None:
        """Nothing goes wrong any more: what still waits is delivered, and the reconciler asks about the rest."""
        for fault in FAULTS:
            getattr(self.account, fault).clear()
        self.post.drop = self.post.delay = 0.0
        clock.shift(timedelta(seconds=90))
        for name in list(self.account.intents):
            if self.account.intents[name]["status"] == "processing":
                self.account.arrive(next((one for one, it in self.account.sessions.items()
                                          if it["payment_intent"] == name), name))  # fmt: skip
        for _ in range(3):
            self.news()
            services.reconcile()
            services.settle_due_refunds()
        self.news()

    def _at_the_bank(self, order_id: int) -> None:
        name = payments_of(order_id)[-1].external_id or ""
        if name in self.account.sessions or (
            name in self.account.intents and self.account.intents[name]["status"] == "requires_action"
        ):
            self.chance.choice((self.account.pay, self.account.decline_card, lambda _name: None))(name)

    def _break_something(self) -> None:
        if self.chance.random() < 0.6:
            getattr(self.account, self.chance.choice(FAULTS))[self.chance.choice(CALLS)] += 1

    def _try(self, call) -> None:
        try:
            call()
        except StoreError:
            # What a shopper or staff would read; the day goes on.
            session.rollback()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_bad_day_both_ledgers_agree_to_the_cent(account, client, clock, violations, seed):
    day = Day(account, client, seed)
    for _ in range(SHOPPERS):
        day.shopper()
    day.evening(clock)
    assert sum(shop_balance(order_id) for order_id in day.orders) == account.balance()
    for order_id in day.orders:
        payments = payments_of(order_id)
        taken = [one for one in payments if one.captured_minor]
        assert len(taken) <= 1, "nobody is charged twice"
        at_stripe = [
            one["amount_received"]
            for one in account.intents.values()
            if one["metadata"].get("reference") == order_of(payments[0]).token and one["amount_received"]
        ]
        assert at_stripe == [one.captured_minor for one in taken]
        assert len([one for one in refunds_of(order_id) if one.status == "succeeded"]) <= 1
    assert {order_of(payments_of(one)[0]).status for one in day.orders} >= {"placed", "pending"}
    assert violations() == []
