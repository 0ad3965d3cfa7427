"""What staff enter when they act on an order."""

import re
from datetime import date, timedelta

from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.validators import ValidationError

from store.core.clock import now
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.payments.offline.models import BANK_TRANSFER, CASH_ON_DELIVERY
from store.web.forms import Form, Required, StringField, TextAreaField

# Money that came longer ago would have been looked for.
_LONGEST_AGO = timedelta(days=366)

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{20,40}")


def made_here(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    """Refuse a request id that no form of ours has made."""
    if not _REQUEST_ID.fullmatch(field.data or ""):
        raise ValidationError(_("This form is not complete. Please open it again."))


class ShipmentForm(Form):
    """Who takes the parcel, and under which number it can be followed."""

    carrier = StringField(lazy_gettext("Carrier"), longest=100)
    tracking_number = StringField(lazy_gettext("Tracking number"), longest=2000)


class NoteForm(Form):
    """A remark for colleagues."""

    text = TextAreaField(lazy_gettext("Note for colleagues"), longest=2000, validators=[Required()])


class CancellationForm(Form):
    """Why an order is cancelled. `request_id` makes the refund in it happen once, however often the form is sent."""

    reason = StringField(lazy_gettext("Reason"), longest=200, validators=[Required()])
    request_id = HiddenField(validators=[made_here])


class RefundForm(Form):
    """Why all money goes back, and whether the goods are back on the shelf."""

    reason = StringField(lazy_gettext("Reason"), longest=200, validators=[Required()])
    restock = BooleanField(lazy_gettext("Put the goods back on the shelf"))
    request_id = HiddenField(validators=[made_here])


class PartialRefundForm(Form):
    """Why a part of the money goes back; what of it is in fields named by the lines."""

    reason = StringField(lazy_gettext("Reason"), longest=200, validators=[Required()])
    request_id = HiddenField(validators=[made_here])


class CaptureForm(Form):
    """How much of the promised money is taken."""

    amount = StringField(lazy_gettext("Amount"), longest=20, validators=[Required()])
    final = BooleanField(lazy_gettext("Nothing more will be taken: the rest is given back"))
    request_id = HiddenField(validators=[made_here])


class ReceiptForm(Form):
    """How much has come, when, and what the statement says. `request_id` makes a second click the same note."""

    amount = StringField(lazy_gettext("Amount"), longest=20, validators=[Required()])
    received_on = StringField(lazy_gettext("Received on"), longest=10, validators=[Required()])
    way = SelectField(
        lazy_gettext("How it came"),
        choices=[(BANK_TRANSFER, lazy_gettext("Bank transfer")), (CASH_ON_DELIVERY, lazy_gettext("Cash"))],
        default=BANK_TRANSFER,
    )
    reference = StringField(lazy_gettext("On the statement"), longest=140)
    request_id = HiddenField(validators=[made_here])

    def validate_received_on(self, field: Field) -> None:
        """Check that it is a day that has come."""
        try:
            day = date.fromisoformat(field.data or "")
        except ValueError as error:
            raise ValidationError(_("Please enter a day, such as 2026-11-21.")) from error
        today = now().date()
        if not today - _LONGEST_AGO <= day <= today + timedelta(days=1):
            raise ValidationError(_("This day is too far away."))


class DifferenceForm(Form):
    """That what came too much is to go back. `request_id` makes a second click the same refund."""

    request_id = HiddenField(validators=[made_here])
