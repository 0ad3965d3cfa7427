"""What checkout asks for: eight fields, each with the token that lets the browser fill it in."""

import re
from typing import Any

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from wtforms import SelectField
from wtforms.validators import ValidationError

from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext as lazy
from store.web.filters import babel_locale
from store.web.forms import Form, IntegerField, Required, StringField

_POSTCODES = {
    "AT": r"[1-9][0-9]{3}",
    "BE": r"[1-9][0-9]{3}",
    "CH": r"[1-9][0-9]{3}",
    "DE": r"[0-9]{5}",
    "DK": r"[0-9]{4}",
    "ES": r"[0-9]{5}",
    "FR": r"[0-9]{5}",
    "IT": r"[0-9]{5}",
    "NL": r"[1-9][0-9]{3} ?[A-Za-z]{2}",
    "PL": r"[0-9]{2}-?[0-9]{3}",
    "US": r"[0-9]{5}(-[0-9]{4})?",
}
_PHONE = re.compile(r"\+?[0-9 ()/.\-]{5,30}")

ADDRESS_FIELDS = ("name", "line1", "line2", "postcode", "city", "country", "phone")


class ContactForm(Form):
    """Who buys, and where it goes."""

    email = StringField(
        lazy("E-mail"),
        [Required()],
        longest=254,
        render_kw={"type": "email", "autocomplete": "email", "inputmode": "email", "enterkeyhint": "next"},
    )
    name = StringField(lazy("Full name"), [Required()], longest=120, render_kw={"autocomplete": "name"})
    country = SelectField(lazy("Country"), render_kw={"autocomplete": "country"})
    line1 = StringField(
        lazy("Street and number"), [Required()], longest=160, render_kw={"autocomplete": "address-line1"}
    )
    line2 = StringField(lazy("Flat, floor, company"), longest=160, render_kw={"autocomplete": "address-line2"})
    postcode = StringField(lazy("Postcode"), [Required()], longest=12, render_kw={"autocomplete": "postal-code"})
    city = StringField(lazy("Town"), [Required()], longest=100, render_kw={"autocomplete": "address-level2"})
    phone = StringField(lazy("Phone"), longest=30, render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    def offer_countries(self, codes: tuple[str, ...]) -> None:
        """Offer these countries, named in the reader's language."""
        names = Locale.parse(babel_locale(current_locale())).territories
        self.country.choices = sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])

    def validate_email(self, field: Any) -> None:
        """Check the shape of the address; whether it exists only a mail can tell."""
        if not field.data:
            return
        try:
            field.data = validate_email(field.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(_("Please check the e-mail address: name@example.com.")) from None

    def validate_postcode(self, field: Any) -> None:
        """Check the postcode against its country's form, where we know it."""
        pattern = _POSTCODES.get(self.country.data or "")
        if field.data and pattern and not re.fullmatch(pattern, field.data):
            raise ValidationError(_("This does not look like a postcode of that country."))

    def validate_phone(self, field: Any) -> None:
        """Check that it can be dialled."""
        if field.data and not _PHONE.fullmatch(field.data):
            raise ValidationError(_("Please use digits, spaces and + only."))

    @property
    def address(self) -> dict[str, str]:
        """Return the address as it is kept."""
        return {name: self[name].data or "" for name in ADDRESS_FIELDS}


class DeliveryForm(Form):
    """Which way of delivery."""

    method = IntegerField(lazy("Delivery"), minimum=1, maximum=10**10 - 1)


class PlaceForm(Form):
    """The shopper's yes: what they agreed to, and how they pay."""

    quote = StringField(lazy("Quote"), longest=64)
    provider = StringField(lazy("Payment"), longest=40)
