"""Ways to deliver. Their price changes by an action of its own; open baskets and orders keep what they were shown."""

import re
from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectField
from wtforms.validators import ValidationError

from store.admin.base import done
from store.admin.crud import Crud
from store.admin.current import record, require
from store.admin.product_forms import read_price
from store.admin.queries.delivery import tables_of, zone_names
from store.core.db import session, transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money
from store.shipping.carriers import all_carriers, configured_carriers, own_tables
from store.staff.roles import Permission
from store.web import markets
from store.web.filters import money
from store.web.forms import Form, IntegerField, Required, StringField

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _valid_code(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    if not _CODE.fullmatch(field.data or ""):
        raise ValidationError(_("Only small letters, digits and single hyphens, such as standard."))


def _valid_countries(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    if not all(re.fullmatch(r"[A-Z]{2}", code) for code in _countries(field.data)):
        raise ValidationError(_("Two capital letters each, separated by commas, such as DE, AT."))


POINT = ("name", "line1", "line2", "postcode", "city", "country", "hours")


class MethodForm(Form):
    """What a way to deliver promises; the fields of `POINT` say where a pickup is fetched."""

    name = StringField(lazy_gettext("Name"), validators=[Required()])
    code = StringField(lazy_gettext("Code"), longest=60, validators=[_valid_code])
    description = StringField(lazy_gettext("Description"))
    currency = StringField(lazy_gettext("Currency"), longest=3)
    countries = StringField(lazy_gettext("Countries"), longest=1000, validators=[_valid_countries])
    min_days = IntegerField(lazy_gettext("At least, working days"), maximum=365, validators=[Required()])
    max_days = IntegerField(lazy_gettext("At most, working days"), maximum=365, validators=[Required()])
    position = IntegerField(lazy_gettext("Place in the list"), maximum=10_000, validators=[Required()])
    active = BooleanField(lazy_gettext("Offered at checkout"))
    kind = SelectField(
        lazy_gettext("How"),
        choices=[("parcel", lazy_gettext("A parcel is sent")), ("pickup", lazy_gettext("The buyer fetches it"))],
        default="parcel",
    )
    max_grams = IntegerField(lazy_gettext("Heaviest parcel, g"), minimum=1)
    point_name = StringField(lazy_gettext("Name of the place"), longest=120)
    point_line1 = StringField(lazy_gettext("Street and number"), longest=160)
    point_line2 = StringField(lazy_gettext("Flat, floor, company"), longest=160)
    point_postcode = StringField(lazy_gettext("Postcode"), longest=12)
    point_city = StringField(lazy_gettext("Town"), longest=100)
    point_country = StringField(lazy_gettext("Country"), longest=2)
    point_hours = StringField(lazy_gettext("When it can be fetched"), longest=200)

    carrier = SelectField(lazy_gettext("Whose price"), default="", validate_choice=False)
    service = StringField(lazy_gettext("Its service"), longest=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.code, one.label) for one in configured_carriers()]
        self.carrier.choices = [("", own_tables().label), *known]

    def validate_carrier(self, field: Field) -> None:
        """Check that the shop has an account there."""
        if field.data and field.data not in all_carriers():
            raise ValidationError(_("This shop is not set up for that carrier."))

    def validate_service(self, field: Field) -> None:
        """Check that a carrier is told which of its services is meant."""
        if self.carrier.data and not re.fullmatch(r"[a-z0-9_]+", field.data or ""):
            raise ValidationError(_("The carrier's own word for it, such as usps_priority."))

    def validate_point_line1(self, field: Field) -> None:
        """Check that a pickup has a place."""
        if self.kind.data == "pickup" and not (field.data and self.point_city.data):
            raise ValidationError(_("Buyers need the street and the town."))

    def validate_point_country(self, field: Field) -> None:
        """Check that it is a country's code: tax is that of the place."""
        if (field.data or self.kind.data == "pickup") and not re.fullmatch(r"[A-Z]{2}", field.data or ""):
            raise ValidationError(_("Two capital letters, such as AT."))

    def validate_max_days(self, field: Field) -> None:
        """Check that the promise runs forward."""
        if field.data is not None and self.min_days.data is not None and field.data < self.min_days.data:
            raise ValidationError(_("This can't be before the first day."))


class PriceForm(Form):
    """What a delivery costs, and from which basket value on it is free."""

    price = StringField(lazy_gettext("Price"), longest=20, validators=[Required()])
    free_from = StringField(lazy_gettext("Free from a basket of"), longest=20)


class DeliveryScreen(Crud):
    """How parcels travel."""

    permission = Permission.VIEW_SETTINGS
    edit_permission = Permission.EDIT_SETTINGS
    icon = "truck"
    title = lazy_gettext("Delivery")
    noun = lazy_gettext("way to deliver")
    form = MethodForm
    form_columns = (
        *("name", "code", "description", "countries", "min_days", "max_days", "position", "active"),
        *("kind", "max_grams", "carrier", "service"),
    )
    unique_columns = ("code",)
    column_list = ("name", "price_minor", "free_from_minor", "countries", "active")
    column_sortable_list = ()
    column_default_order = "position"
    column_labels = {
        "name": lazy_gettext("Name"),
        "price_minor": lazy_gettext("Price"),
        "free_from_minor": lazy_gettext("Free from"),
        "countries": lazy_gettext("Where"),
        "active": lazy_gettext("Offered"),
    }
    column_formatters = {
        "price_minor": lambda _view, _context, row, _name: (
            money(row.price_minor, row.currency) if row.price_minor else _("free")
        ),
        "free_from_minor": lambda _view, _context, row, _name: (
            "–" if row.free_from_minor is None else money(row.free_from_minor, row.currency)
        ),
        "countries": lambda _view, _context, row, _name: _where(row),
        "active": lambda _view, _context, row, _name: _("yes") if row.active else _("no"),
    }
    edit_template = "admin/delivery/method.html"
    list_template = "admin/delivery/methods.html"

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Read the names of the zones with the methods, for all of them at once."""
        count, rows = super().get_list(*args, **kwargs)
        names = zone_names()
        for row in rows:
            row.zone_names = names.get(row.id, [])
        return count, rows

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def fill(self, row: Any) -> Form:
        """Show the countries as one text."""
        place = {f"point_{name}": row.point.get(name, "") for name in POINT}
        values = {**self.snapshot(row), **place, "countries": ", ".join(row.countries)}
        return self.form(formdata=None, data=values)

    def make(self, form: Form) -> Any:
        """Make a method; its price is set next, and until then it is not offered."""
        row = super().make(form)
        wanted = form["currency"].data or markets.current_shop().currency
        # What this process remembers may be older than a market that was just opened.
        markets.forget()
        with session.no_autoflush:
            sold_in = {market.currency for market in markets.known_markets()}
        if wanted not in sold_in:
            raise Invalid(_("No market sells in this currency."), field="currency")
        row.currency, row.price_minor, row.active = wanted, 0, False
        return row

    def apply(self, form: Form, row: Any) -> None:
        """Write the countries as a list."""
        super().apply(form, row)
        row.countries = _countries(form["countries"].data)
        row.point = {name: form[f"point_{name}"].data for name in POINT if form[f"point_{name}"].data}

    def snapshot(self, row: Any) -> dict[str, Any]:
        """Tell the journal of its place, too."""
        return {**super().snapshot(row), "point": dict(row.point or {})}

    def loss(self, row: Any) -> Sequence[str]:  # noqa: ARG002 - the same for all
        """Say what becomes of baskets and orders."""
        return (
            _("Baskets that chose it choose again at checkout."),
            _("Orders that were placed with it keep its name and price."),
        )

    def extras(self, row: Any) -> dict[str, Any]:
        """Show the price in its own form, and the tables that take its place."""
        own, zones = tables_of(row.id)
        return {"price_form": _price_form(row), "own": own, "zones": [zone for zone in zones if zone.served]}

    @expose("/<int:record_id>/price", methods=("POST",))
    def update_price(self, record_id: int) -> Response:
        """Change what it costs from now on."""
        require(Permission.EDIT_SETTINGS)
        form = PriceForm.from_request().accept()
        with transaction():
            row = self.find(record_id, lock=True)
            before = {"price_minor": row.price_minor, "free_from_minor": row.free_from_minor}
            price = read_price(form.price.data, row.currency)
            if price is None:
                raise Invalid(_("Please fill this in."), field="price")
            row.price_minor, row.free_from_minor = price, read_price(form.free_from.data or "", row.currency)
            after = {"price_minor": row.price_minor, "free_from_minor": row.free_from_minor}
            if after != before:
                record("price", self.subject, record_id, before=before, after=after)
        return done(_("The price is changed."), url_for(".edit_view", record_id=record_id))


def _where(row: Any) -> str:
    """Say where a method goes: to its zones, to the place where it is fetched, or to countries."""
    if row.kind == "pickup":
        return str(row.point.get("city") or row.point.get("name") or "–")
    return ", ".join(row.zone_names or row.countries) or _("all")


def _price_form(row: Any) -> PriceForm:
    free = "" if row.free_from_minor is None else str(Money(row.free_from_minor, row.currency).decimal())
    return PriceForm(formdata=None, price=str(Money(row.price_minor, row.currency).decimal()), free_from=free)


def _countries(text: str | None) -> list[str]:
    return [code for code in re.split(r"[\s,;]+", (text or "").strip()) if code]
