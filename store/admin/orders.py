"""The order queue, the page of one order, and what staff do there: named actions, each through its service."""

from typing import Any

from flask import make_response, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, record_once, require, the_staff
from store.admin.order_forms import CancellationForm, NoteForm, RefundForm, ShipmentForm
from store.admin.queries import orders as details
from store.admin.words import EVENT
from store.catalog.handles import make_handle
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money
from store.invoicing import paper
from store.media.composing.printing import print_file
from store.media.composing.recipe import recipe_from
from store.notifications import services as notifications
from store.orders import queries
from store.orders import services as orders
from store.orders.models import Order
from store.payments import services as payments
from store.payments.errors import RefundFailed, Unsettled
from store.staff.roles import Permission
from store.web.filters import money
from store.web.markets import current_shop
from store.web.pagination import page_number, paginate

TABS = (
    ("to-ship", lazy_gettext("To ship")),
    ("awaiting-payment", lazy_gettext("Awaiting payment")),
    ("shipped", lazy_gettext("Shipped")),
    ("closed", lazy_gettext("Cancelled & refunded")),
    ("attention", lazy_gettext("Needs attention")),
    ("all", lazy_gettext("All")),
)
_LONGEST_SEARCH = 120


class OrdersScreen(Screen):
    """Orders, by what is to be done with them."""

    permission = Permission.VIEW_ORDERS
    icon = "box"

    @expose("/")
    def index(self) -> Response:
        """Show one tab of the queue; the tab, the search and the page are in the URL."""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        state = request.args.get("state") or ("all" if search else "to-ship")
        if state not in dict(TABS):
            state = "all"
        picked = None if state == "all" else state
        pages = paginate(
            page_number(request.args), queries.PAGE_SIZE, queries.count_orders(state=picked, search=search)
        )
        return self.page(
            "admin/orders/queue.html",
            tabs=TABS,
            counts=queries.count_by_state(),
            state=state,
            search=search,
            pages=pages,
            rows=queries.list_orders(state=picked, search=search, page=pages.page),
            href_for=lambda page: url_for(".index", state=state, q=search or None, page=page if page > 1 else None),
        )

    @expose("/<int:order_id>")
    def show(self, order_id: int) -> Response:
        """Show one order."""
        return self._order_page(queries.get_order(order_id))

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
            return self._order_page(queries.get_order(order_id), status=422, shipment=form)
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
            return self._order_page(
                queries.get_order(order_id), status=error.status, shipment=form, problem=error.message
            )
        return done(_("Shipped. The customer will be told by mail."), url_for(".show", order_id=order_id))

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
        if _left_to_refund(order_id):
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
            return done(error.message, url_for(".show", order_id=order_id), "warn")
        except RefundFailed as error:
            again = CancellationForm(formdata=None, request_id=ids.token(), reason=form.reason.data)
            return self._confirm_cancellation(order_id, again, status=error.status, problem=error.message)
        except (Conflict, Unavailable) as error:
            return self._confirm_cancellation(order_id, form, status=error.status, problem=error.message)
        self._note_cancellation(order_id, form, before, "cancelled")
        return done(_("Cancelled. The customer will be told by mail."), url_for(".show", order_id=order_id))

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
        return done(message, url_for(".show", order_id=order_id))

    @expose("/<int:order_id>/notes", methods=("POST",))
    def create_note(self, order_id: int) -> Response:
        """Keep a remark in the timeline; the customer never sees it."""
        require(Permission.NOTE_ORDERS)
        form = NoteForm.from_request()
        if not form.validate():
            return self._order_page(queries.get_order(order_id), status=422, note=form)
        with transaction():
            orders.lock_order(order_id)
            orders.add_event(order_id, "note", actor=the_staff().actor, text=form.text.data)
            record("note", "order", order_id, after={"text": form.text.data})
        return done(_("Note kept."), url_for(".show", order_id=order_id, _anchor="timeline"))

    @expose("/<int:order_id>/mails/<int:message_id>/attempts", methods=("POST",))
    def create_mail_attempt(self, order_id: int, message_id: int) -> Response:
        """Send a mail that failed once more."""
        require(Permission.NOTE_ORDERS)
        mail = next((one for one in details.list_messages(order_id) if one.id == message_id), None)
        if mail is None:
            raise NotFound(_("This mail is not here any more."))
        with transaction():
            if mail.status == "failed":
                notifications.send_again(message_id)
                record("resend", "order", order_id, after={"message_id": message_id, "kind": mail.kind})
        return done(_("It is sent again within a few seconds."), url_for(".show", order_id=order_id))

    @expose("/<int:order_id>/settlement", methods=("POST",))
    def create_settlement(self, order_id: int) -> Response:
        """Say that what called for attention has been dealt with."""
        require(Permission.NOTE_ORDERS)
        with transaction():
            order = orders.lock_order(order_id)
            record("settle", "order", order_id, before={"attention": order.attention}, after={"attention": ""})
            orders.unflag(order_id, actor=the_staff().actor)
        return done(_("Marked as dealt with."), url_for(".show", order_id=order_id))

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

    def _order_page(self, order: Order, *, status: int = 200, problem: str = "", **forms: Any) -> Response:
        """Answer with the order's page, with a form as it was sent when that was refused."""
        attempts = details.list_payments(order.id)
        captured, refunded = _sums(attempts)
        return self.page(
            "admin/orders/order.html",
            status,
            order=order,
            payments=attempts,
            captured_minor=captured,
            refunded_minor=refunded,
            refunds=details.list_refunds(order.id),
            mails=details.list_messages(order.id),
            names=details.staff_names(),
            event_words=EVENT,
            shipment=forms.get("shipment") or ShipmentForm(formdata=None, carrier=details.last_carrier()),
            note=forms.get("note") or NoteForm(formdata=None),
            problem=problem,
            can_ship=(order.status, order.payment_status, order.fulfilment_status) == ("placed", "paid", "unfulfilled"),
            can_cancel=_can_cancel(order),
            can_refund=captured > refunded,
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
            refund=Money(_left_to_refund(order_id), order.currency),
            can_cancel=_can_cancel(order),
        )

    def _confirm_refund(self, order_id: int, form: RefundForm, *, status: int = 200, problem: str = "") -> Response:
        order = queries.get_order(order_id)
        return self.page(
            "admin/orders/refund.html",
            status,
            order=order,
            form=form,
            problem=problem,
            refund=Money(_left_to_refund(order_id), order.currency),
        )


def _can_cancel(order: Order) -> bool:
    return order.status in ("pending", "placed") and order.fulfilment_status == "unfulfilled"


def _sums(attempts: Any) -> tuple[int, int]:
    return sum(one.captured_minor for one in attempts), sum(one.refunded_minor for one in attempts)


def _left_to_refund(order_id: int) -> int:
    captured, refunded = _sums(details.list_payments(order_id))
    return captured - refunded
