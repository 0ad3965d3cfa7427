"""MoMo's other side: its stand-in, with the shopper on its page."""

from typing import ClassVar

from tests.contracts.account import AccountDriver
from tests.standins.momo import ACCESS_KEY, PARTNER_CODE, SECRET_KEY, MoMoStandIn


class Driver(AccountDriver):
    """Starts a business of its own and points the provider at it."""

    currency = "VND"

    provider = "momo"
    stand_in = MoMoStandIn
    calls: ClassVar = {"start": "create", "refund": "refund", "fetch": "query", "cancel": "query"}

    def settings(self, url):
        return {
            "momo_partner_code": PARTNER_CODE,
            "momo_access_key": ACCESS_KEY,
            "momo_secret_key": SECRET_KEY,
            "momo_secret_key_fallbacks": ("the one before",),
            "momo_api_base": url,
        }

    def decline(self, external_id):
        self.account.deny(external_id)

    def lapse(self, external_id):
        self.account.lapse(external_id)

    def opened(self, reference):
        return [name for name in self.account.payments if reference in name]

    def notification(self, external_id, *, age=0, secret=None):  # noqa: ARG002 - it carries no time
        return {"Content-Type": "application/json"}, self.account.notification(external_id, secret=secret or SECRET_KEY)
