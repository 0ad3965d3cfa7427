"""Giving an order's money back."""

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record_once, require, the_staff
from store.admin.order_forms import RefundForm
from store.admin.queries.orders import left_to_refund
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Unavailable
from store.core.i18n import gettext as _
from store.core.money import Money
from store.orders import queries
from store.orders import services as orders
from store.payments import services as payments
from store.staff.roles import Permission
from store.web.filters import money


class OrderRefundsScreen(OrderScreen):
    """Refunding asks first."""

    @expose("/<int:order_id>/refund")
    def show_refund(self, order_id: int) -> Response:
        """Say how much will go back, before it does."""
        require(Permission.REFUND_ORDERS)
        return self._confirm_refund(order_id, RefundForm(formdata=None, request_id=ids.token(), restock=True))

    @expose("/<int:order_id>/refund", methods=("POST",))
    def create_refund(self, order_id: int) -> Response:
        """Give all money back. The form's own request id makes a second click the same refund."""
        require(Permission.REFUND_ORDERS)
        form = RefundForm.from_request()
        if not form.validate():
            return self._confirm_refund(order_id, form, status=422)
        try:
            refund = payments.refund_in_full(
                order_id,
                request_id=form.request_id.data,
                actor=the_staff().actor,
                reason=form.reason.data or "",
                restock=form.restock.data,
            )
        except (Conflict, Unavailable) as error:
            return self._confirm_refund(order_id, form, status=error.status, problem=error.message)
        with transaction():
            orders.lock_order(order_id)
            record_once(
                "refund",
                "order",
                order_id,
                key=form.request_id.data,
                after={
                    "refund_id": refund.id,
                    "amount_minor": refund.amount_minor,
                    "currency": refund.currency,
                    "status": refund.status,
                    "restock": form.restock.data,
                    "reason": form.reason.data,
                },
            )
        if refund.status == "failed":
            again = RefundForm(
                formdata=None, request_id=ids.token(), reason=form.reason.data, restock=form.restock.data
            )
            problem = _("The payment provider refused the refund: %(why)s No money has moved.", why=refund.failure)
            return self._confirm_refund(order_id, again, status=409, problem=problem)
        amount = money(refund.amount_minor, refund.currency)
        message = (
            _("%(amount)s refunded.", amount=amount)
            if refund.status == "succeeded"
            else _("%(amount)s are on their way back.", amount=amount)
        )
        return done(message, url_for("orders_desk.show", order_id=order_id))

    def _confirm_refund(self, order_id: int, form: RefundForm, *, status: int = 200, problem: str = "") -> Response:
        order = queries.get_order(order_id)
        return self.page(
            "admin/orders/refund.html",
            status,
            order=order,
            form=form,
            problem=problem,
            refund=Money(left_to_refund(order_id), order.currency),
        )
