"""The order queue and the page of one order, with its notes and mails. Its other parts are screens of their own."""

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require, the_staff
from store.admin.order_forms import NoteForm
from store.admin.order_page import order_page
from store.admin.queries import orders as details
from store.core.db import transaction
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.notifications import services as notifications
from store.orders import queries
from store.orders import services as orders
from store.staff.roles import Permission
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
        return order_page(self, queries.get_order(order_id))

    @expose("/<int:order_id>/notes", methods=("POST",))
    def create_note(self, order_id: int) -> Response:
        """Keep a remark in the timeline; the customer never sees it."""
        require(Permission.NOTE_ORDERS)
        form = NoteForm.from_request()
        if not form.validate():
            return order_page(self, queries.get_order(order_id), status=422, note=form)
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
