"""Markets: where the shop sells, in which currency and how prices are written there; and suggestions for its prices."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import current_app, request, url_for
from flask_admin import expose
from sqlalchemy import select, text
from werkzeug.wrappers import Response
from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from store.admin.base import done
from store.admin.crud import Crud
from store.admin.current import record, require
from store.admin.product_forms import read_price
from store.admin.queries import prices as queries
from store.catalog.pricing import PriceRow, set_prices
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.core.money import Money
from store.pricing.suggesting import ENDINGS, convert
from store.shop.models import Market
from store.staff.roles import Permission
from store.web import markets
from store.web.forms import Form, Required, StringField

_PREFIX = re.compile(r"[a-z]{2}(-[a-z]{2})?")

# As many suggestions are written at once; a larger catalogue is accepted in several goes.
_MOST_ACCEPTED = 20_000

_OPEN_WORK = text("""
    SELECT (SELECT count(*) FROM carts c WHERE c.market = :code AND c.completed_at IS NULL
               AND EXISTS (SELECT FROM cart_lines l WHERE l.cart_id = c.id AND l.removed_at IS NULL)) AS carts,
           (SELECT count(*) FROM orders WHERE market = :code AND status = 'pending') AS orders
""")


def read_rate(entered: str | None) -> Decimal | None:
    """Return a rate of exchange, `None` for nothing; raises `Invalid`."""
    if not entered:
        return None
    try:
        rate = Decimal(entered.replace(",", "."))
    except InvalidOperation:
        rate = Decimal(0)
    if not (rate.is_finite() and Decimal("0.000001") <= rate <= 1_000_000):
        raise Invalid(_("Please enter how many units of its currency one of the shop's is worth, such as 0.94."))
    return rate


class MarketForm(Form):
    """What a market is."""

    name = StringField(lazy_gettext("Name"), longest=60, validators=[Required()])
    code = StringField(lazy_gettext("Code"), longest=20, validators=[Required()])
    prefix = StringField(lazy_gettext("Address"), longest=5)
    currency = StringField(lazy_gettext("Currency"), longest=3, validators=[Required()])
    locale = StringField(lazy_gettext("Language"), longest=12, validators=[Required()])
    countries = StringField(lazy_gettext("Countries"), longest=1000, validators=[Required()])
    prices_include_tax = SelectField(
        lazy_gettext("Prices"),
        choices=[
            ("", lazy_gettext("As everywhere in the shop")),
            ("yes", lazy_gettext("Written and shown with tax")),
            ("no", lazy_gettext("Written and shown without tax")),
        ],
    )
    same_shelf_price = SelectField(
        lazy_gettext("Prices with tax"),
        choices=[
            ("yes", lazy_gettext("The same in every country; what is left of them varies")),
            ("no", lazy_gettext("Change with the tax of the country; what is left of them stays")),
        ],
    )
    price_ending = SelectField(
        lazy_gettext("Suggested prices end in"), choices=[(one, one or lazy_gettext("as they come")) for one in ENDINGS]
    )
    exchange_rate = StringField(lazy_gettext("Rate for suggestions"), longest=20)

    def validate_code(self, field: Field) -> None:
        """Check that it can stand in lists and files."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", field.data or ""):
            raise ValidationError(_("Only small letters, digits and single hyphens, such as de-at."))

    def validate_prefix(self, field: Field) -> None:
        """Check that no page of the shop has this address."""
        if field.data and not _PREFIX.fullmatch(field.data):
            raise ValidationError(_("A country, or a language and a country: ch or de-ch."))
        if field.data and field.data in _first_segments():
            raise ValidationError(_("A page of the shop has this address."))

    def validate_currency(self, field: Field) -> None:
        """Check that it is one."""
        if field.data and field.data not in Locale("en").currencies:
            raise ValidationError(_("Three capital letters, such as CHF."))

    def validate_locale(self, field: Field) -> None:
        """Check that amounts and dates can be written in it."""
        try:
            Locale.parse((field.data or "").replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            raise ValidationError(_("A language such as en or de-CH.")) from None

    def validate_countries(self, field: Field) -> None:
        """Check that they are countries."""
        known = Locale("en").territories
        for code in countries_of(field.data):
            if not re.fullmatch(r"[A-Z]{2}", code) or code not in known:
                raise ValidationError(_("%(code)s is no country. Two capital letters each, such as CH, LI.", code=code))

    def validate_exchange_rate(self, field: Field) -> None:
        """Check that it is a rate."""
        try:
            read_rate(field.data)
        except Invalid as error:
            raise ValidationError(error.message) from None


class MarketsScreen(Crud):
    """Where the shop sells."""

    permission = Permission.VIEW_SETTINGS
    edit_permission = Permission.EDIT_SETTINGS
    icon = "globe"
    title = lazy_gettext("Markets")
    noun = lazy_gettext("market")
    form = MarketForm
    form_columns = (
        "name",
        "code",
        "prefix",
        "currency",
        "locale",
        "countries",
        "prices_include_tax",
        "same_shelf_price",
        "price_ending",
        "exchange_rate",
    )
    unique_columns = ("code", "prefix")
    column_list = ("name", "prefix", "currency", "locale", "countries", "is_default")
    column_sortable_list = ()
    column_default_order = "prefix"
    column_labels = {
        "name": lazy_gettext("Name"),
        "prefix": lazy_gettext("Address"),
        "currency": lazy_gettext("Currency"),
        "locale": lazy_gettext("Language"),
        "countries": lazy_gettext("Countries"),
        "is_default": lazy_gettext("Default"),
    }
    column_formatters = {
        "prefix": lambda _view, _context, row, _name: f"/{row.prefix}",
        "countries": lambda _view, _context, row, _name: ", ".join(row.countries) or "–",
        "is_default": lambda _view, _context, row, _name: _("yes") if row.is_default else "",
    }
    edit_template = "admin/markets/market.html"

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def fill(self, row: Any) -> Form:
        """Show the row as the form writes it."""
        return self.form(formdata=None, data=self.snapshot(row))

    def snapshot(self, row: Any) -> dict[str, Any]:
        """Return the row in the words of the form."""
        values = super().snapshot(row)
        values["countries"] = ", ".join(row.countries)
        values["prices_include_tax"] = {None: "", True: "yes", False: "no"}[row.prices_include_tax]
        values["same_shelf_price"] = "yes" if row.same_shelf_price else "no"
        values["exchange_rate"] = "" if row.exchange_rate is None else f"{row.exchange_rate.normalize():f}"
        return values

    def apply(self, form: Form, row: Any) -> None:
        """Write the form into the row; raises `Invalid` where markets would get into each other's way."""
        countries = list(dict.fromkeys(countries_of(form["countries"].data)))
        if row.is_default and form["prefix"].data:
            raise Invalid(_("The default market has the addresses without a prefix."), field="prefix")
        if not row.is_default and not form["prefix"].data:
            raise Invalid(_("Only the default market has addresses without a prefix."), field="prefix")
        if row.id is not None and form["code"].data != row.code:
            raise Invalid(_("Carts, orders and price lists remember it: it stays."), field="code")
        _check_countries(countries, row)
        super().apply(form, row)
        row.countries = countries
        row.prices_include_tax = {"": None, "yes": True, "no": False}[form["prices_include_tax"].data or ""]
        row.same_shelf_price = form["same_shelf_price"].data != "no"
        row.exchange_rate = read_rate(form["exchange_rate"].data)
        markets.forget()

    def loss(self, row: Any) -> Sequence[str]:
        """Say what becomes of carts and orders; raises `Conflict` for the default market."""
        if row.is_default:
            raise Conflict(_("The default market has the addresses that everybody knows. It can't be deleted."))
        work = session.execute(_OPEN_WORK, {"code": row.code}).one()
        return (
            ngettext(
                "%(num)s cart is filled there: it goes on in the default market, at its prices.",
                "%(num)s carts are filled there: they go on in the default market, at its prices.",
                work.carts,
            ),
            ngettext(
                "%(num)s order waits for payment there: it can still be paid as it is.",
                "%(num)s orders wait for payment there: they can still be paid as they are.",
                work.orders,
            ),
            _("Its addresses lead nowhere any more. Prices in its currency are kept."),
        )

    @expose("/<int:record_id>/deletion", methods=("GET", "POST"))
    def delete_view(self, record_id: int) -> Response:
        """Ask first and say what it means; then delete, and take the carts along."""
        self._require_edit(allowed=True)
        row = self.find(record_id)
        loss = self.loss(row)
        if request.method == "GET":
            return self.page(self.delete_template, row=row, name=self.title_of(row), loss=loss)
        with transaction():
            row = self.find(record_id, lock=True)
            default = session.execute(select(Market).where(Market.is_default)).scalar_one()
            record("delete", self.subject, record_id, before=self.snapshot(row))
            session.execute(
                text(
                    "UPDATE carts SET market = :code, currency = :currency, locale = :locale, version = version + 1 "
                    "WHERE market = :gone AND NOT EXISTS (SELECT FROM orders WHERE cart_id = carts.id)"
                ),
                {"code": default.code, "currency": default.currency, "locale": default.locale, "gone": row.code},
            )
            session.delete(row)
        markets.forget()
        return done(_("Deleted."), url_for(".index_view"))

    @expose("/<int:record_id>/suggestions", methods=("GET", "POST"))
    def suggest(self, record_id: int) -> Response:
        """Show what prices in the market's currency could be, and write those that are accepted."""
        market, base = self.find(record_id), markets.current_shop().currency
        sent = request.form if request.method == "POST" else request.args
        search, ending = sent.get("q", "")[:120], sent.get("ending", market.price_ending)
        if market.currency == base:
            raise Conflict(_("This market sells in the shop's own currency: there is nothing to convert."))
        problem, rate = "", market.exchange_rate
        try:
            rate = read_rate(sent.get("rate")) or rate
            if ending not in ENDINGS:
                raise Invalid(_("Please choose an ending."))
            if request.method == "POST":
                require(Permission.EDIT_PRODUCTS)
                return self._accept(market, base, rate, ending, search)
        except Invalid as error:
            problem = error.message
        rows, total = queries.list_lacking(base, market.currency, search=search)
        return self.page(
            "admin/markets/suggestions.html",
            422 if problem else 200,
            market=market,
            base=base,
            rate="" if rate is None else f"{rate.normalize():f}",
            ending=ending,
            endings=ENDINGS,
            search=search,
            problem=problem,
            total=total,
            rows=[
                (row, Money(convert(row.amount_minor, base, market.currency, rate, ending), market.currency).decimal())
                for row in rows
            ]
            if rate is not None and ending in ENDINGS
            else [],
        )

    def _accept(self, market: Any, base: str, rate: Decimal | None, ending: str, search: str) -> Response:
        everything = request.form.get("all") == "1"
        if everything:
            if rate is None:
                raise Invalid(_("Please enter a rate first."))
            found, _total = queries.list_lacking(base, market.currency, search=search, limit=_MOST_ACCEPTED)
            wanted = {row.variant_id: convert(row.amount_minor, base, market.currency, rate, ending) for row in found}
        else:
            found, _total = queries.list_lacking(base, market.currency, search=search, limit=_MOST_ACCEPTED)
            known, wanted = {row.variant_id for row in found}, {}
            for ticked in request.form.getlist("accept"):
                if ticked.isdecimal() and int(ticked) in known:
                    amount = read_price(request.form.get(f"amount-{ticked}", ""), market.currency)
                    if amount is not None:
                        wanted[int(ticked)] = amount
        if not wanted:
            raise Invalid(_("Nothing was ticked."))
        with transaction():
            set_prices([PriceRow(id_, market.currency, amount) for id_, amount in wanted.items()])
            record(
                "price",
                self.subject,
                market.id,
                after={"currency": market.currency, "rate": str(rate), "ending": ending, "prices": len(wanted)},
            )
        return done(
            ngettext("%(num)s price is written.", "%(num)s prices are written.", len(wanted)),
            url_for(".suggest", record_id=market.id, rate=rate, ending=ending, q=search or None),
        )


def countries_of(entered: str | None) -> list[str]:
    """Return the codes in a text."""
    return [code for code in re.split(r"[\s,;]+", (entered or "").strip()) if code]


def _check_countries(countries: Sequence[str], row: Any) -> None:
    for other in session.execute(select(Market)).scalars():
        if other.id == row.id:
            continue
        shared = [code for code in countries if code in other.countries]
        if shared:
            raise Invalid(
                _(
                    "%(country)s belongs to %(market)s. Take it out there first.",
                    country=", ".join(shared),
                    market=other.name,
                ),
                field="countries",
            )


def _first_segments() -> set[str]:
    return {rule.rule.lstrip("/").partition("/")[0] for rule in current_app.url_map.iter_rules()}
