"""ZaloPay's other side: its stand-in, with the shopper on its page."""

from store.core.settings import Settings
from store.payments.providers import all_providers
from tests.standins.zalopay import APP_ID, KEY1, KEY2, ZaloPayStandIn

_CALLS = {"start": "create", "refund": "refund", "fetch": "query", "cancel": "cancel"}


class Driver:
    """Starts an application of its own and points the provider at it."""

    currency = "VND"

    def __init__(self):
        self.account = ZaloPayStandIn()
        provider = all_providers()["zalopay"]
        names = {"zalopay_app_id", "zalopay_key1", "zalopay_key2", "zalopay_key2_fallbacks", "zalopay_api_base"}
        provider.configure(
            provider.settings.model_copy(
                update=Settings(
                    zalopay_app_id=APP_ID,
                    zalopay_key1=KEY1,
                    zalopay_key2=KEY2,
                    zalopay_key2_fallbacks=("the one before",),
                    zalopay_api_base=self.account.url,
                ).model_dump(include=names)
            )
        )

    def close(self):
        self.account.close()

    def pay(self, external_id):
        self.account.pay(external_id)

    def decline(self, external_id):
        self.account.fail_payment(external_id)

    def process(self, external_id):
        self.account.process(external_id)

    def lapse(self, external_id):
        self.account.lapse(external_id)

    def lose_reply(self, call):
        self.account.lose[_CALLS[call]] += 1

    def opened(self, reference):
        return [name for name in self.account.orders if reference in name]

    def notification(self, external_id, *, age=0, secret=None):  # noqa: ARG002 - it carries no time
        return {"Content-Type": "application/json"}, self.account.callback(external_id, key=secret or KEY2)
