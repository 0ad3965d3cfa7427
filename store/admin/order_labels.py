"""Labels of an order's parcels: what carriers ask, and buying one."""

from collections.abc import Mapping, Sequence

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record, require, the_staff
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound, StoreError, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.orders import queries
from store.orders.models import Fulfilment, Order
from store.shipping import labels
from store.shipping.carriers import configured_carriers
from store.shipping.carriers.base import Rate
from store.shipping.models import ShippingLabel
from store.shipping.queries import get_terms
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField


class ParcelForm(Form):
    """How large and heavy a parcel is, and what is bought for it."""

    grams = IntegerField(lazy_gettext("Weight with the box, g"), [Required()], minimum=1, maximum=10**6)
    length_mm = IntegerField(lazy_gettext("Length, mm"), [Required()], minimum=1, maximum=10_000)
    width_mm = IntegerField(lazy_gettext("Width, mm"), [Required()], minimum=1, maximum=10_000)
    height_mm = IntegerField(lazy_gettext("Height, mm"), [Required()], minimum=1, maximum=10_000)


class LabelForm(Form):
    """Which offer is bought; `request_id` makes it happen once, however often the form is sent."""

    carrier = StringField(longest=40)
    rate = StringField(longest=100)
    request_id = StringField(longest=64)


def labels_of(order_id: int) -> Mapping[int, ShippingLabel] | None:
    """Return the newest label of each parcel by the parcel's id; `None` when no carrier sells any here."""
    found = {label.fulfilment_id: label for label in reversed(labels.list_labels(order_id))}
    return found if found or configured_carriers() else None


class OrderLabelsScreen(OrderScreen):
    """Buying a label for a parcel that waits."""

    @expose("/<int:order_id>/parcels/<int:parcel_id>/label")
    def show(self, order_id: int, parcel_id: int) -> Response:
        """Ask for the parcel, and once it is described, show what each carrier wants for it."""
        require(Permission.SHIP_ORDERS)
        order = queries.get_order(order_id)
        parcel = _parcel_of(order, parcel_id)
        if "grams" not in request.args:
            length, width, height = get_terms().box_mm
            data = {"grams": order.delivery.get("grams") or None}
            form = ParcelForm(formdata=None, data={**data, **_box(length, width, height)})
            return self._show(order, parcel, form, [])
        form = ParcelForm.from_request()
        if not form.validate():
            return self._show(order, parcel, form, [], status=422)
        return self._show(order, parcel, form, *_offers(order, form))

    @expose("/<int:order_id>/parcels/<int:parcel_id>/label", methods=("POST",))
    def create(self, order_id: int, parcel_id: int) -> Response:
        """Buy the label that was chosen."""
        require(Permission.SHIP_ORDERS)
        order = queries.get_order(order_id)
        parcel = _parcel_of(order, parcel_id)
        form = LabelForm.from_request()
        if not form.validate() or not form.rate.data or len(form.request_id.data or "") < 20:
            raise Invalid(_("This form is not complete. Please open it again."))
        status = labels.buy(
            order_id,
            parcel.id,
            carrier_code=form.carrier.data or "",
            rate_id=form.rate.data,
            request_id=form.request_id.data or "",
            actor=the_staff().actor,
        )
        with transaction():
            record("buy_label", "order", order_id, after={"parcel": parcel.id, "status": status})
        back = url_for("orders_desk.show", order_id=order_id)
        if status == "bought":
            return done(_("The label is bought. Print it, and ship the parcel when it leaves."), back)
        if status == "asked":
            return done(
                _("The carrier has not answered yet. The label appears here as soon as it is made."), back, "warn"
            )
        return done(_("The carrier refused. Its reason stands beside the parcel."), back, "bad")

    def _show(
        self,
        order: Order,
        parcel: Fulfilment,
        form: ParcelForm,
        offers: Sequence[tuple[str, Rate]],
        problem: str = "",
        *,
        status: int = 200,
    ) -> Response:
        return self.page(
            "admin/orders/label.html",
            status,
            order=order,
            parcel=parcel,
            form=form,
            offers=offers,
            problem=problem,
            request_id=ids.token(),
        )


def _parcel_of(order: Order, parcel_id: int) -> Fulfilment:
    found = next((one for one in order.fulfilments if one.id == parcel_id), None)
    if found is None:
        raise NotFound(_("This parcel is not here any more."))
    if found.status not in ("pending", "packed"):
        raise Conflict(_("This parcel has left already, or was called off."))
    return found


def _offers(order: Order, form: ParcelForm) -> tuple[list[tuple[str, Rate]], str]:
    """Return what carriers want for a parcel, each with the carrier's code, and what went wrong, if anything did."""
    box = (form.length_mm.data or 1, form.width_mm.data or 1, form.height_mm.data or 1)
    offers: list[tuple[str, Rate]] = []
    problem = ""
    # What has been read until now must not stay open while somebody outside is asked.
    with transaction():
        pass
    for carrier in configured_carriers():
        try:
            found = labels.list_rates(order, carrier.code, grams=form.grams.data or 1, box_mm=box)
            offers += [(carrier.code, rate) for rate in found]
        except (Conflict, Invalid, Unavailable) as error:
            problem = _sentence(error)
    return offers, problem or ("" if offers else _("No carrier takes this parcel."))


def _sentence(error: StoreError) -> str:
    return str(error.message)


def _box(length: int, width: int, height: int) -> dict[str, int]:
    return {"length_mm": length, "width_mm": width, "height_mm": height}
