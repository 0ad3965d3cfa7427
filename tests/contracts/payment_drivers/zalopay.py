"""ZaloPay's other side: its stand-in, with the shopper on its page."""

from typing import ClassVar

from tests.contracts.account import AccountDriver
from tests.standins.zalopay import APP_ID, KEY1, KEY2, ZaloPayStandIn


class Driver(AccountDriver):
    """Starts an application of its own and points the provider at it."""

    currency = "VND"

    provider = "zalopay"
    stand_in = ZaloPayStandIn
    calls: ClassVar = {"start": "create", "refund": "refund", "fetch": "query", "cancel": "cancel"}

    def settings(self, url):
        return {
            "zalopay_app_id": APP_ID,
            "zalopay_key1": KEY1,
            "zalopay_key2": KEY2,
            "zalopay_key2_fallbacks": ("the one before",),
            "zalopay_api_base": url,
        }

    def decline(self, external_id):
        self.account.fail_payment(external_id)

    def lapse(self, external_id):
        self.account.lapse(external_id)

    def opened(self, reference):
        return [name for name in self.account.orders if reference in name]

    def notification(self, external_id, *, age=0, secret=None):  # noqa: ARG002 - it carries no time
        return {"Content-Type": "application/json"}, self.account.callback(external_id, key=secret or KEY2)
