"""Price lists: what holds when and where, and which products are in them."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Field, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from store.admin.base import done
from store.admin.crud import Crud
from store.admin.current import record, require
from store.admin.queries import prices as queries
from store.catalog.models import Collection
from store.catalog.pricing import PriceRow, clear_list, set_base_price, set_prices
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.pricing.suggesting import ENDINGS, reduce
from store.staff.roles import Permission
from store.web import markets
from store.web.forms import Form, IntegerField, Required, StringField
from store.web.pagination import page_number, paginate

KINDS = [
    ("sale", lazy_gettext("Sale: undercuts, and the price before is struck through")),
    ("override", lazy_gettext("Own prices: replace the base prices")),
]
STATUSES = [("draft", lazy_gettext("Draft: holds nowhere")), ("active", lazy_gettext("Active"))]
_WRITTEN = "%Y-%m-%dT%H:%M"

# As many variants are written at once.
_MOST_FOUND = 20_000


class PriceListForm(Form):
    """When and where a list holds."""

    name = StringField(lazy_gettext("Name"), longest=80, validators=[Required()])
    code = StringField(lazy_gettext("Code"), longest=60, validators=[Required()])
    kind = SelectField(lazy_gettext("Kind"), choices=KINDS)
    status = SelectField(lazy_gettext("Status"), choices=STATUSES)
    starts_at = StringField(lazy_gettext("Begins"), longest=20)
    ends_at = StringField(lazy_gettext("Ends"), longest=20)
    priority = IntegerField(lazy_gettext("Priority"), maximum=1000, validators=[Required()])
    markets = SelectMultipleField(lazy_gettext("Markets"), choices=[], validate_choice=False)

    def validate_code(self, field: Field) -> None:
        """Check that it can stand in files."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", field.data or ""):
            raise ValidationError(_("Only small letters, digits and single hyphens, such as winter-sale."))

    def validate_starts_at(self, field: Field) -> None:
        """Check that it is a moment."""
        _read_moment(field.data)

    def validate_ends_at(self, field: Field) -> None:
        """Check that it comes after the beginning."""
        end = _read_moment(field.data)
        try:
            start = _read_moment(self.starts_at.data)
        except ValidationError:
            return
        if start is not None and end is not None and end <= start:
            raise ValidationError(_("This can't be before it begins."))


class PriceListsScreen(Crud):
    """Sales and own prices."""

    permission = Permission.VIEW_PRODUCTS
    edit_permission = Permission.EDIT_PRODUCTS
    icon = "tag"
    title = lazy_gettext("Price lists")
    noun = lazy_gettext("price list")
    form = PriceListForm
    form_columns = ("name", "code", "kind", "status", "starts_at", "ends_at", "priority", "markets")
    unique_columns = ("code",)
    column_list = ("name", "kind", "status", "starts_at", "ends_at", "markets")
    column_sortable_list = ()
    column_searchable_list = ("name", "code")
    column_default_order = ("id", True)
    column_labels = {
        "name": lazy_gettext("Name"),
        "kind": lazy_gettext("Kind"),
        "status": lazy_gettext("Status"),
        "starts_at": lazy_gettext("Begins"),
        "ends_at": lazy_gettext("Ends"),
        "markets": lazy_gettext("Markets"),
    }
    column_formatters = {
        "kind": lambda _view, _context, row, _name: _("Sale") if row.kind == "sale" else _("Own prices"),
        "status": lambda _view, _context, row, _name: standing(row),
        "starts_at": lambda _view, _context, row, _name: _write_moment(row.starts_at).replace("T", " ") or "–",
        "ends_at": lambda _view, _context, row, _name: _write_moment(row.ends_at).replace("T", " ") or "–",
        "markets": lambda _view, _context, row, _name: ", ".join(row.markets) or _("all"),
    }
    edit_template = "admin/prices/list.html"

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def new_form(self, *, sent: bool) -> Form:
        """Return the form with the markets there are."""
        return PriceListForm.from_request() if sent else PriceListForm(formdata=None, priority=0)

    def fill(self, row: Any) -> Form:
        """Show the moments in the shop's time zone."""
        return self.form(formdata=None, data=self.snapshot(row))

    def snapshot(self, row: Any) -> dict[str, Any]:
        """Return the row in the words of the form."""
        values = super().snapshot(row)
        return {
            **values,
            "starts_at": _write_moment(row.starts_at),
            "ends_at": _write_moment(row.ends_at),
            "markets": list(row.markets),
        }

    def apply(self, form: Form, row: Any) -> None:
        """Write the form; raises `Invalid` when the kind should change."""
        if row.id is not None and form["kind"].data != row.kind:
            raise Invalid(_("The kind of a list stays: make another one."), field="kind")
        chosen = request.form.getlist("markets")
        known = [market.code for market in markets.known_markets()]
        if any(code not in known for code in chosen):
            raise Invalid(_("Please choose among the markets."), field="markets")
        super().apply(form, row)
        row.markets = chosen
        row.starts_at, row.ends_at = _read_moment(form["starts_at"].data), _read_moment(form["ends_at"].data)
        markets.forget()

    def loss(self, row: Any) -> Sequence[str]:  # noqa: ARG002 - the same for all
        """Say what becomes of its prices."""
        return (
            _("Its prices hold nowhere any more; the base prices do."),
            _("What shoppers have paid, and what prices have been, is kept."),
        )

    def extras(self, row: Any) -> dict[str, Any]:
        """Show what is in it, and the form that puts more in."""
        _rows, total = queries.list_in_list(row.id, page=1)
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, total)
        rows, _total = queries.list_in_list(row.id, page=pages.page)
        return {
            "rows": rows,
            "total": total,
            "pages": pages,
            "href_for": lambda page: url_for(".edit_view", record_id=row.id, page=page if page > 1 else None),
            "collections": session.execute(select(Collection.id, Collection.title).order_by(Collection.title)).all(),
            "currencies": list(dict.fromkeys(one.currency for one in markets.known_markets())),
            "endings": ENDINGS,
            "standing": standing(row),
        }

    @expose("/<int:record_id>/products", methods=("POST",))
    def add_products(self, record_id: int) -> Response:
        """Write a price, so many per cent off the base price, for every variant that matches."""
        require(Permission.EDIT_PRODUCTS)
        row, sent = self.find(record_id), request.form
        search, collection = sent.get("q", "").strip()[:120], sent.get("collection", "0")
        currency, ending = sent.get("currency", ""), sent.get("ending", "")
        percent = _read_percent(sent.get("percent", ""))
        if currency not in {one.currency for one in markets.known_markets()} or ending not in ENDINGS:
            raise Invalid(_("Please choose a currency and an ending."))
        if not search and not (collection.isdecimal() and int(collection)):
            raise Invalid(_("Please search for products or choose a collection."))
        chosen = int(collection) if collection.isdecimal() and len(collection) < 18 else 0
        found = queries.list_found(search, chosen, currency, most=_MOST_FOUND)
        if not found:
            return done(
                _("No product with a price in %(currency)s matches.", currency=currency),
                url_for(".edit_view", record_id=record_id),
                "warn",
            )
        with transaction():
            prices = [(one, reduce(one.amount_minor, percent, currency, ending)) for one in found]
            set_prices(
                [PriceRow(one.variant_id, currency, amount, None, row.id) for one, amount in prices if one.variant_id]
            )
            for one, amount in prices:
                if one.made_to_order:
                    set_base_price(one.product_id, currency, amount, None, row.id)
            after = {"currency": currency, "percent": str(percent), "prices": len(found), "search": search}
            record("price", self.subject, record_id, after={**after, "collection": chosen})
        said = ngettext("%(num)s price is written.", "%(num)s prices are written.", len(found))
        return done(said, url_for(".edit_view", record_id=record_id))

    @expose("/<int:record_id>/products/<int:product_id>/removal", methods=("POST",))
    def remove_product(self, record_id: int, product_id: int) -> Response:
        """Take a product off the list."""
        require(Permission.EDIT_PRODUCTS)
        self.find(record_id)
        with transaction():
            clear_list(record_id, product_id)
            record("price", self.subject, record_id, before={"product": product_id})
        return done(_("It is off the list."), url_for(".edit_view", record_id=record_id))


def standing(row: Any) -> str:
    """Return in a word whether a list holds now."""
    moment = now()
    if row.status == "draft":
        return _("Draft")
    if row.starts_at is not None and moment < row.starts_at:
        return _("Begins later")
    if row.ends_at is not None and moment >= row.ends_at:
        return _("Over")
    return _("Running")


def _read_percent(entered: str) -> Decimal:
    try:
        percent = Decimal(entered.strip().replace(",", "."))
    except InvalidOperation:
        percent = Decimal(-1)
    if not (percent.is_finite() and 0 <= percent < 100):
        raise Invalid(_("Please enter how many per cent off, from 0 to 99."))
    return percent


def _zone() -> ZoneInfo:
    return ZoneInfo(markets.current_shop().time_zone)


def _read_moment(entered: str | None) -> datetime | None:
    if not entered:
        return None
    try:
        return datetime.strptime(entered, _WRITTEN).replace(tzinfo=_zone())
    except ValueError:
        raise ValidationError(_("A day and a time, such as 2026-11-27T00:00.")) from None


def _write_moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(_zone()).strftime(_WRITTEN)
