"""What checkout asks for: a few fields, each with the token that lets the browser fill it in."""

from typing import Any

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from markupsafe import Markup
from wtforms import SelectField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import html_params

from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext as lazy
from store.core.phones import read_phone
from store.core.places import FIELDS, PlaceRules, rules_of
from store.tax.errors import NoVatId
from store.tax.vat_ids import normalise
from store.web.filters import babel_locale
from store.web.forms import Form, IntegerField, Required, StringField

ADDRESS_FIELDS = FIELDS
BILLING_FIELDS = ("company", "vat_id")

# What says where a street is.
_LINES = ("line1", "line2", "district", "postcode", "city", "region")

_REGIONS = {
    "area": lazy("Area"),
    "county": lazy("County"),
    "department": lazy("Department"),
    "district": lazy("District"),
    "do_si": lazy("Province or city"),
    "emirate": lazy("Emirate"),
    "island": lazy("Island"),
    "oblast": lazy("Oblast"),
    "parish": lazy("Parish"),
    "prefecture": lazy("Prefecture"),
    "province": lazy("Province"),
    "state": lazy("State"),
}
_POSTCODES = {"eircode": lazy("Eircode"), "pin": lazy("PIN code"), "zip": lazy("ZIP code")}
_TOWNS = {"district": lazy("District"), "post_town": lazy("Post town"), "suburb": lazy("Suburb")}
_DISTRICTS = {
    "district": lazy("District"),
    "neighborhood": lazy("Neighbourhood"),
    "suburb": lazy("Suburb"),
    "townland": lazy("Townland"),
    "village_township": lazy("Village or township"),
}


class RegionField(StringField):
    """A state or province: chosen from a list where the country has one, written where it has none."""

    data: str | None
    regions: tuple[tuple[str, str], ...] = ()

    def offer(self, regions: tuple[tuple[str, str], ...]) -> None:
        """Offer these, as pairs of what is kept and what is shown; a name that was filled in becomes what is kept."""
        self.regions = tuple(sorted(regions, key=lambda pair: pair[1]))
        if not regions:
            return
        self.widget = _list_of_regions
        typed = (self.data or "").casefold()
        self.data = next((code for code, name in regions if typed in (code.casefold(), name.casefold())), self.data)


def _list_of_regions(field: RegionField, **attributes: Any) -> Markup:
    attributes = {"id": field.id, "name": field.name, **attributes}
    if field.flags.required:
        attributes["required"] = True
    options = [("", _("Please choose")), *field.regions]
    body = Markup("").join(
        Markup("<option {}>{}</option>").format(html_params(value=code, selected=code == (field.data or "")), name)
        for code, name in options
    )
    return Markup("<select {}>{}</select>").format(html_params(**attributes), body)


# Made before the fields of a place, so that it stands before them wherever they are told one after the other.
_EMAIL = StringField(
    lazy("E-mail"),
    [Required()],
    longest=254,
    render_kw={"type": "email", "autocomplete": "email", "inputmode": "email", "enterkeyhint": "next"},
)


class PlaceFields(Form):
    """A name and an address. Which lines it has, the country says: see `offer_countries`."""

    name = StringField(lazy("Full name"), [Required()], longest=120, render_kw={"autocomplete": "name"})
    country = SelectField(lazy("Country"), render_kw={"autocomplete": "country"})
    line1 = StringField(
        lazy("Street and number"), [Required()], longest=160, render_kw={"autocomplete": "address-line1"}
    )
    line2 = StringField(lazy("Flat, floor, company"), longest=160, render_kw={"autocomplete": "address-line2"})
    district = StringField(lazy("District"), longest=100, render_kw={"autocomplete": "address-level3"})
    postcode = StringField(lazy("Postcode"), longest=12, render_kw={"autocomplete": "postal-code"})
    city = StringField(lazy("Town"), longest=100, render_kw={"autocomplete": "address-level2"})
    region = RegionField(lazy("Province"), longest=100, render_kw={"autocomplete": "address-level1"})

    def offer_countries(self, codes: tuple[str, ...]) -> None:
        """Offer these countries, named in the reader's language, and ask for what the chosen one writes."""
        names = Locale.parse(babel_locale(current_locale())).territories
        self.country.choices = sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])
        self._fit(rules_of(self.country.data or codes[0]))

    def _fit(self, rules: PlaceRules) -> None:
        self._rules = rules
        words: dict[str, Any] = {
            "district": _DISTRICTS.get(rules.district_kind),
            "postcode": _POSTCODES.get(rules.postcode_kind),
            "city": _TOWNS.get(rules.city_kind),
            "region": _REGIONS.get(rules.region_kind),
        }
        for name, word in words.items():
            if name not in self:
                continue
            if name not in rules.fields:
                del self[name]
                continue
            field = self[name]
            if word is not None:
                field.label.text = word
            if name in rules.required:
                field.validators = [Required()]
                field.flags.required = True
        if "region" in self:
            self.region.offer(rules.regions)

    def place_fields(self) -> list[tuple[Any, int, bool]]:
        """Return the fields below the street in their order: field, span of six columns, whether it may be empty."""
        names = [name for name in self._rules.fields if name not in ("name", "line1", "line2") and name in self]
        spans = dict.fromkeys(names, 0)
        if "postcode" in names:
            # The postcode is short and stands beside the line that is read with it.
            at = names.index("postcode")
            follows = at > 0 and names[at - 1] != "district"
            beside = names[at - 1] if follows else names[at + 1] if at + 1 < len(names) else ""
            spans["postcode"] = 2
            if beside:
                spans[beside] = 4
        return [(self[name], spans[name], name not in self._rules.required) for name in names]

    def validate_postcode(self, field: Any) -> None:
        """Check the postcode against the form of its country, and whether it lies in the region."""
        if not field.data:
            return
        field.data = field.data.upper()
        if not self._rules.has_postcode(field.data):
            example = self._rules.postcode_example
            raise ValidationError(
                _("This does not look like one of that country. It should look like %(example)s.", example=example)
            )
        region = self.region.data if "region" in self else ""
        if region and not self._rules.lies_in(field.data, region):
            raise ValidationError(_("This does not lie in %(region)s.", region=dict(self._rules.regions)[region]))

    def validate_region(self, field: Any) -> None:
        """Check that the region is one of the country's."""
        if field.data and field.regions and field.data not in dict(field.regions):
            raise ValidationError(_("Please choose one of the list."))

    def leave_out(self, *names: str) -> None:
        """Ask for no such lines: whatever is in them is neither checked nor kept."""
        self._left_out = frozenset(names)
        for name in self._left_out & set(self._fields):
            self[name].validators = [_not_asked]

    _left_out: frozenset[str] = frozenset()

    @property
    def address(self) -> dict[str, str]:
        """Return the address as it is kept."""
        asked = {name: name in self and name not in self._left_out for name in ADDRESS_FIELDS}
        return {name: self[name].data or "" if asked[name] else "" for name in ADDRESS_FIELDS}


def _not_asked(_form: Form, _field: Any) -> None:
    raise StopValidation


class InvoiceForm(PlaceFields):
    """Where the invoice goes, if that is elsewhere: whoever fills in none of it wants no such thing."""

    PREFIX = "invoice-"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)
        for field in self:
            # Of the browser's two addresses this is the other one.
            told = (field.render_kw or {}).get("autocomplete")
            field.render_kw = {**(field.render_kw or {}), "autocomplete": f"billing {told}"}

    @property
    def is_wanted(self) -> bool:
        """Whether anything was filled in but what a list brings along."""
        return any(field.data for field in self if field.short_name not in ("country", "region"))


class ContactForm(PlaceFields):
    """Who buys, and where it goes. `way` says how it gets there, where that is a question."""

    email = _EMAIL
    way = StringField(longest=10, default="send")
    phone = StringField(lazy("Phone"), longest=30, render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    company = StringField(lazy("Company"), longest=120, render_kw={"autocomplete": "organization"})
    vat_id = StringField(
        lazy("VAT ID"),
        longest=30,
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    def ask_for_less(self, *, needs_delivery: bool) -> None:
        """Ask only for what is needed: who fetches has a name, and what is not sent needs a country for its tax."""
        if not needs_delivery:
            self.leave_out(*_LINES, "phone")
        elif self.is_fetched:
            self.leave_out(*_LINES, "country")

    @property
    def is_fetched(self) -> bool:
        """Whether the shopper comes for it."""
        return bool(self.way.data == "collect")

    def validate_email(self, field: Any) -> None:
        """Check the shape of the address; whether it exists only a mail can tell."""
        if not field.data:
            return
        try:
            field.data = validate_email(field.data, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(_("Please check the e-mail address: name@example.com.")) from None

    def validate_phone(self, field: Any) -> None:
        """Check that it can be dialled, and keep it so that it can be dialled from anywhere."""
        if not field.data:
            return
        number = read_phone(field.data, self.country.data or "")
        if number is None:
            raise ValidationError(_("Please check the phone number; from abroad it begins with + and the country."))
        field.data = number

    def validate_vat_id(self, field: Any) -> None:
        """Check its form and its check digits; whether it exists the register tells."""
        try:
            field.data = normalise(field.data or "", self.country.data or "")
        except NoVatId as error:
            raise ValidationError(error.message) from None

    @property
    def billing(self) -> dict[str, Any]:
        """Return company and VAT id as they are kept."""
        return {name: self[name].data or "" for name in BILLING_FIELDS if self[name].data}


class DeliveryForm(Form):
    """Which way of delivery."""

    method = IntegerField(lazy("Delivery"), minimum=1, maximum=10**10 - 1)


class PlaceForm(Form):
    """The shopper's yes: what they agreed to, and how they pay."""

    quote = StringField(lazy("Quote"), longest=64)
    provider = StringField(lazy("Payment"), longest=40)
    payment_token = StringField(lazy("Payment"), longest=200)
