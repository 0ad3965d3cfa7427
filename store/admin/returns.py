"""Returns, exchanges and claims: what waits for a decision, what is under way, what is to be settled."""

from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, record_once, require, the_staff
from store.admin.queries import orders as details
from store.core import ids
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.orders import services as orders
from store.orders.queries import get_order
from store.returns import queries, services, states, words
from store.returns.forms import AnswerForm, RulesForm, SettleForm, read_arrived, read_exclusions
from store.returns.models import Return
from store.staff.roles import Permission
from store.web.numbers import number_in
from store.web.pagination import page_number, paginate

TABS = (
    ("to-decide", lazy_gettext("To decide")),
    ("under-way", lazy_gettext("Under way")),
    ("to-settle", lazy_gettext("To settle")),
    ("closed", lazy_gettext("Closed")),
    ("all", lazy_gettext("All")),
)

# Ways to settle that cost the shop something.
MONEY = ("refund", "exchange", "replacement")


class ReturnsScreen(Screen):
    """What comes back."""

    permission = Permission.VIEW_ORDERS
    icon = "undo"

    @expose("/")
    def index(self) -> Response:
        """Show one tab of the queue."""
        tab = request.args.get("tab") or "to-decide"
        if tab not in dict(TABS):
            tab = "all"
        counts = queries.count_by_tab()
        total = counts[tab] if tab in counts else sum(counts.values())
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, total)
        return self.page(
            "admin/returns/queue.html",
            tabs=TABS,
            tab=tab,
            counts=counts,
            pages=pages,
            rows=queries.list_returns(tab, page=pages.page),
            words=words,
            href_for=lambda page: url_for(".index", tab=tab, page=page if page > 1 else None),
        )

    @expose("/<int:return_id>")
    def show(self, return_id: int) -> Response:
        """Show one return, with what can be done now."""
        return self._show(return_id)

    @expose("/<int:return_id>/approval", methods=("POST",))
    def approve(self, return_id: int) -> Response:
        """Accept it: the shopper is told to send it."""
        require(Permission.NOTE_ORDERS)
        form = AnswerForm.from_request().accept()
        try:
            with transaction():
                services.approve(
                    return_id,
                    actor=the_staff().actor,
                    answer=form.answer.data or "",
                    sends_back=True if form.sends_back.data else None,
                )
                record("approve", "return", return_id, after={"answer": form.answer.data or ""})
        except (Conflict, Invalid) as error:
            return self._show(return_id, status=error.status, problem=error.message)
        return done(_("Approved. The customer is told how to send it."), url_for(".show", return_id=return_id))

    @expose("/<int:return_id>/rejection", methods=("POST",))
    def reject(self, return_id: int) -> Response:
        """Turn it down, with a sentence that the customer reads."""
        require(Permission.NOTE_ORDERS)
        form = AnswerForm.from_request().accept()
        try:
            with transaction():
                services.reject(return_id, actor=the_staff().actor, answer=form.answer.data or "")
                record("reject", "return", return_id, after={"answer": form.answer.data or ""})
        except (Conflict, Invalid) as error:
            return self._show(return_id, status=error.status, problem=error.message)
        return done(_("Turned down. The customer reads your sentence."), url_for(".show", return_id=return_id))

    @expose("/<int:return_id>/arrival", methods=("POST",))
    def receive(self, return_id: int) -> Response:
        """Note what has arrived, and in which condition: what can be sold goes on the shelf."""
        require(Permission.SHIP_ORDERS)
        one = _find(return_id)
        arrived = read_arrived(request.form, [line.id for line in one.lines])
        try:
            with transaction():
                services.receive(return_id, arrived, actor=the_staff().actor, seen=number_in(request.form, "seen"))
                record(
                    "receive",
                    "return",
                    return_id,
                    after={
                        str(item.line_id): {"received": item.received, "sellable": item.sellable} for item in arrived
                    },
                )
        except (Conflict, Invalid) as error:
            return self._show(return_id, status=error.status, problem=error.message)
        return done(_("Noted. What can be sold is back on the shelf."), url_for(".show", return_id=return_id))

    @expose("/<int:return_id>/settlement", methods=("POST",))
    def settle(self, return_id: int) -> Response:
        """End it: with money, with what was wished for instead, with another piece, or with nothing."""
        require(Permission.NOTE_ORDERS)
        form = SettleForm.from_request().accept()
        resolution = form.resolution.data or ""
        if resolution in MONEY:
            require(Permission.REFUND_ORDERS)
        one = _find(return_id)
        answer, actor = form.answer.data or "", the_staff().actor
        try:
            said = self._settle(return_id, resolution, actor=actor, answer=answer, with_delivery=form.delivery.data)
        except (Conflict, Invalid, Unavailable) as error:
            return self._show(return_id, status=error.status, problem=error.message)
        with transaction():
            orders.lock_order(one.order_id)
            record_once(
                "settle",
                "return",
                return_id,
                key=form.request_id.data or "",
                after={"resolution": resolution, "answer": answer},
            )
        return done(said, url_for(".show", return_id=return_id))

    @expose("/rules")
    def show_rules(self) -> Response:
        """Show what the shop takes back."""
        require(Permission.VIEW_SETTINGS)
        kept = queries.rules()
        form = RulesForm(formdata=None, obj=kept)
        form.exclusions.data = "\n".join(f"{tag}: {reason}" for tag, reason in sorted(kept.exclusions.items()))
        return self.page("admin/returns/rules.html", form=form)

    @expose("/rules", methods=("POST",))
    def save_rules(self) -> Response:
        """Keep the rules; what was asked for before keeps what it was told."""
        require(Permission.EDIT_SETTINGS)
        form = RulesForm.from_request()
        if not form.validate():
            return self.page("admin/returns/rules.html", 422, form=form)
        values: dict[str, Any] = {field.name: field.data for field in form if field.name != "exclusions"}
        exclusions = read_exclusions(form.exclusions.data or "")
        with transaction():
            services.save_rules(
                **values | {"address": values["address"] or "", "instructions": values["instructions"] or ""},
                exclusions=exclusions,
            )
            record("edit", "return_rules", 1, after={**values, "exclusions": exclusions})
        return done(_("Kept. It holds for what is asked for from now on."), url_for(".show_rules"))

    @staticmethod
    def _settle(return_id: int, resolution: str, *, actor: str, answer: str, with_delivery: bool) -> str:
        if resolution == "refund":
            refund = services.refund(return_id, actor=actor, answer=answer, with_delivery=with_delivery)
            if refund is None:
                return _("Nothing had been paid for it, so it is only taken off what is owed.")
            if refund.status == "succeeded":
                return _("The money has gone back. The customer is told.")
            return _("The money is on its way back. The customer is told.")
        if resolution == "exchange":
            change = services.exchange(return_id, actor=actor, answer=answer)
            if change.settlement == "charge":
                return _("Exchanged. The customer is asked to pay the difference; then it can leave.")
            return _("Exchanged. What comes instead waits among the orders to ship.")
        if resolution == "replacement":
            services.replace(return_id, actor=actor, answer=answer)
            return _("It joins the order free of charge and waits among the orders to ship.")
        if resolution == "nothing":
            with transaction():
                services.close(return_id, actor=actor, answer=answer)
            return _("Closed. The customer reads your sentence.")
        raise Invalid(_("Please choose what happens."), field="resolution")

    def _show(self, return_id: int, *, status: int = 200, problem: str = "") -> Response:
        one = _find(return_id)
        order = get_order(one.order_id)
        return self.page(
            "admin/returns/return.html",
            status,
            one=one,
            order=order,
            bought={line.id: line for line in order.lines},
            words=words,
            problem=problem,
            answer=AnswerForm(formdata=None),
            settle=SettleForm(formdata=None, request_id=ids.token()),
            ways=services.ways_to_settle(one),
            back_minor=services.worth(one),
            can={move: states.allows(one.status, move) for move in ("approve", "reject", "receive", "resolve")},
            names=details.staff_names(),
        )


def _find(return_id: int) -> Return:
    one = queries.find_return(return_id)
    if one is None:
        raise NotFound(_("This return is not here."))
    return one
