"""Stripe's other side: its stand-in, with the shopper on its pages."""

from store.core.settings import Settings
from store.payments.providers import all_providers
from tests.standins.stripe import SECRET_KEY, WEBHOOK_SECRET, StripeStandIn

_CALLS = {"start": "create_session", "refund": "create_refund", "fetch": "retrieve_session", "cancel": "expire_session"}


class Driver:
    """Starts an account of its own and points the provider at it."""

    def __init__(self):
        self.account = StripeStandIn()
        provider = all_providers()["stripe"]
        provider.configure(
            provider.settings.model_copy(
                update=Settings(
                    stripe_secret_key=SECRET_KEY,
                    stripe_webhook_secrets=("whsec_the_one_before", WEBHOOK_SECRET),
                    stripe_api_base=self.account.url,
                ).model_dump(include={"stripe_secret_key", "stripe_webhook_secrets", "stripe_api_base"})
            )
        )

    def close(self):
        self.account.close()

    def pay(self, external_id):
        self.account.pay(external_id)

    def decline(self, external_id):
        self.account.pay_slowly(external_id)
        self.account.bounce(external_id)

    def process(self, external_id):
        self.account.pay_slowly(external_id)

    def lose_reply(self, call):
        self.account.lose[_CALLS[call]] += 1

    def notification(self, external_id, *, age=0, secret=None):
        session = self.account.sessions.get(external_id, {"id": external_id, "object": "checkout.session"})
        return self.account.notification(
            session, "checkout.session.completed", secret=secret or WEBHOOK_SECRET, age=age
        )
