"""What a document says, copied out of the order once and for all. Pure: it reads nothing but its arguments.

The contents follow Article 226 of Council Directive 2006/112/EC: date, number, VAT id and full name and address of the
seller, the customer's name and address, quantity and nature of the goods, the date of supply or payment, the taxable
amount per rate, the unit price without tax, the rate and the tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from store.core.i18n import gettext as _
from store.core.places import address_lines
from store.orders.models import Order
from store.orders.parts import shipping_taxes_of
from store.pricing.refunds import Split
from store.pricing.sharing import round_half_up, share_out


def of_order(order: Order, seller: Mapping[str, str]) -> dict[str, Any]:
    """Return what an invoice says."""
    lines = [
        {
            "title": line.title,
            "detail": line.variant_title,
            "sku": line.sku,
            "quantity": line.quantity,
            "unit_net": line.unit_net_minor,
            "rate": str(line.tax_rate.normalize()),
            "tax": line.tax_minor,
            "total": line.total_minor,
            **({"discount": line.discount_minor} if line.discount_minor else {}),
        }
        for line in order.lines
    ]
    lines += [
        {
            "title": order.shipping_label,
            "delivery": True,
            "detail": "",
            "sku": "",
            "quantity": 1,
            "unit_net": share.amount_minor - share.tax_minor,
            "rate": str(share.rate.normalize()),
            "tax": share.tax_minor,
            "total": share.amount_minor,
        }
        for share in shipping_taxes_of(order)
        if order.kind != "none" or share.amount_minor
    ]
    return {
        **_heading(order, seller),
        "lines": lines,
        "taxes": _by_rate(lines),
        "total": order.total_minor,
        "tax": order.tax_minor,
    }


# What is left of each rate, as `(amount with tax, tax)`.
ByRate = Mapping[str, tuple[int, int]]


def billed(papers: Iterable[tuple[str, Mapping[str, Any]]]) -> ByRate:
    """Return what invoices say by rate, less what credit notes say; `papers` are kinds with what they say."""
    left: dict[str, tuple[int, int]] = {}
    for kind, data in papers:
        sign = -1 if kind == "credit_note" else 1
        for row in data["taxes"]:
            gross, tax = left.get(row["rate"], (0, 0))
            left[row["rate"]] = gross + sign * row["gross"], tax + sign * row["tax"]
    return left


def of_refund(
    order: Order, seller: Mapping[str, str], *, amount_minor: int, reason: str, invoice: str, left: ByRate
) -> dict[str, Any]:
    """Return what a credit note says: the amount, shared out over what the order's papers still say of each tax rate.

    By largest remainder, so that papers which together give back everything leave no tax of any rate.
    """
    rates = sorted((rate for rate, (gross, _tax) in left.items() if gross > 0), key=Decimal, reverse=True)
    shares = share_out(amount_minor, [left[rate][0] for rate in rates])
    taxes = []
    for rate, gross in zip(rates, shares, strict=True):
        whole, tax_left = left[rate]
        if gross:
            tax = tax_left if gross == whole else round_half_up(Decimal(tax_left) * gross / whole)
            taxes.append({"rate": rate, "net": gross - tax, "tax": tax, "gross": gross})
    return {
        **_heading(order, seller),
        "invoice": invoice,
        "reason": reason,
        "lines": [],
        "taxes": taxes,
        "total": amount_minor,
        "tax": sum(row["tax"] for row in taxes),
    }


def of_shares(order: Order, seller: Mapping[str, str], shares: Split, *, reason: str, invoice: str) -> dict[str, Any]:
    """Return what a credit note says of a refund by line: each line that goes back, the delivery, and goodwill."""
    sold = {line.id: line for line in order.lines}
    lines = []
    for share in shares.lines:
        line = sold[int(str(share.key))]
        lines.append(
            {
                "title": line.title,
                "detail": line.variant_title,
                "sku": line.sku,
                "quantity": share.quantity,
                "unit_net": (share.amount_minor - share.tax_minor) // max(share.quantity, 1),
                "rate": str(share.tax_rate.normalize()),
                "tax": share.tax_minor,
                "total": share.amount_minor,
            }
        )
    by_rate: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])
    delivered = [(True, shares.shipping)] if shares.shipping else []
    for delivery, part in [*delivered, *((False, one) for one in shares.goodwill)]:
        for tax in part.taxes:
            of_rate = by_rate[str(tax.rate.normalize()), delivery]
            of_rate[0] += tax.amount_minor
            of_rate[1] += tax.tax_minor
    lines += [
        {
            "title": order.shipping_label if delivery else _("Price reduction"),
            "delivery": delivery,
            "detail": "",
            "sku": "",
            "quantity": 1,
            "unit_net": gross - tax_minor,
            "rate": rate,
            "tax": tax_minor,
            "total": gross,
        }
        for (rate, delivery), (gross, tax_minor) in by_rate.items()
    ]
    return {
        **_heading(order, seller),
        "invoice": invoice,
        "reason": reason,
        "lines": lines,
        "taxes": _by_rate(lines),
        "total": shares.amount_minor,
        "tax": shares.tax_minor,
    }


def of_lines(
    order: Order, seller: Mapping[str, str], *, lines: Sequence[Mapping[str, Any]], reason: str, invoice: str
) -> dict[str, Any]:
    """Return what a paper says that corrects an invoice: only what is another than before, as positive amounts.

    A line has `title`, `detail`, `sku`, `quantity`, `unit_net`, `rate`, `tax` and `total`.
    """
    said = [{**line, "rate": str(Decimal(line["rate"]).normalize())} for line in lines]
    return {
        **_heading(order, seller),
        "invoice": invoice,
        "reason": reason,
        "lines": said,
        "taxes": _by_rate(said),
        "total": sum(line["total"] for line in said),
        "tax": sum(line["tax"] for line in said),
    }


def _heading(order: Order, seller: Mapping[str, str]) -> dict[str, Any]:
    address = order.invoice_address or order.shipping_address
    return {
        "seller": dict(seller),
        "prefix": seller["invoice_prefix"],
        "buyer": [
            *filter(None, [order.company]),
            *address_lines(address),
            *filter(None, [str(address.get("country") or "")]),
        ],
        "buyer_vat_id": order.vat_id,
        "tax_treatment": order.tax_treatment,
        "email": order.email,
        "order": order.number,
        "placed_at": order.placed_at.isoformat() if order.placed_at else None,
        "payment": order.payment_status,
        "locale": order.locale,
        "currency": order.currency,
    }


def _by_rate(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        found[line["rate"]][0] += line["total"]
        found[line["rate"]][1] += line["tax"]
    return [
        {"rate": rate, "net": gross - tax, "tax": tax, "gross": gross}
        for rate, (gross, tax) in sorted(found.items(), key=lambda pair: Decimal(pair[0]), reverse=True)
    ]
