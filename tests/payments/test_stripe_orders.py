"""Stripe promises no order: every one of the 720 in which six notifications can come ends alike, and never goes back."""

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from store.core.db import session, transaction
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.models import Dispute, PaymentEvent
from store.payments.providers import all_providers
from store.payments.states import RANKS
from tests.contracts.account import opened
from tests.contracts.payment_drivers.stripe import Driver
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payments_of
from tests.standins.stripe_intents import DECLINED, SEPA

pytestmark = pytest.mark.usefixtures("shop")

# What happened at Stripe, as it happened: a card is declined, then slow money comes, a part of it is paid back in the
# dashboard, and the bank questions the payment.
HAPPENED = ("payment_failed", "canceled", "processing", "succeeded", "refunded", "disputed")

ORDERS = list(itertools.permutations(HAPPENED))
PARTS = 12


@pytest.fixture
def account(shop) -> Iterator[object]:
    yield from opened(Driver)


class Story:
    """One order at Stripe. The books know what has been told of so far, and what had happened before that."""

    def __init__(self, account, made) -> None:
        self.account = account
        with transaction():
            self.order = make_pending_order(made)
        self.order_id, self.total = self.order.id, self.order.total_minor
        services.begin(self.order_id, "stripe", token=account.tokenize(DECLINED))
        services.apply_payment(payments_of(self.order_id)[0].id)
        services.begin(self.order_id, "stripe", token=account.tokenize(SEPA))
        self.first, self.second = (account.intents[one.external_id] for one in payments_of(self.order_id))
        self.told = -1
        self.dispute = ""

    def happen(self, event: str) -> tuple[str, dict]:
        """Let everything happen up to an event, and return what Stripe says of it."""
        for step in range(self.told + 1, HAPPENED.index(event) + 1):
            self._step(HAPPENED[step])
        self.told = max(self.told, HAPPENED.index(event))
        return self.says(event)

    def says(self, event: str) -> tuple[str, dict]:
        """Return what Stripe says of an event, as things stand now."""
        if event == "disputed":
            return "charge.dispute.created", dict(self.account.disputes[self.dispute])
        if event == "refunded":
            charge = {**self.second["latest_charge"], "payment_intent": self.second["id"]}
            return "charge.refunded", {**charge, "metadata": self.second["metadata"]}
        about = self.first if event in ("payment_failed", "canceled") else self.second
        return f"payment_intent.{event}", dict(about)

    def _step(self, event: str) -> None:
        if event == "canceled":
            self.account.lapse(self.first["id"])
        elif event == "succeeded":
            self.account.arrive(self.second["id"])
        elif event == "refunded":
            self.second["latest_charge"]["amount_refunded"] = 100
        elif event == "disputed":
            self.dispute = self.account.dispute(self.second["id"])


@pytest.mark.parametrize("part", range(PARTS))
def test_six_notifications_in_every_order_end_alike_and_nothing_goes_back(account, violations, monkeypatch, part):
    """The worst case: whoever deals with a notification was answered when it was sent, and writes that down late."""
    provider = all_providers()["stripe"]
    ask = provider.fetch
    made = make_product(stock=1000)
    session.commit()
    orders = ORDERS[part::PARTS]
    for order in orders:
        story = Story(account, made)
        letters, answers = {}, {}
        for event in HAPPENED:
            kind, about = story.happen(event)
            letters[event] = account.notification(about, kind)
            one = story.first if event in ("payment_failed", "canceled") else story.second
            answers[event] = {one["id"]: ask(one["id"])}
        stand = [0, 0]
        for event in order:
            monkeypatch.setattr(provider, "fetch", answers[event].__getitem__)
            stand = deliver(story, letters[event], stand)
        monkeypatch.setattr(provider, "fetch", ask)
        check_end(story, order)
    check_all(len(orders))
    assert violations() == []


def test_what_happens_while_notifications_come_is_found_by_asking(account, violations):
    made = make_product(stock=1000)
    session.commit()
    orders = ORDERS[:: 720 // 24]
    for order in orders:
        story = Story(account, made)
        stand = [0, 0]
        for event in order:
            kind, about = story.happen(event)
            stand = deliver(story, account.notification(about, kind), stand)
        check_end(story, order)
    check_all(len(orders))
    assert violations() == []


def deliver(story: Story, letter, before: list[int]) -> list[int]:
    """Bring a notification twice, and return how far the two payments have come."""
    services.receive_webhook("stripe", *letter)
    services.receive_webhook("stripe", *letter)
    handle()
    stand = [RANKS[one.status] for one in payments_of(story.order_id)]
    assert all(late >= early for early, late in zip(before, stand, strict=True))
    return stand


def check_end(story: Story, order) -> None:
    payments = payments_of(story.order_id)
    assert [one.status for one in payments] == ["voided", "captured"], order
    assert (order_of(payments[1]).status, order_of(payments[1]).payment_status) == ("placed", "paid"), order
    assert [one.captured_minor for one in payments] == [0, story.total], order


def check_all(many: int) -> None:
    with transaction():
        disputes = session.execute(select(Dispute.status, func.count()).group_by(Dispute.status)).all()
        placed = session.execute(
            select(func.count()).select_from(OrderEvent).where(OrderEvent.kind == "placed")
        ).scalar_one()
    assert [tuple(row) for row in disputes] == [("needs_response", many)]
    assert placed == many, "each order is placed, and its mail written, once"


def handle() -> None:
    """Deal with the notifications that wait, as the worker would."""
    with transaction():
        waiting = session.execute(select(PaymentEvent.id).where(PaymentEvent.processed_at.is_(None))).scalars().all()
    for event_id in waiting:
        services.handle_event(event_id)


def test_there_are_as_many_orders_as_we_say():
    assert len(set(ORDERS)) == 720
