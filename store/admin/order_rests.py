"""Calling off what has not left of an order: its money goes back, its stock is free, the delivery stays paid."""

import re

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import HiddenField

from store.admin.base import OrderScreen, done
from store.admin.current import record_once, require, the_staff
from store.admin.order_forms import CancellationForm
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, Unavailable
from store.core.i18n import gettext as _
from store.orders import queries
from store.orders import services as orders
from store.returns import services
from store.staff.roles import Permission
from store.web.filters import money
from store.web.forms import Required


class RestForm(CancellationForm):
    """Why the rest is called off; `expected` is what the page said goes back."""

    expected = HiddenField(validators=[Required()])


class OrderRestsScreen(OrderScreen):
    """Calling the rest off asks first."""

    @expose("/<int:order_id>/rest")
    def show(self, order_id: int) -> Response:
        """Say exactly what will happen, before it does."""
        require(Permission.CANCEL_ORDERS)
        return self._page(order_id, RestForm(formdata=None, request_id=ids.token()))

    @expose("/<int:order_id>/rest", methods=("POST",))
    def create(self, order_id: int) -> Response:
        """Call it off. The form's own request id makes a second click the same."""
        require(Permission.CANCEL_ORDERS)
        require(Permission.REFUND_ORDERS)
        form = RestForm.from_request()
        if not form.validate():
            return self._page(order_id, form, status=422)
        expected = form.expected.data or ""
        try:
            made = services.cancel_rest(
                order_id,
                request_id=form.request_id.data,
                expected_minor=int(expected) if len(expected) < 16 and re.fullmatch("[0-9]+", expected) else -1,
                actor=the_staff().actor,
                reason=form.reason.data or "",
            )
        except (Conflict, Invalid, Unavailable) as error:
            again = RestForm(formdata=None, request_id=ids.token(), reason=form.reason.data)
            return self._page(order_id, again, status=error.status, problem=error.message)
        with transaction():
            orders.lock_order(order_id)
            record_once(
                "cancel_rest",
                "order",
                order_id,
                key=form.request_id.data,
                after={"refunds": [one.id for one in made], "amount_minor": expected, "reason": form.reason.data},
            )
        back = url_for("orders_desk.show", order_id=order_id, _anchor="money-title")
        failed = next((one for one in made if one.status == "failed"), None)
        if failed is not None:
            why = _("It is called off, but the payment provider refused the refund: %(why)s", why=failed.failure)
            return done(why, back, "bad")
        if not made:
            return done(_("Called off. Nothing had been paid for it, so no money goes back."), back)
        amount = money(sum(one.amount_minor for one in made), made[0].currency)
        if all(one.status == "succeeded" for one in made):
            return done(_("Called off. %(amount)s refunded.", amount=amount), back)
        return done(_("Called off. %(amount)s are on their way back.", amount=amount), back)

    def _page(self, order_id: int, form: RestForm, *, status: int = 200, problem: str = "") -> Response:
        order = queries.get_order(order_id)
        rest = services.find_rest(order)
        if rest is not None:
            form.expected.data = str(rest.parts.total_minor)
        return self.page(
            "admin/orders/rest.html",
            status,
            order=order,
            form=form,
            problem=problem,
            rest=rest,
            titles={line.id: line for line in order.lines},
        )
