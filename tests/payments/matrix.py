"""The other side of the fault matrix: two banks that misbehave to order, and one purchase with everybody around it."""

import json
import re
from datetime import timedelta

from sqlalchemy import text

from store.core import ids
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict, Unavailable
from store.payments import services
from store.payments.providers import all_providers
from store.payments.testbank import signing
from tests.contracts.payment_drivers.stripe import Driver
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import bank_payments, break_next, choose, payments_of, refunds_of, run_jobs

TOTAL = 2390


class TestBank:
    """The test gateway, whose notifications travel when this class sends them."""

    code = "test"
    __test__ = False

    def close(self):
        """Nothing to close: it is in this process."""

    def break_next(self, call, fault, times=1):
        break_next({"create": "start", "confirm": "fetch"}.get(call, call), fault, times)

    def opened(self, order):
        return bank_payments(order.token)[-1].id

    def pay(self, payment):
        choose(payment, "pay_untold")

    def is_declined(self, purchase):
        purchase.begin()
        choose(payments_of(purchase.order.id)[-1], "decline")
        services.return_from_provider(purchase.order.token)

    def letter(self, name, kind):
        body = json.dumps(
            {"event_id": ids.token(), "kind": f"payment.{kind}", "payment_id": name, "reference": self._reference(name)}
        ).encode()
        key = all_providers()["test"].settings.secret_key.get_secret_value()
        return {signing.HEADER: signing.sign(signing.secret_from(key), int(now().timestamp()), body)}, body

    def held(self, order):
        return sum(one.captured_minor - one.refunded_minor for one in bank_payments(order.token))

    def charges(self, order):
        return sum(1 for one in bank_payments(order.token) if one.captured_minor)

    def promised(self, order):
        return sum(
            one.amount_minor - one.captured_minor for one in bank_payments(order.token) if one.status == "authorized"
        )

    def _reference(self, name):
        with transaction():
            return session.execute(
                text("SELECT reference FROM test_bank_payments WHERE id = :id"), {"id": name}
            ).scalar_one()


class StripeBank:
    """Stripe's stand-in, over HTTP. Its `confirm` is the call that confirms an intent on the server."""

    code = "stripe"
    _CALLS = {
        "create": "create_session",
        "confirm": "create_intent",
        "capture": "capture_intent",
        "refund": "create_refund",
        "cancel": "cancel_intent",
    }
    _KNOBS = {"lost_reply": "lose", "error_500": "fail", "hang": "hang", "declined": "refuse"}
    _KINDS = {
        "processing": "checkout.session.completed",
        "authorized": "checkout.session.completed",
        "succeeded": "checkout.session.async_payment_succeeded",
    }

    def __init__(self):
        self._driver = Driver()
        self.account = self._driver.account

    def close(self):
        self._driver.close()

    def break_next(self, call, fault, times=1):
        getattr(self.account, self._KNOBS[fault])[self._CALLS[call]] += times

    def opened(self, order):
        return [name for name, one in self.account.sessions.items() if one["client_reference_id"] == order.token][-1]

    def pay(self, payment):
        self.account.pay(payment.external_id)

    def is_declined(self, purchase):
        services.begin(purchase.order.id, self.code, token=self.account.tokenize("4000000000000002"))

    def letter(self, name, kind):
        about = self.account.sessions.get(name)
        if about is None:
            return self.account.notification(self.account.intents[name], f"payment_intent.{kind}")
        return self.account.notification(about, self._KINDS[kind])

    def held(self, _order):
        return self.account.balance()

    def charges(self, _order):
        return sum(1 for one in self.account.intents.values() if one["amount_received"])

    def promised(self, _order):
        return sum(one["amount_capturable"] for one in self.account.intents.values())


class Purchase:
    """A shopper and staff who do not give up, and a clock that makes everybody else come round."""

    def __init__(self, bank, client, clock):
        self.bank, self.client, self.clock = bank, client, clock
        self.mug = make_product(stock=5)
        self.order = make_pending_order(self.mug)
        session.commit()

    def begin(self, **more):
        return services.begin(self.order.id, self.bank.code, **more)

    def payment(self):
        return payments_of(self.order.id)[-1]

    def pay(self):
        """Pay on the page that is open, and come back."""
        self.persist(self.begin)
        while self.payment().status == "failed":
            self.persist(self.begin)
        self.bank.pay(self.payment())
        self.tell("succeeded")
        services.return_from_provider(self.order.token)

    def confirm(self):
        """Pay in the way whose one call is in question: on our own page at Stripe, by a fetch at the test bank."""
        if self.bank.code == "stripe":
            token = self.bank.account.tokenize()
            self.persist(lambda: self.begin(token=token))
        else:
            self.begin()
            self.bank.pay(self.payment())
            self.tell("succeeded")
        services.return_from_provider(self.order.token)

    def tell(self, kind, *, name=None, times=1):
        """Deliver a notification and let it be dealt with."""
        letter = self.bank.letter(name or self.payment().external_id, kind)
        for _ in range(times):
            headers, body = letter
            answer = self.client.post(f"/webhooks/payments/{self.bank.code}", data=body, headers=headers)
            assert answer.status_code == 200
        run_jobs()

    def persist(self, attempt):
        for _ in range(5):
            self.look()
            try:
                return attempt()
            except (Unavailable, Conflict):
                self.look()
                self.pass_time(seconds=30)
        return None

    def pass_time(self, **duration):
        self.clock.shift(timedelta(**duration))
        run_jobs()
        services.expire_due_orders()
        services.settle_due_refunds()
        services.reconcile()
        run_jobs()

    def look(self):
        """Read the order's page as its shopper does: whatever has happened by now, it says nothing untrue."""
        session.expire_all()
        page = self.client.get(f"/orders/{self.order.token}").text
        held, promised = self.bank.held(self.order), self.bank.promised(self.order)
        if re.search(r'class="status[^>]*>Paid<', page):
            assert held or any(one.status == "requested" for one in refunds_of(self.order.id))
        if re.search(r'item--done"[^>]*>Paid', page):
            assert self.bank.charges(self.order)
        if "Payment confirmed" in page:
            # It may have been taken a moment ago, by a call whose answer was lost.
            assert promised or held
        if "Paid back in full" in page:
            assert held == 0
        if "Nothing was charged" in page:
            assert held == 0
        return page

    def mails(self):
        rows = session.execute(
            text("SELECT kind, count(*) FROM messages WHERE subject_ref = :about GROUP BY kind"),
            {"about": f"order:{self.order.id}"},
        )
        return {kind: number for kind, number in rows}  # noqa: C416 - rows are no pairs to `dict`

    def requests(self, table):
        rows = session.execute(
            text(
                f"SELECT r.status FROM {table} r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = :id ORDER BY r.id"
            ),
            {"id": self.order.id},
        )
        return list(rows.scalars())

    def stock_moves(self):
        rows = session.execute(
            text(
                "SELECT m.kind, count(*) FROM stock_movements m JOIN holds h ON h.id = m.hold_id"
                " WHERE h.reference LIKE :about GROUP BY m.kind"
            ),
            {"about": f"order:{self.order.id}%"},
        )
        return {kind: number for kind, number in rows}  # noqa: C416 - rows are no pairs to `dict`
