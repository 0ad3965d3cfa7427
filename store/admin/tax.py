"""Tax: whose the shop charges, at which rates from which day on, and how it is reckoned."""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale
from flask import redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import ValidationError

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.admin.queries import tax as queries
from store.core.db import transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import current_locale, lazy_gettext, ngettext
from store.core.i18n import gettext as _
from store.pricing.explaining import percent
from store.shop.queries import get_shop
from store.staff.roles import Permission
from store.tax import package, services
from store.tax.classes import CLASSES
from store.tax.errors import NoVatId
from store.tax.models import TaxRate
from store.tax.queries import shop_rules, sources_on, today_at
from store.tax.territory import UNION
from store.tax.vat_ids import normalise
from store.tax.words import country_name
from store.web.forms import Form, Required, StringField

# Article 59c of Directive 2006/112/EC, in euros.
THRESHOLD_MINOR = 10_000_00

_COUNTRY = re.compile(r"[A-Z]{2}")


def _known_country(form: Form, field: Any) -> None:  # noqa: ARG001 - WTForms' signature
    field.data = (field.data or "").strip().upper()
    if not is_country(field.data):
        raise ValidationError(_("Two capital letters, such as CH."))


def is_country(code: str) -> bool:
    """Whether a code names a country, or Northern Ireland, which tax treats as one."""
    return bool(_COUNTRY.fullmatch(code)) and (code == "XI" or code in Locale("en").territories)


def read_percent(entered: str) -> Decimal:
    """Return a rate that was typed in per cent; raises `Invalid`."""
    try:
        rate = Decimal(entered.strip().removesuffix("%").strip().replace(",", ".")) / 100
    except InvalidOperation:
        rate = Decimal(-1)
    if not (rate.is_finite() and 0 <= rate < 1 and rate == rate.quantize(Decimal("0.00001"))):
        raise Invalid(_("Please enter a rate in per cent, such as 20 or 5.5."), field="rate")
    return rate


class RulesForm(Form):
    """How the shop reckons."""

    one_stop_shop = BooleanField(lazy_gettext("Charge the rates of the country it goes to (one-stop shop)"))
    rounding = SelectField(
        lazy_gettext("Tax is rounded"),
        choices=[
            ("line", lazy_gettext("on each line")),
            ("rate", lazy_gettext("once for each rate of an order, as e-invoices want it")),
        ],
    )
    shipping = SelectField(
        lazy_gettext("Delivery bears"),
        choices=[
            ("highest", lazy_gettext("the highest rate of the goods")),
            ("proportional", lazy_gettext("the rates of the goods, in proportion")),
            ("own", lazy_gettext("the rate of a class of its own")),
        ],
    )
    shipping_class = SelectField(lazy_gettext("That class"), choices=list(CLASSES.items()))


class RegistrationForm(Form):
    """A country whose tax the shop charges."""

    country = StringField(lazy_gettext("Country"), longest=2, validators=[Required(), _known_country])
    number = StringField(lazy_gettext("Number there"), longest=30)


class RateForm(Form):
    """A rate from a day on."""

    tax_class = SelectField(lazy_gettext("Class"), choices=list(CLASSES.items()))
    rate = StringField(lazy_gettext("Rate in per cent"), longest=12, validators=[Required()])
    valid_from = DateField(lazy_gettext("From"), validators=[Required()])
    region = StringField(lazy_gettext("Only in this region"), longest=40)


class TaxScreen(Screen):
    """Tax."""

    permission = Permission.VIEW_SETTINGS
    icon = "list"

    @expose("/")
    def index(self) -> Response:
        """Show the rules, the registrations and the rates of today."""
        return self._show()

    @expose("/", methods=("POST",))
    def update(self) -> Response:
        """Change how the shop reckons from now on."""
        require(Permission.EDIT_SETTINGS)
        form = RulesForm.from_request()
        if not form.validate():
            return self._show(rules_form=form, status=422)
        before, after = self._rules(), dict(form.data)
        with transaction():
            services.save_rules(**after)
            record("edit", "tax", 1, before=before, after=after)
        return done(_("Kept. Orders that were placed keep how they were reckoned."), url_for(".index"))

    @expose("/registrations", methods=("POST",))
    def create_registration(self) -> Response:
        """Charge a country's tax from now on."""
        require(Permission.EDIT_SETTINGS)
        form = RegistrationForm.from_request()
        if not form.validate():
            return self._show(registration_form=form, status=422)
        country, number = form.country.data or "", (form.number.data or "").strip()
        try:
            number = normalise(number, country) if country in UNION else number
        except NoVatId as error:
            return self._show(registration_form=form, problem=error.message, status=422)
        with transaction():
            services.register_in(country, number)
            record("create", "tax registration", country, after={"number": number})
        return done(_("Written down."), url_for(".index"))

    @expose("/registrations/<country>/removal", methods=("POST",))
    def delete_registration(self, country: str) -> Response:
        """No longer charge a country's tax."""
        require(Permission.EDIT_SETTINGS)
        with transaction():
            services.end_registration(country)
            record("delete", "tax registration", country)
        return done(_("Removed. Orders that were placed keep their tax."), url_for(".index"))

    @expose("/rates/")
    def choose_country(self) -> Any:
        """Lead to the rates of a country that was typed."""
        country = request.args.get("country", "").strip().upper()
        return redirect(url_for(".show_rates", country=country or "-"), 303)

    @expose("/rates/<country>")
    def show_rates(self, country: str) -> Response:
        """Show the rates of a country by their days."""
        return self._rates_of(country)

    @expose("/rates/<country>", methods=("POST",))
    def create_rate(self, country: str) -> Response:
        """Let a rate begin."""
        require(Permission.EDIT_SETTINGS)
        _check(country)
        form = RateForm.from_request()
        if not form.validate() or form.valid_from.data is None:
            return self._rates_of(country, form, 422)
        try:
            rate, begins = read_percent(form.rate.data or ""), form.valid_from.data
            with transaction():
                made = services.begin_rate(
                    country,
                    form.tax_class.data,
                    rate,
                    valid_from=begins,
                    region=(form.region.data or "").strip().upper(),
                )
                after = {"class": made.tax_class, "rate": str(rate), "from": begins.isoformat(), "region": made.region}
                record("create", "tax rate", country, after=after)
        except Invalid as error:
            return self._rates_of(country, form, 422, error.message)
        return done(_("The rate is written down."), url_for(".show_rates", country=country))

    @expose("/rates/<country>/<int:rate_id>/removal", methods=("POST",))
    def delete_rate(self, country: str, rate_id: int) -> Response:
        """Take back a rate that has not begun."""
        require(Permission.EDIT_SETTINGS)
        with transaction():
            gone = services.delete_coming_rate(rate_id, today=_today())
            record("delete", "tax rate", country, before={"class": gone.tax_class, "rate": str(gone.rate)})
        return done(_("Taken back. The rate before it goes on."), url_for(".show_rates", country=country))

    @expose("/update")
    def preview(self) -> Response:
        """Show what the data package would change, before it does."""
        return self._preview()

    @expose("/update", methods=("POST",))
    def apply(self) -> Response:
        """Let the ticked rates of the data package begin on a day."""
        require(Permission.EDIT_SETTINGS)
        try:
            begins = date.fromisoformat(request.form.get("valid_from", ""))
        except ValueError:
            return self._preview(_("Please say from which day on."), 422)
        with transaction():
            count = package.apply_changes(
                package.list_changes(begins), set(request.form.getlist("accept")), valid_from=begins
            )
            record(
                "edit",
                "tax rate",
                package.VERSION,
                after={"rates": count, "from": begins.isoformat(), "data": package.VERSION},
            )
        return done(
            ngettext("%(num)s rate is written down.", "%(num)s rates are written down.", count), url_for(".index")
        )

    def _show(
        self,
        *,
        rules_form: RulesForm | None = None,
        registration_form: RegistrationForm | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        shop, today = get_shop(), _today()
        rates: dict[str, dict[str, str]] = {}
        for (country, tax_class), (rate, _source) in sources_on(today).items():
            rates.setdefault(country, {})[tax_class] = percent(rate, current_locale())
        sold = queries.distance_sales(shop, today)
        return self.page(
            "admin/tax/index.html",
            status,
            form=rules_form or RulesForm(formdata=None, data=self._rules()),
            registration_form=registration_form or RegistrationForm(formdata=None),
            registrations=queries.list_registrations(),
            rates=sorted(rates.items(), key=lambda pair: (pair[0] != shop.country, country_name(pair[0]))),
            coming=queries.count_coming(today),
            classes=[one for one in CLASSES if any(one in held for held in rates.values())],
            words_of=CLASSES,
            country_name=country_name,
            home=shop.country,
            in_union=shop.country in UNION,
            sold=sold,
            over=shop.currency == "EUR" and sold.minor > THRESHOLD_MINOR,
            changes=len(package.list_changes(today)),
            version=package.VERSION,
            problem=problem,
        )

    def _rules(self) -> dict[str, Any]:
        rules = shop_rules()
        return {
            "rounding": rules.rounding,
            "shipping": rules.shipping,
            "shipping_class": rules.shipping_class,
            "one_stop_shop": rules.one_stop_shop,
        }

    def _rates_of(self, country: str, form: RateForm | None = None, status: int = 200, problem: str = "") -> Response:
        _check(country)
        known, today = package.find_known(country), _today()
        return self.page(
            "admin/tax/rates.html",
            status,
            country=country,
            name=country_name(country),
            rows=[(row, standing_of(row, today)) for row in queries.list_rates(country)],
            form=form or RateForm(formdata=None, data={"valid_from": today}),
            words_of=CLASSES,
            known=[percent(rate, current_locale()) for rate in (known.standard, *known.others)] if known else [],
            version=package.VERSION,
            percent=lambda rate: percent(rate, current_locale()),
            last_day=lambda row: row.valid_to - timedelta(days=1),
            problem=problem,
        )

    def _preview(self, problem: str = "", status: int = 200) -> Response:
        return self.page(
            "admin/tax/update.html",
            status,
            changes=package.list_changes(_today()),
            words_of=CLASSES,
            country_name=country_name,
            percent=lambda rate: percent(rate, current_locale()),
            version=package.VERSION,
            today=_today(),
            problem=problem,
        )


def standing_of(row: TaxRate, today: date) -> str:
    """Return whether a rate is `coming`, `held` today, or `over`."""
    if row.valid_from > today:
        return "coming"
    return "held" if row.valid_to is None or today < row.valid_to else "over"


def _check(country: str) -> None:
    if not is_country(country):
        raise NotFound(_("There is no country with this code."))


def _today() -> date:
    return today_at(get_shop().time_zone)
