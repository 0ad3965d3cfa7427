"""What a way to deliver costs: its rate table, and that of each zone, in one form that is saved whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.admin.product_forms import read_price
from store.admin.queries.delivery import ZoneRow, tables_of
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.money import Money
from store.shipping import services
from store.shipping.models import BASES, ShippingMethod
from store.shipping.services import Rates, ZoneTable
from store.staff.roles import Permission

# Empty rows below what is written, so that a table can grow without JavaScript.
SPARE = 3
MOST_ROWS = 60
_LARGEST = 10**9


@dataclass
class TableForm:
    """A rate table as text, `own` or that of a zone; `errors` by field, `rows` as pairs of up to and price."""

    key: str
    name: str
    areas: str = ""
    served: bool = True
    free_from: str = ""
    min_days: str = ""
    max_days: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The rows with empty ones to fill in."""
        return [*self.rows, *[("", "")] * SPARE]


class RatesScreen(Screen):
    """The tables of one method; reached from it."""

    permission = Permission.VIEW_SETTINGS

    def __init__(self, **place: Any) -> None:
        self._default_view = "show"
        super().__init__(**place)

    def is_visible(self) -> bool:
        """Stay out of the navigation."""
        return False

    @expose("/<int:method_id>")
    def show(self, method_id: int) -> Response:
        """Show the tables as they stand."""
        method = _find(method_id)
        own, zones = tables_of(method_id)
        tables = [_filled(method, own), *(_of_zone(method, zone) for zone in zones)]
        return self._page(method, method.basis, tables, seen=_print(method, own, zones))

    @expose("/<int:method_id>", methods=("POST",))
    def update(self, method_id: int) -> Response:
        """Save all of them; who was overtaken by somebody sees what they typed and is told."""
        require(Permission.EDIT_SETTINGS)
        method = _find(method_id)
        own, zones = tables_of(method_id)
        seen = _print(method, own, zones)
        sent = request.form
        tables = [_sent(sent, "own", _("Everywhere")), *(_sent(sent, f"zone{one.id}", one.name, one) for one in zones)]
        basis = sent.get("basis", "")
        read = [_read(table, basis, method.currency) for table in tables]
        if any(table.error for table in tables):
            return self._page(method, basis, tables, seen=sent.get("seen", ""), status=422)
        if sent.get("seen") != seen:
            problem = _("Somebody else changed these prices meanwhile. Please compare, and save again to keep yours.")
            return self._page(method, basis, tables, seen=seen, status=409, problem=problem)
        served = {
            one.id: table
            for one, table, form in zip(zones, read[1:], tables[1:], strict=True)
            if table is not None and form.served
        }
        assert read[0] is not None
        try:
            with transaction():
                services.save_tables(method_id, basis=basis, rates=read[0].rates, zones=served)
                after_own, after_zones = tables_of(method_id)
                before = _words(method.basis, own, zones)
                after = _words(basis, after_own, after_zones)
                if before != after:
                    record("rates", "shipping_methods", method_id, before=before, after=after)
        except (Invalid, Conflict) as error:
            return self._page(method, basis, tables, seen=seen, status=error.status, problem=error.message)
        return done(_("These prices hold from now on."), url_for(".show", method_id=method_id))

    def _page(
        self,
        method: ShippingMethod,
        basis: str,
        tables: Sequence[TableForm],
        *,
        seen: str,
        status: int = 200,
        problem: str = "",
    ) -> Response:
        words = {
            "fixed": _("The same for every parcel"),
            "weight": _("By weight"),
            "price": _("By the value of the goods"),
            "quantity": _("By pieces"),
        }
        units = {"fixed": "", "weight": _("g"), "price": method.currency, "quantity": _("pieces")}
        return self.page(
            "admin/delivery/rates.html",
            status,
            method=method,
            basis=basis,
            bases=[(code, words[code]) for code in BASES],
            unit=units.get(basis, ""),
            tables=tables,
            seen=seen,
            problem=problem,
        )


def _find(method_id: int) -> ShippingMethod:
    found = session.get(ShippingMethod, method_id, populate_existing=True)
    if found is None:
        raise NotFound(_("This is not here any more."))
    return found


def _filled(method: ShippingMethod, rates: Rates) -> TableForm:
    return TableForm("own", _("Everywhere"), rows=_texts(method, rates))


def _of_zone(method: ShippingMethod, zone: ZoneRow) -> TableForm:
    return TableForm(
        f"zone{zone.id}",
        zone.name,
        areas=zone.areas,
        served=zone.served,
        free_from=_amount(zone.free_from_minor, method.currency),
        min_days="" if zone.min_days is None else str(zone.min_days),
        max_days="" if zone.max_days is None else str(zone.max_days),
        rows=_texts(method, zone.rates),
    )


def _texts(method: ShippingMethod, rates: Rates) -> list[tuple[str, str]]:
    def step(up_to: int | None) -> str:
        if up_to is None:
            return ""
        return _amount(up_to, method.currency) if method.basis == "price" else str(up_to)

    return [(step(up_to), _amount(price, method.currency)) for up_to, price in rates]


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Money(minor, currency).decimal())


def _sent(sent: MultiDict[str, str], key: str, name: str, zone: ZoneRow | None = None) -> TableForm:
    def word(part: str) -> str:
        return sent.get(f"{key}-{part}", "").strip()[:20]

    steps, prices = sent.getlist(f"{key}-up_to"), sent.getlist(f"{key}-price")
    rows = [(one.strip()[:20], two.strip()[:20]) for one, two in zip(steps, prices, strict=False)]
    return TableForm(
        key,
        name,
        areas=zone.areas if zone else "",
        served=zone is None or f"{key}-served" in sent,
        free_from=word("free_from"),
        min_days=word("min_days"),
        max_days=word("max_days"),
        rows=[row for row in rows[:MOST_ROWS] if any(row)],
    )


def _read(table: TableForm, basis: str, currency: str) -> ZoneTable | None:
    """Return a table as it is kept; what is wrong with it is written onto it."""
    try:
        rates = [(_step(up_to, basis, currency), _price(price, currency)) for up_to, price in table.rows]
        # Rows may be typed in any order; the open one comes last.
        rates.sort(key=lambda row: (row[0] is None, row[0] or 0))
        least, most = _days(table.min_days), _days(table.max_days)
        if (least is None) != (most is None) or (least is not None and most is not None and least > most):
            raise Invalid(_("Please give both days, the first not after the last, or neither."))
        return ZoneTable(tuple(rates), read_price(table.free_from, currency), least, most)
    except Invalid as error:
        table.error = error.message
        return None


def _step(text: str, basis: str, currency: str) -> int | None:
    if not text:
        return None
    if basis == "price":
        step = read_price(text, currency)
    elif text.isascii() and text.isdecimal():
        step = int(text)
    else:
        raise Invalid(_("“%(text)s” is no whole number.", text=text))
    if not step or step > _LARGEST:
        raise Invalid(_("“%(text)s” is not possible here.", text=text))
    return step


def _price(text: str, currency: str) -> int:
    price = read_price(text, currency)
    if price is None:
        raise Invalid(_("Each row needs its price; 0 is free."))
    return price


def _days(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) > 365:
        raise Invalid(_("“%(text)s” is no number of days.", text=text))
    return int(text)


def _print(method: ShippingMethod, own: Rates, zones: Sequence[ZoneRow]) -> str:
    return hashlib.sha256(repr(_words(method.basis, own, zones)).encode()).hexdigest()[:32]


def _words(basis: str, own: Rates, zones: Sequence[ZoneRow]) -> dict[str, Any]:
    """Return tables as the journal keeps them."""
    return {
        "basis": basis,
        "rates": [list(row) for row in own],
        "zones": {
            zone.name: {
                "rates": [list(row) for row in zone.rates],
                "free_from_minor": zone.free_from_minor,
                "days": [zone.min_days, zone.max_days],
            }
            for zone in zones
            if zone.served
        },
    }
