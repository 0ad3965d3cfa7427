"""PayPal's other side: its stand-in, with the shopper on its pages."""

from store.core.settings import Settings
from store.payments.providers import all_providers
from tests.standins.paypal import CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID, PayPalStandIn

_CALLS = {"start": "create_order", "refund": "refund_capture", "fetch": "show_order", "cancel": "update_order"}


class Driver:
    """Starts an account of its own and points the provider at it."""

    def __init__(self):
        self.account = PayPalStandIn()
        provider = all_providers()["paypal"]
        wanted = Settings(
            paypal_client_id=CLIENT_ID,
            paypal_client_secret=CLIENT_SECRET,
            paypal_webhook_ids=("0FV983392A0531201", WEBHOOK_ID),
            paypal_api_base=self.account.url,
        )
        provider.configure(
            provider.settings.model_copy(
                update=wanted.model_dump(include={name for name in Settings.model_fields if name.startswith("paypal_")})
            )
        )

    def close(self):
        self.account.close()

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

    def lose_reply(self, call):
        self.account.lose[_CALLS[call]] += 1

    def opened(self, reference):
        units = {name: order["purchase_units"][0] for name, order in self.account.orders.items()}
        return [name for name, unit in units.items() if unit["custom_id"] == reference]

    def notification(self, external_id, *, age=0, secret=None):
        order = self.account.orders.get(external_id, {"id": external_id})
        return self.account.notification(order, "CHECKOUT.ORDER.APPROVED", age=age, stranger=secret is not None)
