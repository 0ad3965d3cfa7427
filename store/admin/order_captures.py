"""Taking promised money by hand, all of it or a part."""

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record_once, require, the_staff
from store.admin.order_forms import CaptureForm
from store.admin.product_forms import read_price
from store.admin.queries.orders import list_payments
from store.admin.words import decimal
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, Unavailable
from store.core.i18n import gettext as _
from store.orders import queries
from store.orders import services as orders
from store.orders.models import Order
from store.payments import services as payments
from store.payments.models import Payment
from store.payments.services import statuses
from store.staff.roles import Permission
from store.web.filters import money


class OrderCapturesScreen(OrderScreen):
    """Captures."""

    @expose("/<int:order_id>/capture")
    def show(self, order_id: int) -> Response:
        """Say what was promised and taken, and ask how much is to be taken now."""
        require(Permission.REFUND_ORDERS)
        order = queries.get_order(order_id)
        promised, left, due = _facts(order)
        amount = decimal(min(left, max(due, 0)), order.currency) if promised else ""
        return self._page(order, CaptureForm(formdata=None, request_id=ids.token(), amount=amount))

    @expose("/<int:order_id>/capture", methods=("POST",))
    def create_capture(self, order_id: int) -> Response:
        """Take it. The form's own request id makes a second click the same capture."""
        require(Permission.REFUND_ORDERS)
        form = CaptureForm.from_request()
        order = queries.get_order(order_id)
        if not form.validate():
            return self._page(order, form, status=422)
        try:
            amount = read_price(form.amount.data or "", order.currency) or 0
        except Invalid as error:
            form.amount.errors = [error.message]
            return self._page(order, form, status=422)
        try:
            made = payments.capture(
                order_id,
                amount_minor=amount,
                request_id=form.request_id.data,
                actor=the_staff().actor,
                final=form.final.data,
            )
        except (Conflict, Invalid, Unavailable) as error:
            return self._page(order, form, status=error.status, problem=error.message)
        with transaction():
            orders.lock_order(order_id)
            record_once(
                "capture",
                "order",
                order_id,
                key=form.request_id.data,
                after={"capture_id": made.id, "amount_minor": made.amount_minor, "status": made.status},
            )
        back = url_for("orders_desk.show", order_id=order_id, _anchor="money-title")
        if made.status == "failed":
            return done(_("The payment provider refused: %(why)s No money has moved.", why=made.failure), back, "bad")
        taken = money(made.amount_minor, order.currency)
        if made.status == "succeeded":
            return done(_("%(amount)s taken.", amount=taken), back)
        return done(_("%(amount)s are being taken. The provider has not confirmed it yet.", amount=taken), back, "warn")

    def _page(self, order: Order, form: CaptureForm, *, status: int = 200, problem: str = "") -> Response:
        promised, left, due = _facts(order)
        return self.page(
            "admin/orders/capture.html",
            status,
            order=order,
            form=form,
            problem=problem,
            promised=promised,
            left_minor=left,
            due_minor=max(due, 0),
        )


def promise_of(payments_made: list[Payment]) -> Payment | None:
    """Return the payment whose money is promised and not all taken."""
    return next((one for one in payments_made if one.status == "authorized"), None)


def _facts(order: Order) -> tuple[Payment | None, int, int]:
    made = list(list_payments(order.id))
    promised = promise_of(made)
    left = promised.authorized_minor - promised.captured_minor if promised else 0
    return promised, left, statuses.due(order, made)
