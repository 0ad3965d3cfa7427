"""Cancelling an order: what was paid goes back, what is held is freed."""

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record_once, require, the_staff
from store.admin.order_forms import CancellationForm
from store.admin.order_page import can_cancel
from store.admin.queries.orders import left_to_refund
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Unavailable
from store.core.i18n import gettext as _
from store.core.money import Money
from store.orders import queries
from store.orders import services as orders
from store.payments import services as payments
from store.payments.errors import RefundFailed, Unsettled
from store.staff.roles import Permission


class OrderCancellationsScreen(OrderScreen):
    """Cancelling asks first."""

    @expose("/<int:order_id>/cancellation")
    def show_cancellation(self, order_id: int) -> Response:
        """Say exactly what cancelling will do, before it is done."""
        require(Permission.CANCEL_ORDERS)
        return self._confirm_cancellation(order_id, CancellationForm(formdata=None, request_id=ids.token()))

    @expose("/<int:order_id>/cancellation", methods=("POST",))
    def create_cancellation(self, order_id: int) -> Response:
        """Cancel: what was paid goes back in full, what is held is freed."""
        require(Permission.CANCEL_ORDERS)
        form = CancellationForm.from_request()
        if not form.validate():
            return self._confirm_cancellation(order_id, form, status=422)
        if left_to_refund(order_id):
            require(Permission.REFUND_ORDERS)
        before = queries.get_order(order_id).status
        try:
            payments.cancel_order(
                order_id,
                request_id=form.request_id.data,
                actor=the_staff().actor,
                reason=form.reason.data or "",
                restock=True,
            )
        except Unsettled as error:
            # It goes on without us, so it counts as done by whoever asked for it.
            self._note_cancellation(order_id, form, before, "on its way")
            return done(error.message, url_for("orders_desk.show", order_id=order_id), "warn")
        except RefundFailed as error:
            again = CancellationForm(formdata=None, request_id=ids.token(), reason=form.reason.data)
            return self._confirm_cancellation(order_id, again, status=error.status, problem=error.message)
        except (Conflict, Unavailable) as error:
            return self._confirm_cancellation(order_id, form, status=error.status, problem=error.message)
        self._note_cancellation(order_id, form, before, "cancelled")
        return done(_("Cancelled. The customer will be told by mail."), url_for("orders_desk.show", order_id=order_id))

    def _note_cancellation(self, order_id: int, form: CancellationForm, before: str, after: str) -> None:
        with transaction():
            orders.lock_order(order_id)
            record_once(
                "cancel",
                "order",
                order_id,
                key=form.request_id.data,
                before={"status": before},
                after={"status": after, "reason": form.reason.data},
            )

    def _confirm_cancellation(
        self, order_id: int, form: CancellationForm, *, status: int = 200, problem: str = ""
    ) -> Response:
        order = queries.get_order(order_id)
        return self.page(
            "admin/orders/cancellation.html",
            status,
            order=order,
            form=form,
            problem=problem,
            refund=Money(left_to_refund(order_id), order.currency),
            can_cancel=can_cancel(order),
        )
