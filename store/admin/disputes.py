"""Disputes: which payments customers' banks question, and until when they hear evidence, at the provider."""

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen
from store.admin.queries import disputes as queries
from store.core.clock import now
from store.core.i18n import lazy_gettext
from store.payments.models import Dispute
from store.staff.roles import Permission
from store.web.pagination import page_number, paginate

TABS = (("open", lazy_gettext("Open")), ("closed", lazy_gettext("Decided")))

# Stripe's words for why, https://docs.stripe.com/disputes/categories, then PayPal's; others are shown as they are.
REASONS = {
    "bank_cannot_process": lazy_gettext("The bank can't process it"),
    "check_returned": lazy_gettext("Check returned"),
    "credit_not_processed": lazy_gettext("A refund was promised and did not come"),
    "customer_initiated": lazy_gettext("Started by the customer"),
    "debit_not_authorized": lazy_gettext("The debit was not authorised"),
    "duplicate": lazy_gettext("Charged twice"),
    "fraudulent": lazy_gettext("The card's holder says it was not them"),
    "general": lazy_gettext("No particular reason"),
    "incorrect_account_details": lazy_gettext("Wrong account details"),
    "insufficient_funds": lazy_gettext("No funds"),
    "noncompliant": lazy_gettext("Against the card network's rules"),
    "product_not_received": lazy_gettext("Nothing arrived"),
    "product_unacceptable": lazy_gettext("Not as described, or damaged"),
    "subscription_canceled": lazy_gettext("A subscription had been cancelled"),
    "unrecognized": lazy_gettext("The customer does not recognise the charge"),
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED": lazy_gettext("Nothing arrived"),
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED": lazy_gettext("Not as described, or damaged"),
    "UNAUTHORISED": lazy_gettext("The account's holder says it was not them"),
    "CREDIT_NOT_PROCESSED": lazy_gettext("A refund was promised and did not come"),
    "DUPLICATE_TRANSACTION": lazy_gettext("Charged twice"),
    "INCORRECT_AMOUNT": lazy_gettext("Another amount was agreed"),
    "PAYMENT_BY_OTHER_MEANS": lazy_gettext("Paid in another way already"),
    "CANCELED_RECURRING_BILLING": lazy_gettext("A subscription had been cancelled"),
    "PROBLEM_WITH_REMITTANCE": lazy_gettext("Trouble with a transfer"),
    "OTHER": lazy_gettext("No particular reason"),
}

_AT_STRIPE = "https://dashboard.stripe.com/disputes/"
_AT_PAYPAL = "https://www.paypal.com/disputes/"


class DisputesScreen(Screen):
    """What banks question."""

    permission = Permission.VIEW_ORDERS
    icon = "alert"

    @expose("/")
    def index(self) -> Response:
        """Show the open disputes by the day until which they are to be answered, or those that are decided."""
        state = request.args.get("state", "open")
        if state not in dict(TABS):
            state = "open"
        counts = queries.count_disputes()
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, counts[state])
        return self.page(
            "admin/disputes/index.html",
            tabs=TABS,
            counts=counts,
            state=state,
            pages=pages,
            rows=queries.list_disputes(state=state, page=pages.page),
            moment=now(),
            href_for=lambda page: url_for(".index", state=state, page=page if page > 1 else None),
        )


def reason_of(dispute: Dispute) -> str:
    """Return why a payment is disputed, in the words of staff."""
    return str(REASONS.get(dispute.reason, dispute.reason))


def place_of(dispute: Dispute) -> str | None:
    """Return where a dispute is answered, if we know."""
    if dispute.provider == "stripe":
        return f"{_AT_STRIPE}{dispute.external_id}"
    return _AT_PAYPAL if dispute.provider == "paypal" else None
