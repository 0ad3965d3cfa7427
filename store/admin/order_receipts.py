"""An order's money by hand: what came on the bank statement or at the door, and what staff paid out themselves."""

from datetime import date

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record, record_once, require, the_staff
from store.admin.order_forms import DifferenceForm, ReceiptForm
from store.admin.product_forms import read_price
from store.admin.queries.by_hand import get_by_hand
from store.core import ids
from store.core.clock import now
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound, Unavailable
from store.core.i18n import gettext as _
from store.orders import queries
from store.orders.models import Order
from store.payments import services as payments
from store.payments.models import Refund
from store.payments.offline.models import BANK_TRANSFER, CODES
from store.payments.queries import list_open_payments
from store.staff.roles import Permission
from store.web.filters import money


class OrderReceiptsScreen(OrderScreen):
    """Noting money asks for what the books need."""

    @expose("/<int:order_id>/receipt")
    def show(self, order_id: int) -> Response:
        """Ask how much has come."""
        require(Permission.REFUND_ORDERS)
        order = queries.get_order(order_id)
        facts = get_by_hand(order)
        amount = str(facts.due.decimal()) if facts.due.minor > 0 else ""
        today = now().date().isoformat()
        form = ReceiptForm(
            formdata=None, amount=amount, received_on=today, request_id=ids.token(), way=facts.way or BANK_TRANSFER
        )
        return self._ask(order, form)

    @expose("/<int:order_id>/receipt", methods=("POST",))
    def create(self, order_id: int) -> Response:
        """Note it. A payment that is open at a provider is called off first, so that nothing is paid twice."""
        require(Permission.REFUND_ORDERS)
        order = queries.get_order(order_id)
        form = ReceiptForm.from_request()
        if not form.validate():
            return self._ask(order, form, status=422)
        try:
            amount = read_price(form.amount.data, order.currency)
            for payment in list_open_payments(order_id):
                if not payment.offline:
                    payments.void_payment(payment.id)
            payments.receive(
                order_id,
                amount_minor=amount or 0,
                request_id=form.request_id.data,
                actor=the_staff().actor,
                provider=form.way.data if form.way.data in CODES else BANK_TRANSFER,
                reference=form.reference.data or "",
                received_on=date.fromisoformat(form.received_on.data),
            )
        except Invalid as error:
            form.amount.errors = [*form.amount.errors, error.message]
            return self._ask(order, form, status=422)
        except (Conflict, Unavailable) as error:
            return self._ask(order, form, status=error.status, problem=error.message)
        with transaction():
            record_once(
                "receive",
                "order",
                order_id,
                key=form.request_id.data,
                after={"amount_minor": amount, "currency": order.currency, "reference": form.reference.data or ""},
            )
        return done(
            _("%(amount)s noted.", amount=money(amount or 0, order.currency)),
            url_for("orders_desk.show", order_id=order_id, _anchor="by-hand"),
        )

    @expose("/<int:order_id>/payouts/<int:refund_id>", methods=("POST",))
    def confirm_payout(self, order_id: int, refund_id: int) -> Response:
        """Say that a refund has been paid out by hand; from then on it counts, and the customer is told."""
        require(Permission.REFUND_ORDERS)
        facts = get_by_hand(queries.get_order(order_id))
        if all(one.refund_id != refund_id for one in facts.payouts):
            raise NotFound(_("This refund is settled already, or belongs to another order."))
        made: Refund = payments.confirm_refund(refund_id)
        with transaction():
            record("pay_out", "order", order_id, after={"refund_id": made.id, "amount_minor": made.amount_minor})
        return done(
            _("%(amount)s marked as paid out.", amount=money(made.amount_minor, made.currency)),
            url_for("orders_desk.show", order_id=order_id, _anchor="by-hand"),
        )

    @expose("/<int:order_id>/difference", methods=("POST",))
    def give_back_difference(self, order_id: int) -> Response:
        """Give back what came above what is owed; by hand it is then to be paid out."""
        require(Permission.REFUND_ORDERS)
        form = DifferenceForm.from_request().accept()
        order = queries.get_order(order_id)
        made = payments.settle_difference(
            order_id,
            request_id=form.request_id.data,
            actor=the_staff().actor,
            reason=_("More came than was owed."),
        )
        amount = sum(one.amount_minor for one in made)
        with transaction():
            record("give_back", "order", order_id, after={"amount_minor": amount, "currency": order.currency})
        return done(
            _("%(amount)s are to go back.", amount=money(amount, order.currency)),
            url_for("orders_desk.show", order_id=order_id, _anchor="by-hand"),
        )

    def _ask(self, order: Order, form: ReceiptForm, *, status: int = 200, problem: str = "") -> Response:
        return self.page(
            "admin/orders/receipt.html", status, order=order, form=form, problem=problem, by_hand=get_by_hand(order)
        )
