"""The papers of a change: a credit note of what became less, an invoice of what became more.

Documents are never changed, so both name only what is another now; together with what was issued before they add up
to what the order costs.
"""

from collections.abc import Mapping
from typing import Any

from store.changes.queries import get_change
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.invoicing import services as invoicing
from store.invoicing.models import Document
from store.orders.queries import get_order


def issue_documents(order_id: int, change_id: int) -> list[Document]:
    """Issue what a confirmed change makes necessary; a second call issues nothing more."""
    change = get_change(order_id, change_id)
    if change.status != "confirmed" or change.before is None or change.after is None:
        return []
    order = get_order(order_id)
    if order.placed_at is None or change.requested_at is None or order.placed_at > change.requested_at:
        # Its invoice came later, or is still to come, and says what the order is by then.
        return []
    with use_locale(order.locale):
        less, more = _differences(change.before, change.after)
        reason = change.reason or _("Your order was changed.")
    documents = [
        invoicing.issue_correction(order_id, kind, change_id=change_id, lines=lines, reason=reason)
        for kind, lines in (("credit_note", less), ("invoice", more))
        if lines
    ]
    return [document for document in documents if document is not None]


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return the lines of both papers: what is less and what is more, each as positive amounts."""
    was = {line["id"]: line for line in before["lines"]}
    pairs = [(was.pop(line.get("id"), None), line) for line in after["lines"]]
    pairs += [(line, None) for line in was.values()]
    less: list[Any] = []
    more: list[Any] = []
    for old, new in (*pairs, (_delivery(before), _delivery(after))):
        _put(old, new, less, more)
    return less, more


def _put(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, less: list[Any], more: list[Any]) -> None:
    if old is not None and new is not None and old["tax_rate"] == new["tax_rate"]:
        total, tax = new["total_minor"] - old["total_minor"], new["tax_minor"] - old["tax_minor"]
        if total < 0 or (total == 0 and tax < 0):
            less.append(_line(old, abs(new["quantity"] - old["quantity"]), -total, -tax))
        elif total > 0 or tax > 0:
            more.append(_line(new, abs(new["quantity"] - old["quantity"]), total, tax))
        return
    if old is not None and old["total_minor"]:
        less.append(_line(old, old["quantity"], old["total_minor"], old["tax_minor"]))
    if new is not None and new["total_minor"]:
        more.append(_line(new, new["quantity"], new["total_minor"], new["tax_minor"]))


def _line(line: Mapping[str, Any], quantity: int, total: int, tax: int) -> dict[str, Any]:
    """Return a line of a paper; where only the price is another, it is one piece of the difference."""
    each = (total - tax) // quantity if quantity else total - tax
    return {
        "title": line["title"],
        "detail": line["variant_title"],
        "sku": line["sku"],
        "delivery": line.get("delivery", False),
        "quantity": quantity or 1,
        "unit_net": each,
        "rate": line["tax_rate"],
        "tax": tax,
        "total": total,
    }


def _delivery(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    order = snapshot["order"]
    return {
        "title": order["shipping_label"],
        "variant_title": "",
        "sku": "",
        "delivery": True,
        "quantity": 1,
        "tax_rate": order["shipping_tax_rate"],
        "tax_minor": order["shipping_tax_minor"],
        "total_minor": order["shipping_minor"],
    }
