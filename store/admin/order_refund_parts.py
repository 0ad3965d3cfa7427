"""Giving back a part of an order's money: units of its lines, its delivery, goodwill; each with what it comes to."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record_once, require, the_staff
from store.admin.order_forms import PartialRefundForm
from store.admin.product_forms import read_price
from store.admin.quantities import read_quantities
from store.admin.queries.refund_parts import Chosen, has_restocked, list_left, reckon
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, Unavailable
from store.core.i18n import gettext as _
from store.orders import queries
from store.orders import services as orders
from store.orders.models import Order
from store.payments import services as payments
from store.payments.models import Refund
from store.staff.roles import Permission
from store.web.filters import money
from store.web.numbers import number_in


class OrderRefundPartsScreen(OrderScreen):
    """Refunds by line."""

    @expose("/<int:order_id>/refund/parts")
    def show(self, order_id: int) -> Response:
        """Show what can go back, and what the choice in the address comes to."""
        require(Permission.REFUND_ORDERS)
        form = PartialRefundForm(formdata=None, request_id=ids.token(), reason=request.args.get("reason", "")[:200])
        return self._page(queries.get_order(order_id), form, request.args)

    @expose("/<int:order_id>/refund/parts/reckoning", methods=("POST",))
    def create_reckoning(self, order_id: int) -> Response:
        """Say what a choice comes to; nothing goes back."""
        require(Permission.REFUND_ORDERS)
        page = self._page(queries.get_order(order_id), PartialRefundForm.from_request(), request.form)
        # Nothing was asked to be done, so nothing has failed: the sentence on the page says what can't be.
        page.status_code = 200
        return page

    @expose("/<int:order_id>/refund/parts", methods=("POST",))
    def create_refund(self, order_id: int) -> Response:
        """Give back what was chosen, if it still comes to what the page said."""
        require(Permission.REFUND_ORDERS)
        form = PartialRefundForm.from_request()
        order = queries.get_order(order_id)
        if not form.validate():
            return self._page(order, form, request.form, status=422)
        reckoned: list[payments.RefundParts] = []

        def as_shown() -> payments.RefundParts:
            """Reckon again under the locks: a colleague may have given some of it back since the page was made."""
            _split, parts = reckon(queries.get_order(order_id), _chosen(order, request.form))
            if str(parts.total_minor) != request.form.get("expected", ""):
                raise Conflict(_("Please check what this comes to."))
            reckoned[:] = [parts]
            return parts

        try:
            made = payments.refund(
                order_id,
                request_id=form.request_id.data,
                actor=the_staff().actor,
                reason=form.reason.data or "",
                parts=as_shown,
            )
        except (Conflict, Invalid, Unavailable) as error:
            order = queries.get_order(order_id)
            return self._page(order, form, request.form, status=error.status, problem=error.message)
        # Nothing was reckoned where the form was sent before, such as by a double click.
        total = reckoned[0].total_minor if reckoned else sum(one.credit_minor for one in made)
        self._note(order_id, form, total, reckoned, [one.id for one in made])
        return self._told(order, total or number_in(request.form, "expected"), made)

    def _told(self, order: Order, total: int, made: Sequence[Refund]) -> Response:
        back = url_for("orders_desk.show", order_id=order.id, _anchor="money-title")
        failed = next((one for one in made if one.status == "failed"), None)
        if failed is not None:
            why = _("The payment provider refused the refund: %(why)s No money has moved.", why=failed.failure)
            if has_restocked([one.id for one in made]):
                why = f"{why} {_('What was to be back on the shelf is there, and stays there when you try again.')}"
            return done(why, back, "bad")
        going = sum(one.amount_minor for one in made)
        amount = money(going, order.currency)
        if not going:
            credit = money(total, order.currency)
            return done(_("%(amount)s credited. Nothing had been paid of it.", amount=credit), back)
        if all(one.status == "succeeded" for one in made):
            return done(_("%(amount)s refunded.", amount=amount), back)
        return done(_("%(amount)s are on their way back.", amount=amount), back)

    def _note(
        self,
        order_id: int,
        form: PartialRefundForm,
        total: int,
        reckoned: Sequence[payments.RefundParts],
        refund_ids: list[int],
    ) -> None:
        after: dict[str, Any] = {"refunds": refund_ids, "amount_minor": total, "reason": form.reason.data}
        for parts in reckoned:
            after["lines"] = [[one.order_line_id, one.quantity, one.amount_minor, one.restock] for one in parts.lines]
            after["shipping_minor"], after["goodwill_minor"] = parts.shipping_minor, parts.goodwill_minor
        with transaction():
            orders.lock_order(order_id)
            record_once("refund", "order", order_id, key=form.request_id.data, after=after)

    def _page(
        self,
        order: Order,
        form: PartialRefundForm,
        sent: Mapping[str, str],
        *,
        status: int = 200,
        problem: str = "",
    ) -> Response:
        lines, shipping_left = list_left(order)
        split, parts = None, None
        try:
            chosen = _chosen(order, sent)
            if chosen != Chosen(restock=chosen.restock):
                split, parts = reckon(order, chosen)
        except (Conflict, Invalid) as error:
            status, problem = max(status, error.status), problem or error.message
        return self.page(
            "admin/orders/refund_parts.html",
            status,
            order=order,
            form=form,
            sent=sent,
            lines=lines,
            shipping_left=shipping_left,
            split=split,
            amounts={one.key: one.amount_minor for one in split.lines} if split else {},
            total_minor=parts.total_minor if parts else 0,
            problem=problem,
        )


def _chosen(order: Order, sent: Mapping[str, str]) -> Chosen:
    quantities = read_quantities(sent, [line.id for line in order.lines]) or {}
    return Chosen(
        quantities={line_id: count for line_id, count in quantities.items() if count},
        restock=frozenset(line.id for line in order.lines if f"restock-{line.id}" in sent),
        shipping_minor=read_price(sent.get("shipping", ""), order.currency) or 0,
        goodwill_minor=read_price(sent.get("goodwill", ""), order.currency) or 0,
    )
