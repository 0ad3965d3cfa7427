"""Documents on paper: PDF/A from the frozen words, set by typst with its own fonts, the same bytes every time."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import typst
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_percent

from store.core.errors import NotFound, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.core.money import Money
from store.core.places import address_lines
from store.core.settings import PROJECT_ROOT
from store.invoicing.models import Document
from store.media import on_demand
from store.media.composing.making import get_or_make
from store.media.composing.recipe import is_composed, recipe_from
from store.media.storage import name_of
from store.orders.models import Fulfilment, Order, OrderLine
from store.tax.words import exemption_sentence

_FOLDER = PROJECT_ROOT / "templates" / "documents"

_PICTURE_WIDTH = 480

# PDF/A-3b, ISO 19005-3: for keeping, as tax law wants invoices kept for years.
_STANDARD: Final = "a-3b"


def invoice_pdf(document: Document) -> bytes:
    """Return an invoice or credit note as PDF/A."""
    with use_locale(document.data["locale"]):
        return typeset("invoice.typ", _words(document), document.issued_at)


def packing_slip_pdf(order: Order, *, shop_name: str, time_zone: str, parcel: Fulfilment | None = None) -> bytes:
    """Return what goes into the parcel: what is in it and to whom it goes, without prices."""
    if parcel is None:
        units = {line.id: line.quantity - line.cancelled_quantity for line in order.lines}
    else:
        units = {line.order_line_id: line.quantity for line in parcel.lines}
    return packing_papers_pdf([(order, units)], shop_name=shop_name, time_zone=time_zone)


def packing_papers_pdf(
    parcels: Sequence[tuple[Order, Mapping[int, int]]],
    *,
    shop_name: str,
    time_zone: str,
    picking: Sequence[Sequence[str]] = (),
) -> bytes:
    """Return the slips of many parcels in one document, a page each, after a list of all that is to be fetched.

    A parcel is an order and how many of each of its lines are in it. A row of `picking` is quantity, name, details,
    SKU, and the orders that it is for.
    """
    moment = max(order.placed_at or order.created_at for order, _units in parcels)
    words = {
        "title": _("Packing slips") if len(parcels) > 1 else _("Packing slip"),
        "shop": shop_name,
        "slips": [_slip(order, units, time_zone) for order, units in parcels],
        "pick": {
            "title": _("Pick list"),
            "columns": [_("Quantity"), _("Item"), _("SKU"), _("Orders")],
            "rows": [list(row) for row in picking],
        },
    }
    return typeset("packing_slip.typ", words, moment)


def _slip(order: Order, units: Mapping[int, int], time_zone: str) -> dict[str, Any]:
    with use_locale(order.locale):
        placed = order.placed_at or order.created_at
        return {
            "title": _("Packing slip"),
            "facts": [[_("Order"), str(order.number or "")], [_("Date"), _day(placed, order.locale, time_zone)]],
            "to": _receiver(order),
            "columns": [_("Quantity"), "", _("Item"), _("SKU")],
            "rows": [
                [str(units[line.id]), _picture(line), line.title, line.variant_title, line.sku]
                for line in order.lines
                if units.get(line.id)
            ],
            "delivery": ", ".join([order.shipping_label, *address_lines(order.delivery.get("point") or {})]),
        }


def _receiver(order: Order) -> list[str]:
    """Return to whom it goes; of those who fetch it nobody has to know where they live."""
    if order.kind == "parcel":
        return _address(_lines_of(order.shipping_address), order.locale)
    return [str(order.shipping_address.get("name") or order.email)]


def _picture(line: OrderLine) -> str:
    """What was ordered, for whoever packs it: a picture within an SVG, for words are all that travels to typst."""
    if not line.image_key:
        return ""
    name = name_of(line.image_key, _PICTURE_WIDTH, "jpg")
    kept = next((look["recipe"] for look in line.looks if look["key"] == line.image_key), None)
    try:
        if is_composed(line.image_key):
            body = get_or_make(name, lambda _key: None if kept is None else recipe_from(kept))
        else:
            body = on_demand.rendition(name) or b""
    except (NotFound, Unavailable):
        # The parcel leaves without it.
        return ""
    if not body:
        return ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 4 5">'
        f'<image width="4" height="5" xlink:href="data:image/jpeg;base64,{base64.b64encode(body).decode()}"/></svg>'
    )


def typeset(template: str, words: dict[str, Any], moment: datetime) -> bytes:
    """Return a document of `templates/documents` as PDF/A; `moment` is when it was made, for the same bytes always."""
    made: bytes = typst.compile(
        str(_FOLDER / template),
        root=str(_FOLDER),
        format="pdf",
        sys_inputs={"words": json.dumps(words, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=[_STANDARD],
        timestamp=int(moment.timestamp()),
    )
    return made


def _words(document: Document) -> dict[str, Any]:
    data, locale = document.data, document.data["locale"]
    seller, zone = data["seller"], data["seller"]["time_zone"]
    credit = document.kind == "credit_note"
    sign = -1 if credit else 1

    def money(minor: int) -> str:
        return Money(sign * minor, data["currency"]).format(locale)

    facts = [[_("Number"), document.name], [_("Date"), _day(document.issued_at, locale, zone)]]
    if data.get("invoice"):
        facts.append([_("For invoice"), data["invoice"]])
    facts.append([_("Order"), str(data["order"])])
    if data["placed_at"]:
        word = _("Paid on") if _is_paid(data) else _("Ordered on")
        facts.append([word, _day(datetime.fromisoformat(data["placed_at"]), locale, zone)])
    if data.get("buyer_vat_id"):
        facts.append([_("Your VAT ID"), data["buyer_vat_id"]])
    return {
        "title": _("Credit note") if credit else _("Invoice"),
        "shop": seller["shop"],
        "seller": [seller["name"], *seller["address"].splitlines()],
        "vat": [_("VAT ID"), seller["vat_id"]] if seller["vat_id"] else [],
        "email": seller["email"],
        "footer": seller["footer"],
        "facts": facts,
        "to": _address(data["buyer"], locale),
        "reason": data.get("reason", ""),
        "columns": [_("Item"), _("Quantity"), _("Price without tax"), _("Tax rate"), _("Amount")],
        "rows": [
            [
                _("Delivery: %(method)s", method=line["title"]) if line.get("delivery") else line["title"],
                " · ".join(filter(None, (line["detail"], line["sku"], _reduction(line, money)))),
                str(line["quantity"]),
                money(line["unit_net"]),
                _rate(line["rate"], locale),
                money(line["total"]),
            ]
            for line in data["lines"]
        ],
        "tax_columns": [_("Tax rate"), _("Without tax"), _("Tax"), _("With tax")],
        "taxes": [
            [_rate(row["rate"], locale), money(row["net"]), money(row["tax"]), money(row["gross"])]
            for row in data["taxes"]
        ],
        "total": [_("Total"), money(data["total"])],
        "exemption": exemption_sentence(data.get("tax_treatment", "")),
        "note": _note(document),
    }


def _note(document: Document) -> str:
    if document.change_id is not None:
        return _("This paper names what is another than on the invoice; together they say what the order costs.")
    if document.kind == "credit_note":
        return _("The amount has gone back the way it was paid.")
    if _is_paid(document.data):
        return _("Paid in full. Thank you.")
    if document.data["payment"] == "authorized":
        return _("The payment is confirmed; the money is taken when the goods leave.")
    return _("Please pay in the way that you chose; the page of your order says how and until when.")


def _is_paid(data: Mapping[str, Any]) -> bool:
    """Whether the order was paid when the paper was issued; older papers were issued for nothing else."""
    return data.get("payment", "paid") in ("paid", "partially_refunded", "refunded", "overcharged")


def _reduction(line: Mapping[str, Any], money: Callable[[int], str]) -> str:
    return _("less %(amount)s", amount=money(line["discount"])) if line.get("discount") else ""


def _address(lines: list[str], locale: str) -> list[str]:
    """Return the lines with the country's name in place of its code, which comes last."""
    names = Locale.parse(_babel(locale)).territories
    return [*lines[:-1], str(names.get(lines[-1], lines[-1]))] if lines else []


def _lines_of(address: dict[str, Any]) -> list[str]:
    return [*address_lines(address), *filter(None, [str(address.get("country") or "")])]


def _day(moment: datetime, locale: str, time_zone: str) -> str:
    return format_date(moment.astimezone(ZoneInfo(time_zone or "UTC")), "long", locale=_babel(locale))


def _rate(rate: str, locale: str) -> str:
    return format_percent(Decimal(rate), format="#,##0.##%", locale=_babel(locale))


def _babel(locale: str) -> str:
    return "en" if locale.startswith("en-X") else locale.replace("-", "_")
