"""The test bank's other side."""

import json
from datetime import timedelta

from store.core.clock import now
from store.core.db import transaction
from store.payments.providers import all_providers
from store.payments.testbank import customer, knobs, signing


class Driver:
    """Presses the bank's buttons and turns its knobs."""

    def close(self):
        """Nothing to close: the bank is in this process."""

    def pay(self, external_id):
        self._choose(external_id, "pay")

    def decline(self, external_id):
        self._choose(external_id, "decline")

    def process(self, external_id):
        self._choose(external_id, "pay_later")

    def lose_reply(self, call):
        with transaction():
            knobs.turn(call, "lost_reply")

    def notification(self, external_id, *, age=0, secret=None):
        body = json.dumps({"event_id": f"evt_{external_id}", "kind": "payment.succeeded", "payment_id": external_id})
        key = secret or all_providers()["test"].settings.secret_key.get_secret_value()
        moment = int(now().timestamp()) - age
        return {signing.HEADER: signing.sign(signing.secret_from(key), moment, body.encode())}, body.encode()

    def _choose(self, external_id, outcome):
        with transaction():
            customer.decide(external_id, outcome, delay=timedelta(hours=2))
