"""The page of one order. Each of its parts is a section of `templates/admin/orders` with its own facts."""

from typing import Any

from werkzeug.wrappers import Response

from store.admin.base import Screen
from store.admin.order_forms import NoteForm, ShipmentForm
from store.admin.queries import orders as details
from store.admin.queries.by_hand import get_by_hand
from store.admin.words import EVENT
from store.changes.queries import list_changes
from store.orders.models import Order
from store.orders.services import may_ship, undo_until, units_of
from store.orders.states import owed
from store.payments.providers import all_providers
from store.payments.services import statuses
from store.returns.services import find_rest


def order_page(screen: Screen, order: Order, *, status: int = 200, problem: str = "", **forms: Any) -> Response:
    """Answer with the order's page; `forms` are those that were refused, as they were sent, by their name there."""
    facts = {**_money(order), **_parcels(order), **_story(order), "by_hand": get_by_hand(order), "problem": problem}
    return screen.page("admin/orders/order.html", status, order=order, **(facts | forms))


def can_cancel(order: Order) -> bool:
    """Whether an order can still come to nothing."""
    return order.status in ("pending", "placed") and order.fulfilment_status == "unfulfilled"


def _money(order: Order) -> dict[str, Any]:
    attempts = details.list_payments(order.id)
    captured, refunded = details.sums(attempts)
    return {
        "payments": attempts,
        "provider_names": {code: str(one.label) for code, one in all_providers().items()},
        "captures": details.list_captures(order.id),
        "refund_lines": details.list_refund_lines(order.id),
        "promised": any(one.status == "authorized" for one in attempts),
        "owed_minor": owed(order.status, total_minor=order.total_minor, credited_minor=order.credited_minor),
        "due_minor": statuses.due(order, attempts),
        "captured_minor": captured,
        "refunded_minor": refunded,
        "refunds": details.list_refunds(order.id),
        "can_refund": captured > refunded,
        "can_cancel": can_cancel(order),
        "can_cancel_rest": order.fulfilment_status == "partial" and find_rest(order) is not None,
    }


def _parcels(order: Order) -> dict[str, Any]:
    units = units_of(order.id)
    left = [(line, units[line.id].open) for line in order.lines if units[line.id].open > 0]
    return {
        "can_ship": may_ship(order) and bool(left),
        "left_to_ship": left,
        "lines_by_id": {line.id: line for line in order.lines},
        "undo_until": {parcel.id: undo_until(parcel) for parcel in order.fulfilments},
        "shipment": ShipmentForm(formdata=None, carrier=details.last_carrier()),
    }


def _story(order: Order) -> dict[str, Any]:
    return {
        "changes": list_changes(order.id),
        "mails": details.list_messages(order.id),
        "names": details.staff_names(),
        "event_words": EVENT,
        "note": NoteForm(formdata=None),
    }
