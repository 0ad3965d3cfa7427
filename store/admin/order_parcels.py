"""What leaves the house for an order: its parcels, what is printed for them, and the slip that lies in them."""

from flask import make_response, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record, require, the_staff
from store.admin.order_forms import ShipmentForm
from store.admin.order_page import order_page
from store.catalog.handles import make_handle
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.invoicing import paper
from store.media.composing.printing import print_file
from store.media.composing.recipe import recipe_from
from store.orders import queries
from store.orders import services as orders
from store.staff.roles import Permission
from store.web.markets import current_shop


class OrderParcelsScreen(OrderScreen):
    """The parcels of an order."""

    @expose("/<int:order_id>/packing-slip.pdf")
    def show_packing_slip(self, order_id: int) -> Response:
        """Send what goes into the parcel, to print."""
        shop = current_shop()
        slip = paper.packing_slip_pdf(queries.get_order(order_id), shop_name=shop.name, time_zone=shop.time_zone)
        response = make_response(slip)
        response.content_type = "application/pdf"
        response.headers["Content-Disposition"] = f'inline; filename="packing-slip-{order_id}.pdf"'
        return response

    @expose("/<int:order_id>/prints/<int:line_id>/<int:number>.png")
    def show_print(self, order_id: int, line_id: int, number: int) -> Response:
        """Send what the workshop prints for a line, as it was ordered."""
        order = queries.get_order(order_id)
        looks = next((line.looks for line in order.lines if line.id == line_id), [])
        if not 1 <= number <= len(looks):
            raise NotFound(_("Nothing is printed here."))
        look = looks[number - 1]
        response = make_response(print_file(recipe_from(look["recipe"]), look["width_mm"], look["height_mm"]))
        response.content_type = "image/png"
        name = f"order-{order.number or order.id}-line-{line_id}-{make_handle(look['view']) or number}.png"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @expose("/<int:order_id>/shipment", methods=("POST",))
    def create_shipment(self, order_id: int) -> Response:
        """Ship the whole order and tell the customer."""
        require(Permission.SHIP_ORDERS)
        form = ShipmentForm.from_request()
        if not form.validate():
            return order_page(self, queries.get_order(order_id), status=422, shipment=form)
        try:
            with transaction():
                parcel = orders.ship(
                    order_id,
                    carrier=form.carrier.data or "",
                    tracking_number=form.tracking_number.data or "",
                    actor=the_staff().actor,
                )
                record(
                    "ship",
                    "order",
                    order_id,
                    before={"fulfilment_status": "unfulfilled"},
                    after={
                        "fulfilment_status": "fulfilled",
                        "carrier": parcel.carrier,
                        "tracking_number": parcel.tracking_number,
                    },
                )
        except (Conflict, Invalid) as error:
            return order_page(
                self, queries.get_order(order_id), status=error.status, shipment=form, problem=error.message
            )
        return done(_("Shipped. The customer will be told by mail."), url_for("orders_desk.show", order_id=order_id))
