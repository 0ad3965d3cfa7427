"""What holds for every delivery: cut-off, working days, holidays, where parcels leave and how large they are."""

import re
from datetime import time
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Field
from wtforms.validators import ValidationError

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.core.db import session, transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.phones import read_phone
from store.shipping import days, services
from store.shipping.models import DeliverySettings
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField

_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
ORIGIN = ("name", "line1", "line2", "postcode", "city", "region", "country", "phone")
SIZES = ("length_mm", "width_mm", "height_mm", "tare_grams", "piece_grams")


class TermsForm(Form):
    """Days and parcels."""

    cutoff = StringField(lazy_gettext("Leaves the same day until"), longest=5)
    closed = TextAreaField(lazy_gettext("Holidays, one a line"), longest=5000)
    name = StringField(lazy_gettext("Name"), longest=120)
    line1 = StringField(lazy_gettext("Street and number"), longest=160)
    line2 = StringField(lazy_gettext("Flat, floor, company"), longest=160)
    postcode = StringField(lazy_gettext("Postcode"), longest=12)
    city = StringField(lazy_gettext("Town"), longest=100)
    region = StringField(lazy_gettext("State or province"), longest=100)
    country = StringField(lazy_gettext("Country"), longest=2)
    phone = StringField(lazy_gettext("Phone"), longest=30)
    length_mm = IntegerField(lazy_gettext("Length, mm"), [Required()], minimum=1, maximum=10_000)
    width_mm = IntegerField(lazy_gettext("Width, mm"), [Required()], minimum=1, maximum=10_000)
    height_mm = IntegerField(lazy_gettext("Height, mm"), [Required()], minimum=1, maximum=10_000)
    tare_grams = IntegerField(lazy_gettext("The empty box weighs, g"), [Required()], maximum=100_000)
    piece_grams = IntegerField(lazy_gettext("A piece without a weight counts, g"), [Required()], maximum=1_000_000)

    def validate_cutoff(self, field: Field) -> None:
        """Check that it is an hour of the day."""
        if field.data and not _HOUR.fullmatch(field.data):
            raise ValidationError(_("An hour such as 14:00, or nothing."))

    def validate_closed(self, field: Field) -> None:
        """Check that every line names a day."""
        try:
            days.read(field.data or "")
        except Invalid as error:
            raise ValidationError(error.message) from None

    def validate_country(self, field: Field) -> None:
        """Check that it is a country's code."""
        if field.data and not re.fullmatch(r"[A-Z]{2}", field.data):
            raise ValidationError(_("Two capital letters, such as AT."))

    def validate_phone(self, field: Field) -> None:
        """Check that it can be dialled."""
        if field.data:
            number = read_phone(field.data, self.country.data or "")
            if number is None:
                raise ValidationError(_("Please check the phone number."))
            field.data = number


class TermsScreen(Screen):
    """Days and parcels of the whole shop."""

    permission = Permission.VIEW_SETTINGS

    def is_visible(self) -> bool:
        """Stay out of the navigation: Delivery leads here."""
        return False

    @expose("/")
    def index(self) -> Response:
        """Show what holds."""
        row = _row()
        facts = {**_facts(row), **(row.origin if row and row.origin else {})}
        facts["cutoff"] = row.cutoff.strftime("%H:%M") if row and row.cutoff else ""
        return self._show(TermsForm(formdata=None, data=facts), _working(row))

    @expose("/", methods=("POST",))
    def update(self) -> Response:
        """Write it down; orders that were placed keep their days."""
        require(Permission.EDIT_SETTINGS)
        form = TermsForm.from_request()
        working = sorted({int(day) for day in request.form.getlist("working_days") if day in "1234567" and day})
        if not working:
            form.form_errors.append(_("Please tick at least one working day."))
        if not form.validate() or not working:
            return self._show(form, working, 422)
        found = _HOUR.fullmatch(form.cutoff.data or "")
        facts: dict[str, Any] = {
            "cutoff": time(int(found[1]), int(found[2])) if found else None,
            "working_days": working,
            "closed": form.closed.data or "",
            "origin": {name: form[name].data for name in ORIGIN if form[name].data},
            **{name: form[name].data for name in SIZES},
        }
        with transaction():
            before = _told(_row())
            services.save_terms(**facts)
            record("edit", "delivery_settings", 1, before=before, after=_told(_row()))
        return done(_("Kept. It holds from now on."), url_for(".index"))

    def _show(self, form: TermsForm, working: list[int], status: int = 200) -> Response:
        return self.page("admin/delivery/terms.html", status, form=form, working=working)


def _row() -> DeliverySettings | None:
    return session.execute(select(DeliverySettings).execution_options(populate_existing=True)).scalar_one_or_none()


def _facts(row: DeliverySettings | None) -> dict[str, Any]:
    if row is None:
        return {"length_mm": 300, "width_mm": 200, "height_mm": 100, "tare_grams": 0, "piece_grams": 0, "closed": ""}
    return {name: getattr(row, name) for name in (*SIZES, "closed")}


def _working(row: DeliverySettings | None) -> list[int]:
    return [1, 2, 3, 4, 5] if row is None else list(row.working_days)


def _told(row: DeliverySettings | None) -> dict[str, Any]:
    """Return it as the journal keeps it."""
    if row is None:
        return {}
    cutoff = row.cutoff.isoformat("minutes") if row.cutoff else ""
    return {**_facts(row), "cutoff": cutoff, "working_days": list(row.working_days), "origin": dict(row.origin)}
