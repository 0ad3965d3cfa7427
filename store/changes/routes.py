"""What a customer sees and does of a change: pay its difference, or say no to it."""

from dataclasses import dataclass

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from store.changes import services
from store.changes.errors import CantGoBack
from store.changes.queries import Told, find_live_change, get_change, told
from store.changes.services.money import due
from store.core.errors import Conflict, Unavailable
from store.core.money import Money
from store.orders.models import Order
from store.orders.queries import get_order_by_token
from store.payments.queries import list_payments
from store.payments.states import OPEN
from store.payments.ways import Ways, ways_to_pay
from store.web.hypermedia import redirect_after, render
from store.web.limits import limit
from store.web.policy import secret

blueprint = Blueprint("changes", __name__)

WRITES = "20/10 minutes"

CUSTOMER = "customer"


@dataclass(frozen=True)
class ToPay:
    """What is still open of a placed order, why, and how it can be paid."""

    amount: Money
    told: Told | None
    ways: Ways


@blueprint.app_template_global("to_pay_of")
def to_pay_of(order: Order) -> ToPay | None:
    """Return what is still open of a placed order; `None` where nothing is. 2 statements at most."""
    if order.status != "placed" or order.payment_status not in ("pending", "partially_paid"):
        return None
    payments = list_payments(order.id)
    open_minor = due(order, payments)
    if open_minor <= 0:
        return None
    change = find_live_change(order.id)
    asked = change is not None and change.status == "requested" and change.settlement == "charge"
    if not asked and any(payment.offline and payment.status in OPEN for payment in payments):
        # It waits for a transfer, or is paid at the door: the page says how.
        return None
    return ToPay(
        Money(open_minor, order.currency),
        told(change) if change is not None and asked else None,
        ways_to_pay(order),
    )


@blueprint.get("/orders/<token>/changes/<int:change_id>/refusal")
@secret
def show_refusal(token: str, change_id: int) -> Response:
    """Say what no to a change means, before it is said."""
    order = get_order_by_token(token)
    change = get_change(order.id, change_id)
    if change.status != "requested" or change.settlement != "charge":
        return redirect_after(url_for("orders.show", token=token))
    return render("changes/refusal.html", order=order, told=told(change), problem="")


@blueprint.post("/orders/<token>/changes/<int:change_id>/refusal")
@secret
@limit(WRITES)
def refuse(token: str, change_id: int) -> Response:
    """Let the order be what it was before a change that its customer does not want."""
    order = get_order_by_token(token)
    change = get_change(order.id, change_id)
    if change.status == "requested":
        try:
            services.take_back(order.id, change_id, move="decline", version=change.version, actor=CUSTOMER)
        except (CantGoBack, Conflict, Unavailable) as error:
            return render(
                "changes/refusal.html", status=error.status, order=order, told=told(change), problem=error.message
            )
    return redirect_after(url_for("orders.show", token=token))
