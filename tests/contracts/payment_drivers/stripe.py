"""Stripe's other side: its stand-in, with the shopper on its pages."""

from typing import ClassVar

from tests.contracts.account import AccountDriver
from tests.standins.stripe import SECRET_KEY, WEBHOOK_SECRET, StripeStandIn


class Driver(AccountDriver):
    """Starts an account of its own and points the provider at it."""

    provider = "stripe"
    stand_in = StripeStandIn
    calls: ClassVar = {
        "start": "create_session",
        "refund": "create_refund",
        "fetch": "retrieve_session",
        "cancel": "expire_session",
    }

    def settings(self, url):
        return {
            "stripe_secret_key": SECRET_KEY,
            "stripe_webhook_secrets": ("whsec_the_one_before", WEBHOOK_SECRET),
            "stripe_api_base": url,
        }

    def decline(self, external_id):
        self.account.pay_slowly(external_id)
        self.account.bounce(external_id)

    def process(self, external_id):
        self.account.pay_slowly(external_id)

    def notification(self, external_id, *, age=0, secret=None):
        session = self.account.sessions.get(external_id, {"id": external_id, "object": "checkout.session"})
        return self.account.notification(
            session, "checkout.session.completed", secret=secret or WEBHOOK_SECRET, age=age
        )
