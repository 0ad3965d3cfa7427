"""PayPal's other side: its stand-in, with the shopper on its pages."""

from typing import ClassVar

from store.payments.providers import all_providers
from tests.contracts.account import AccountDriver
from tests.standins.paypal import CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID, PayPalStandIn


class Driver(AccountDriver):
    """Starts an account of its own and points the provider at it."""

    provider = "paypal"
    stand_in = PayPalStandIn
    calls: ClassVar = {
        "start": "create_order",
        "refund": "refund_capture",
        "fetch": "show_order",
        "cancel": "update_order",
    }

    def settings(self, url):
        return {
            "paypal_client_id": CLIENT_ID,
            "paypal_client_secret": CLIENT_SECRET,
            "paypal_webhook_ids": ("0FV983392A0531201", WEBHOOK_ID),
            "paypal_api_base": url,
        }

    def pay(self, external_id):
        self.account.approve(external_id)
        self._look(external_id)

    def decline(self, external_id):
        self.account.approve(external_id, outcome="INSTRUMENT_DECLINED")

    def process(self, external_id):
        self.account.approve(external_id, outcome="PENDING")
        self._look(external_id)

    def _look(self, external_id):
        # PayPal takes nothing by itself: what was approved is taken when the shop asks, as its return page does.
        all_providers()["paypal"].fetch(external_id)

    def opened(self, reference):
        units = {name: order["purchase_units"][0] for name, order in self.account.orders.items()}
        return [name for name, unit in units.items() if unit["custom_id"] == reference]

    def notification(self, external_id, *, age=0, secret=None):
        order = self.account.orders.get(external_id, {"id": external_id})
        return self.account.notification(order, "CHECKOUT.ORDER.APPROVED", age=age, stranger=secret is not None)
