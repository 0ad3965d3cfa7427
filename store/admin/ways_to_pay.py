"""Ways to pay: what the shop offers, what each provider still needs, and how money comes where no provider is."""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.admin.queries.ways_to_pay import Delivery, list_deliveries, list_ways
from store.core.db import transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.orders.services import undo_for
from store.payments.offline.methods import MethodFacts, read_method
from store.payments.offline.models import BANK_TRANSFER, CASH_ON_DELIVERY
from store.payments.offline.settings import save_method, tidy_account
from store.payments.providers import all_providers, capture_mode
from store.payments.services import takes_when_shipped
from store.shop.money_rules import save_money_rules
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField


class MethodForm(Form):
    """For whom a way to pay is, and what they are told."""

    enabled = BooleanField(lazy_gettext("Offered at checkout"))
    instructions = TextAreaField(lazy_gettext("In your words"), longest=1000)
    countries = StringField(lazy_gettext("Only for deliveries to"), longest=1000)
    deliveries = SelectMultipleField(lazy_gettext("Only with"), choices=[], validate_choice=False)

    def validate_countries(self, field: Field) -> None:
        """Check that each is a country."""
        if not all(re.fullmatch(r"[A-Z]{2}", code) for code in _codes(field.data)):
            raise ValidationError(_("Two capital letters each, separated by commas, such as DE, AT."))

    def facts(self, code: str, known: Sequence[Delivery]) -> MethodFacts:
        """Return what was entered; what this form does not ask for stays as it is."""
        chosen = set(self.deliveries.data or ())
        return replace(
            read_method(code),
            enabled=self.enabled.data,
            instructions=self.instructions.data or "",
            countries=_codes(self.countries.data),
            deliveries=tuple(one.code for one in known if one.code in chosen),
        )


class TransferForm(MethodForm):
    """Besides, where the money goes and by when."""

    account_holder = StringField(lazy_gettext("Account holder"), longest=70)
    iban = StringField(lazy_gettext("IBAN"), longest=50)
    bic = StringField(lazy_gettext("BIC"), longest=20)
    days_to_pay = IntegerField(lazy_gettext("Days to pay"), minimum=1, maximum=90, validators=[Required()])
    remind_after_days = IntegerField(lazy_gettext("Remind after days"), maximum=90, validators=[Required()])

    def facts(self, code: str, known: Sequence[Delivery]) -> MethodFacts:
        """Return what was entered."""
        return replace(
            super().facts(code, known),
            account_holder=self.account_holder.data or "",
            iban=tidy_account(self.iban.data or ""),
            bic=tidy_account(self.bic.data or ""),
            days_to_pay=self.days_to_pay.data or 1,
            remind_after_days=self.remind_after_days.data or 0,
        )


class MoneyForm(Form):
    """When money is taken, and how long a parcel that left can be taken back."""

    payment_capture = SelectField(
        lazy_gettext("Money that a provider can promise"),
        choices=[
            ("automatic", lazy_gettext("is taken with the order")),
            ("manual", lazy_gettext("is promised with the order and taken later")),
        ],
    )
    capture_on_shipping = BooleanField(lazy_gettext("Parcels take promised money as they leave"))
    undo_minutes = IntegerField(
        lazy_gettext("Minutes in which shipping can be undone"), maximum=24 * 60, validators=[Required()]
    )


_FORMS: dict[str, type[MethodForm]] = {BANK_TRANSFER: TransferForm, CASH_ON_DELIVERY: MethodForm}


class WaysToPayScreen(Screen):
    """How money comes."""

    permission = Permission.VIEW_SETTINGS
    icon = "tag"

    @expose("/")
    def index(self) -> Response:
        """Show every way there is and what it still needs."""
        return self._index(MoneyForm(formdata=None, data=_money_rules()))

    @expose("/", methods=("POST",))
    def save(self) -> Response:
        """Say when money is taken from now on."""
        require(Permission.EDIT_SETTINGS)
        form = MoneyForm.from_request()
        if not form.validate():
            return self._index(form, 422)
        before, after = _money_rules(), dict(form.data)
        with transaction():
            save_money_rules(
                payment_capture=after["payment_capture"],
                capture_on_shipping=after["capture_on_shipping"],
                shipping_undo_seconds=after["undo_minutes"] * 60,
            )
            record("edit", "money_rules", 1, before=before, after=after)
        return done(_("Kept. It holds for what is ordered and sent from now on."), url_for(".index"))

    @expose("/<code>")
    def show(self, code: str) -> Response:
        """Show how a way to pay by hand works."""
        facts = _facts(code)
        values = {**asdict(facts), "countries": ", ".join(facts.countries)}
        return self._show(code, _FORMS[code](formdata=None, data=values))

    @expose("/<code>", methods=("POST",))
    def update(self, code: str) -> Response:
        """Write it down; orders that wait for their money are paid by what stands here now."""
        require(Permission.EDIT_SETTINGS)
        before = _facts(code)
        form = _FORMS[code].from_request()
        if not form.validate():
            return self._show(code, form, 422)
        after = form.facts(code, list_deliveries())
        try:
            with transaction():
                save_method(after)
                if after != before:
                    record("edit", "way_to_pay", code, before=asdict(before), after=asdict(after))
        except Invalid as error:
            field = form[error.facts["field"]]
            field.errors = [*field.errors, error.message]
            return self._show(code, form, 422)
        return done(_("Kept. Checkout follows within a few seconds."), url_for(".index"))

    def _index(self, form: MoneyForm, status: int = 200) -> Response:
        return self.page("admin/ways_to_pay/index.html", status, ways=list_ways(), form=form)

    def _show(self, code: str, form: MethodForm, status: int = 200) -> Response:
        return self.page(
            "admin/ways_to_pay/method.html",
            status,
            code=code,
            label=all_providers()[code].label,
            by_transfer=code == BANK_TRANSFER,
            form=form,
            deliveries=list_deliveries(),
        )


def _money_rules() -> dict[str, Any]:
    # A part of a minute that the server is set up for is shown as a whole one.
    return {
        "payment_capture": capture_mode(),
        "capture_on_shipping": takes_when_shipped(),
        "undo_minutes": math.ceil(undo_for().total_seconds() / 60),
    }


def _facts(code: str) -> MethodFacts:
    if code not in _FORMS:
        raise NotFound(_("There is no such way to pay."))
    return read_method(code)


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in re.split(r"[\s,;]+", (text or "").strip()) if code))
