"""MoMo's other side: its stand-in, with the shopper on its page."""

from store.core.settings import Settings
from store.payments.providers import all_providers
from tests.standins.momo import ACCESS_KEY, PARTNER_CODE, SECRET_KEY, MoMoStandIn

_CALLS = {"start": "create", "refund": "refund", "fetch": "query", "cancel": "query"}


class Driver:
    """Starts a business of its own and points the provider at it."""

    currency = "VND"

    def __init__(self):
        self.account = MoMoStandIn()
        provider = all_providers()["momo"]
        names = {
            "momo_partner_code",
            "momo_access_key",
            "momo_secret_key",
            "momo_secret_key_fallbacks",
            "momo_api_base",
        }
        provider.configure(
            provider.settings.model_copy(
                update=Settings(
                    momo_partner_code=PARTNER_CODE,
                    momo_access_key=ACCESS_KEY,
                    momo_secret_key=SECRET_KEY,
                    momo_secret_key_fallbacks=("the one before",),
                    momo_api_base=self.account.url,
                ).model_dump(include=names)
            )
        )

    def close(self):
        self.account.close()

    def pay(self, external_id):
        self.account.pay(external_id)

    def decline(self, external_id):
        self.account.deny(external_id)

    def process(self, external_id):
        self.account.process(external_id)

    def lapse(self, external_id):
        self.account.lapse(external_id)

    def lose_reply(self, call):
        self.account.lose[_CALLS[call]] += 1

    def opened(self, reference):
        return [name for name in self.account.payments if reference in name]

    def notification(self, external_id, *, age=0, secret=None):  # noqa: ARG002 - it carries no time
        return {"Content-Type": "application/json"}, self.account.notification(external_id, secret=secret or SECRET_KEY)
