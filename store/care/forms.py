"""What shoppers enter about an order of theirs."""

import re

from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from store.checkout.forms import ContactForm
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext as lazy
from store.web.forms import Form, IntegerField, Required, StringField

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")


def made_here(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    """Complain about a form whose own key is missing or strange."""
    if not _REQUEST_ID.fullmatch(field.data or ""):
        raise ValidationError(_("This form is not complete. Please open it again."))


class LookupForm(Form):
    """What a shopper knows of an order whose link is lost."""

    number = IntegerField(
        lazy("Order number"),
        [Required()],
        minimum=1,
        render_kw={"inputmode": "numeric", "autocomplete": "off", "enterkeyhint": "next"},
    )
    email = StringField(
        lazy("E-mail"),
        [Required()],
        longest=254,
        render_kw={"type": "email", "autocomplete": "email", "inputmode": "email", "enterkeyhint": "send"},
    )


class AddressForm(ContactForm):
    """Where an order goes instead."""

    # WTForms leaves a field out that a form below it sets to nothing.
    email = None  # type: ignore[assignment]
    way = None  # type: ignore[assignment]


class CancelForm(Form):
    """The shopper's no. `request_id` makes the refund in it happen once, however often the form is sent."""

    request_id = HiddenField(validators=[made_here])
