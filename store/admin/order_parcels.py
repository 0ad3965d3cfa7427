"""What leaves the house for an order: its parcels, what is printed for them, and the slip that lies in them."""

from collections.abc import Callable

from flask import make_response, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record, require, the_staff
from store.admin.order_forms import ShipmentForm
from store.admin.order_page import order_page
from store.admin.quantities import read_quantities
from store.catalog.handles import make_handle
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.invoicing import paper
from store.media.composing.printing import print_file
from store.media.composing.recipe import recipe_from
from store.orders import queries
from store.orders import services as orders
from store.orders.models import Fulfilment, Order
from store.staff.roles import Permission
from store.web.markets import current_shop


class OrderParcelsScreen(OrderScreen):
    """The parcels of an order."""

    @expose("/<int:order_id>/packing-slip.pdf")
    def show_packing_slip(self, order_id: int) -> Response:
        """Send what an order consists of, to print."""
        return self._slip(queries.get_order(order_id), None)

    @expose("/<int:order_id>/parcels/<int:parcel_id>/packing-slip.pdf")
    def show_parcel_slip(self, order_id: int, parcel_id: int) -> Response:
        """Send what goes into a parcel, to print."""
        order = queries.get_order(order_id)
        return self._slip(order, _parcel_of(order, parcel_id))

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
        """Ship what is left of an order, or some of it, in one parcel, and tell the customer."""
        form = ShipmentForm.from_request()
        return self._send(
            order_id,
            form,
            "shipment",
            lambda: orders.ship(
                order_id,
                carrier=form.carrier.data or "",
                tracking_number=form.tracking_number.data or "",
                actor=the_staff().actor,
                quantities=_chosen(order_id),
            ),
        )

    @expose("/<int:order_id>/parcels", methods=("POST",))
    def create_parcel(self, order_id: int) -> Response:
        """Begin a parcel: what is in it is set aside until it leaves or is called off."""
        return self._act(
            order_id,
            "prepare_parcel",
            lambda actor: orders.prepare_parcel(order_id, _chosen(order_id), actor=actor),
            _("The parcel is begun. Print its slip, pack it, then ship it."),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/packing", methods=("POST",))
    def create_packing(self, order_id: int, parcel_id: int) -> Response:
        """Note that a parcel is packed."""
        return self._act(
            order_id,
            "pack",
            lambda actor: orders.pack_parcel(order_id, parcel_id, actor=actor),
            _("Packed."),
        )

    @expose("/<int:order_id>/pickup", methods=("POST",))
    def create_pickup(self, order_id: int) -> Response:
        """Have what is left of an order, or some of it, ready to be fetched, and tell the customer."""
        return self._act(
            order_id,
            "ready",
            lambda actor: orders.make_rest_ready(order_id, _chosen(order_id), actor=actor)[-1],
            _told_later(_("Ready to fetch.")),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/readiness", methods=("POST",))
    def create_readiness(self, order_id: int, parcel_id: int) -> Response:
        """Have a parcel that was begun before ready to be fetched, and tell the customer."""
        return self._act(
            order_id,
            "ready",
            lambda actor: orders.make_ready(order_id, parcel_id, actor=actor),
            _told_later(_("Ready to fetch.")),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/handover", methods=("POST",))
    def create_handover(self, order_id: int, parcel_id: int) -> Response:
        """Note that the customer has fetched a parcel."""
        return self._act(
            order_id,
            "hand_over",
            lambda actor: orders.hand_over(order_id, parcel_id, actor=actor),
            _("Fetched. The parcel is closed."),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/shipment", methods=("POST",))
    def create_parcel_shipment(self, order_id: int, parcel_id: int) -> Response:
        """Ship a parcel that was begun before, and tell the customer."""
        form = ShipmentForm.from_request()
        return self._send(
            order_id,
            form,
            f"shipment_{parcel_id}",
            lambda: orders.ship_parcel(
                order_id,
                parcel_id,
                carrier=form.carrier.data or "",
                tracking_number=form.tracking_number.data or "",
                actor=the_staff().actor,
            ),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/undoing", methods=("POST",))
    def create_undoing(self, order_id: int, parcel_id: int) -> Response:
        """Undo that a parcel left, while nobody has been told."""
        return self._act(
            order_id,
            "take_parcel_back",
            lambda actor: orders.take_parcel_back(order_id, parcel_id, actor=actor),
            _("Undone. The parcel waits again, and the customer has not been told."),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/cancellation", methods=("POST",))
    def create_parcel_cancellation(self, order_id: int, parcel_id: int) -> Response:
        """Call off a parcel that has not left."""
        return self._act(
            order_id,
            "cancel_parcel",
            lambda actor: orders.cancel_parcel(order_id, parcel_id, actor=actor),
            _("Called off. What was in it is to be shipped again."),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/delivery", methods=("POST",))
    def create_delivery(self, order_id: int, parcel_id: int) -> Response:
        """Note that a parcel has arrived."""
        return self._act(
            order_id,
            "deliver_parcel",
            lambda actor: orders.deliver_parcel(order_id, parcel_id, actor=actor),
            _("Marked as delivered."),
        )

    @expose("/<int:order_id>/parcels/<int:parcel_id>/tracking", methods=("POST",))
    def create_tracking(self, order_id: int, parcel_id: int) -> Response:
        """Correct who takes a parcel and under which number."""
        form = ShipmentForm.from_request()
        if not form.validate():
            require(Permission.SHIP_ORDERS)
            return order_page(self, queries.get_order(order_id), status=422, **{f"shipment_{parcel_id}": form})
        return self._act(
            order_id,
            "edit_tracking",
            lambda actor: orders.write_tracking(
                order_id,
                parcel_id,
                carrier=form.carrier.data or "",
                tracking_number=form.tracking_number.data or "",
                actor=actor,
            ),
            _("Corrected."),
        )

    def _slip(self, order: Order, parcel: Fulfilment | None) -> Response:
        shop = current_shop()
        slip = paper.packing_slip_pdf(order, shop_name=shop.name, time_zone=shop.time_zone, parcel=parcel)
        response = make_response(slip)
        response.content_type = "application/pdf"
        name = f"{order.id}-{parcel.id}" if parcel is not None else order.id
        response.headers["Content-Disposition"] = f'inline; filename="packing-slip-{name}.pdf"'
        return response

    def _send(self, order_id: int, form: ShipmentForm, name: str, ship: Callable[[], Fulfilment]) -> Response:
        require(Permission.SHIP_ORDERS)
        if not form.validate():
            return order_page(self, queries.get_order(order_id), status=422, **{name: form})
        try:
            with transaction():
                before = orders.lock_order(order_id).fulfilment_status
                parcel = ship()
                record(
                    "ship",
                    "order",
                    order_id,
                    before={"fulfilment_status": before},
                    after={
                        "fulfilment_status": orders.lock_order(order_id).fulfilment_status,
                        "parcel": parcel.id,
                        "carrier": parcel.carrier,
                        "tracking_number": ", ".join(parcel.tracking_numbers),
                    },
                )
                until = orders.undo_until(parcel)
        except (Conflict, Invalid) as error:
            at = error.facts.get("field")
            if at in ("carrier", "tracking_number"):
                form[at].errors = [error.message]
            return order_page(
                self, queries.get_order(order_id), status=error.status, problem=error.message, **{name: form}
            )
        if queries.get_order(order_id).kind == "none":
            return done(_told_later(_("Done.")), url_for("orders_desk.show", order_id=order_id))
        message = (
            _("Shipped. The customer will be told in a few minutes; until then you can undo it.")
            if until is not None
            else _("Shipped. The customer will be told by mail.")
        )
        return done(message, url_for("orders_desk.show", order_id=order_id))

    def _act(self, order_id: int, action: str, act: Callable[[str], Fulfilment], message: str) -> Response:
        require(Permission.SHIP_ORDERS)
        try:
            with transaction():
                parcel = act(the_staff().actor)
                record(action, "order", order_id, after={"parcel": parcel.id, "status": parcel.status})
        except (Conflict, Invalid) as error:
            return order_page(self, queries.get_order(order_id), status=error.status, problem=error.message)
        return done(message, url_for("orders_desk.show", order_id=order_id, _anchor="parcels-title"))


def _told_later(said: str) -> str:
    if orders.mail_waits():
        return said + " " + _("The customer is told in a few minutes; until then you can call it off.")
    return said + " " + _("The customer is told by mail.")


def _chosen(order_id: int) -> dict[int, int] | None:
    return read_quantities(request.form, [line.id for line in queries.get_order(order_id).lines])


def _parcel_of(order: Order, parcel_id: int) -> Fulfilment:
    parcel = next((one for one in order.fulfilments if one.id == parcel_id), None)
    if parcel is None:
        raise NotFound(_("This parcel is not here any more."))
    return parcel
