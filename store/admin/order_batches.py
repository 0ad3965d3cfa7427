"""Many orders at once: their papers to print, and their parcels to ship."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, make_response, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen
from store.admin.current import record, require, the_staff
from store.admin.queries import batches
from store.admin.queries.orders import last_carrier
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.invoicing import paper
from store.orders import queries
from store.orders import services as orders
from store.orders.models import Order
from store.staff.roles import Permission
from store.web.markets import current_shop

# As many as a page of the queue shows.
MOST = queries.PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Row:
    """An order that is about to be shipped with others, what was entered for it, and why it stays."""

    order: Order
    units: int
    carrier: str
    tracking_number: str
    problem: str = ""


class OrderBatchesScreen(OrderScreen):
    """What is done for many orders in one go."""

    @expose("/together/packing-papers.pdf")
    def show_papers(self) -> Response:
        """Send a list of what is to be fetched, and the packing slip of each order."""
        found = _orders_named()
        parcels = [(order, units) for order in found for units in _waiting(order)]
        if not parcels:
            raise NotFound(_("Nothing of these orders is left to be packed."))
        shop = current_shop()
        pdf = paper.packing_papers_pdf(
            parcels, shop_name=shop.name, time_zone=shop.time_zone, picking=batches.list_picking(parcels)
        )
        response = make_response(pdf)
        response.content_type = "application/pdf"
        response.headers["Content-Disposition"] = 'inline; filename="packing.pdf"'
        return response

    @expose("/together/shipment")
    def show_shipment(self) -> Response:
        """Ask for the tracking numbers of many orders."""
        require(Permission.SHIP_ORDERS)
        carrier = last_carrier()
        return self._page([Row(order, _units(order), carrier, "") for order in _orders_named()])

    @expose("/together/shipment", methods=("POST",))
    def create_shipment(self) -> Response:
        """Ship what is left of each order; what can't leave stays on the page with the reason."""
        require(Permission.SHIP_ORDERS)
        rows = [_ship(order) for order in _orders_named()]
        left = [row for row in rows if row.problem]
        sent = len(rows) - len(left)
        message = ngettext("%(num)s order shipped.", "%(num)s orders shipped.", sent) if sent else ""
        if left:
            return self._page(left, status=409, message=message)
        flash(message, "ok")
        return redirect(url_for("orders_desk.index"), 303)

    def _page(self, rows: Sequence[Row], *, status: int = 200, message: str = "") -> Response:
        return self.page("admin/orders/together.html", status, rows=rows, message=message)


def _orders_named() -> list[Order]:
    """Return the orders that the form or the address names, in the order they came in."""
    ids = sorted({int(one) for one in request.values.getlist("ids") if one.isascii() and one.isdecimal()})[:MOST]
    found = queries.list_whole_orders([one for one in ids if one < 2**63])
    if not found:
        raise NotFound(_("Choose at least one order from the list."))
    return found


def _waiting(order: Order) -> list[dict[int, int]]:
    """Return what is in each parcel of an order that waits to leave, and at last what is in none yet."""
    waiting = [
        {line.order_line_id: line.quantity for line in parcel.lines}
        for parcel in order.fulfilments
        if parcel.status in ("pending", "packed")
    ]
    rest = {one.line_id: one.open for one in orders.units_of(order.id).values() if one.open > 0}
    return [*waiting, rest] if rest else waiting


def _units(order: Order) -> int:
    return sum(one.quantity - one.cancelled - one.sent for one in orders.units_of(order.id).values())


def _ship(order: Order) -> Row:
    carrier = request.form.get(f"carrier-{order.id}", "")
    number = request.form.get(f"tracking-{order.id}", "")
    try:
        with transaction():
            actor = the_staff().actor
            if order.kind == "pickup":
                # It leaves when they come; now they are told that they can.
                for parcel in orders.make_rest_ready(order.id, None, actor=actor):
                    record("ready", "order", order.id, after={"parcel": parcel.id})
                return Row(order, 0, "", "")
            for parcel in orders.ship_rest(order.id, carrier=carrier, tracking_number=number, actor=actor):
                record("ship", "order", order.id, after={"parcel": parcel.id, "tracking_number": number})
    except (Conflict, Invalid) as error:
        return Row(order, _units(order), carrier, number, error.message)
    return Row(order, 0, carrier, number)
