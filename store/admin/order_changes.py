"""Changing what was ordered: written down line by line, then made true and its difference settled."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import OrderScreen, done
from store.admin.current import record, require, the_staff
from store.admin.wanted_forms import read_delivery, read_lines, rows_of_change
from store.changes import services
from store.changes.basket import find_pieces
from store.changes.models import OrderChange
from store.changes.queries import get_change, told
from store.changes.wanted import Wanted, wanted_of
from store.core.db import retrying, transaction
from store.core.errors import Invalid, StoreError
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money
from store.orders.models import Order
from store.orders.queries import get_order
from store.staff.roles import Permission
from store.web.forms import Form, Required, StringField, TextAreaField
from store.web.numbers import number_in

_LONGEST_SEARCH = 120


class RequestForm(Form):
    """What the customer is told with a change, and whether they pay what it costs more."""

    message = TextAreaField(lazy_gettext("Words for the customer"), longest=1000)


class ReasonForm(Form):
    """Why a change is taken back, or its difference forgiven."""

    reason = StringField(lazy_gettext("Reason"), longest=200, validators=[Required()])


class OrderChangesScreen(OrderScreen):
    """A change of an order, while it is written and after."""

    @expose("/<int:order_id>/changes", methods=("POST",))
    def create(self, order_id: int) -> Response:
        """Begin to change the order, or go on with what was begun."""
        require(Permission.EDIT_ORDERS)
        get_order(order_id)
        try:
            with transaction():
                change = services.open_change(order_id, actor=the_staff().actor)
        except StoreError as error:
            return done(error.message, url_for("orders_desk.show", order_id=order_id), "bad")
        return done(
            _("Nothing has happened yet: change the order below, then let it be true."),
            url_for(".show", order_id=order_id, change_id=change.id),
        )

    @expose("/<int:order_id>/changes/<int:change_id>")
    def show(self, order_id: int, change_id: int) -> Response:
        """Show a change: to go on writing it, or what it has come to."""
        return self._page(get_order(order_id), get_change(order_id, change_id))

    @expose("/<int:order_id>/changes/<int:change_id>/lines", methods=("POST",))
    def update_lines(self, order_id: int, change_id: int) -> Response:
        """Keep pieces, own prices and their reasons, and reckon."""
        return self._keep(order_id, change_id, lambda wanted, currency: read_lines(request.form, wanted, currency))

    @expose("/<int:order_id>/changes/<int:change_id>/pieces", methods=("POST",))
    def create_piece(self, order_id: int, change_id: int) -> Response:
        """Put one more of a variant in."""
        return self._keep(
            order_id, change_id, lambda wanted, _currency: wanted.with_more(number_in(request.form, "variant_id"))
        )

    @expose("/<int:order_id>/changes/<int:change_id>/delivery", methods=("POST",))
    def update_delivery(self, order_id: int, change_id: int) -> Response:
        """Keep how it is delivered and for how much."""
        return self._keep(order_id, change_id, lambda wanted, currency: read_delivery(request.form, wanted, currency))

    @expose("/<int:order_id>/changes/<int:change_id>/request", methods=("POST",))
    def create_request(self, order_id: int, change_id: int) -> Response:
        """Let it be true: the order changes, and the difference is charged, paid back or waived."""
        require(Permission.EDIT_ORDERS)
        order, change, form = get_order(order_id), get_change(order_id, change_id), RequestForm.from_request()
        if not form.validate():
            return self._page(order, change, status=422, form=form)
        try:
            done_change = services.request(
                order_id,
                change_id,
                version=number_in(request.form, "version"),
                expected_total_minor=number_in(request.form, "total"),
                waive=request.form.get("settle") == "waive",
                message=form.message.data or "",
                actor=the_staff().actor,
            )
        except StoreError as error:
            again = get_change(order_id, change_id)
            return self._page(get_order(order_id), again, status=error.status, problem=error, form=form)
        self._note("change", done_change)
        return done(str(_SAID[done_change.settlement]), url_for("orders_desk.show", order_id=order_id))

    @expose("/<int:order_id>/changes/<int:change_id>/waiver", methods=("POST",))
    def create_waiver(self, order_id: int, change_id: int) -> Response:
        """Forgive what the customer still owes for it."""

        def work(version: int, reason: str) -> OrderChange:
            return services.waive(order_id, change_id, version=version, actor=the_staff().actor, reason=reason)

        return self._end(order_id, change_id, "waive_change", work, _("Forgiven: the change is settled."))

    @expose("/<int:order_id>/changes/<int:change_id>/cancellation", methods=("POST",))
    def create_cancellation(self, order_id: int, change_id: int) -> Response:
        """Let the order be what it was before."""

        def work(version: int, reason: str) -> OrderChange:
            return services.take_back(
                order_id, change_id, move="cancel", version=version, actor=the_staff().actor, reason=reason
            )

        return self._end(order_id, change_id, "take_change_back", work, _("The order is what it was before."))

    @expose("/<int:order_id>/changes/<int:change_id>/dropping", methods=("POST",))
    def drop(self, order_id: int, change_id: int) -> Response:
        """Put away what was only being written."""
        require(Permission.EDIT_ORDERS)
        get_change(order_id, change_id)
        try:
            with transaction():
                services.drop(order_id, change_id, version=number_in(request.form, "version"))
        except StoreError as error:
            return self._page(
                get_order(order_id), get_change(order_id, change_id), status=error.status, problem=error
            )  # fmt: skip
        return done(_("Nothing was changed."), url_for("orders_desk.show", order_id=order_id))

    @expose("/<int:order_id>/copies", methods=("POST",))
    def create_copy(self, order_id: int) -> Response:
        """Begin a draft with what is in this order."""
        require(Permission.EDIT_ORDERS)
        with transaction():
            draft = services.copy_order(order_id, actor=the_staff().actor)
            record("create", "draft", draft.id, after={"copied_from": order_id})
        return done(_("A draft with the same things, at today's prices."), url_for("drafts.show", draft_id=draft.id))

    def _keep(self, order_id: int, change_id: int, read: Callable[[Wanted, str], Wanted]) -> Response:
        require(Permission.EDIT_ORDERS)
        order, change = get_order(order_id), get_change(order_id, change_id)

        def work() -> None:
            wanted = read(Wanted.from_json(change.wanted), order.currency)
            services.save(order_id, change_id, wanted, version=number_in(request.form, "version"))

        try:
            retrying(work)
        except StoreError as error:
            return self._page(
                get_order(order_id), get_change(order_id, change_id), status=error.status, problem=error,
                sent=request.form,
            )  # fmt: skip
        return done(_("Kept and reckoned."), url_for(".show", order_id=order_id, change_id=change_id))

    def _end(
        self, order_id: int, change_id: int, action: str, work: Callable[[int, str], OrderChange], said: str
    ) -> Response:
        require(Permission.EDIT_ORDERS)
        change, form = get_change(order_id, change_id), ReasonForm.from_request()
        if not form.validate():
            return self._page(get_order(order_id), change, status=422, reason=form)
        try:
            ended = work(number_in(request.form, "version"), form.reason.data or "")
        except StoreError as error:
            again = get_change(order_id, change_id)
            return self._page(get_order(order_id), again, status=error.status, problem=error, reason=form)
        self._note(action, ended, form.reason.data or "")
        return done(said, url_for("orders_desk.show", order_id=order_id))

    def _note(self, action: str, change: OrderChange, reason: str = "") -> None:
        words = told(change)
        facts = {
            "change_id": change.id,
            "status": change.status,
            "settlement": change.settlement,
            "difference_minor": change.difference_minor,
            "taken_out": [list(one) for one in words.taken_out],
            "put_in": [list(one) for one in words.put_in],
        }
        with transaction():
            record(action, "order", change.order_id, after=facts | ({"reason": reason} if reason else {}))

    def _page(
        self, order: Order, change: OrderChange, *, status: int = 200, problem: StoreError | None = None, **forms: Any
    ) -> Response:
        facts: dict[str, Any] = {"order": order, "change": change, "problem": problem, "currency": order.currency}
        facts["reason"] = forms.get("reason") or ReasonForm(formdata=None)
        if change.status != "open":
            return self.page("admin/changes/change_done.html", status, **facts, told=told(change))
        look = services.look(order, change)
        if look.reckoning is None:
            # What was kept can't be reckoned any more, such as after a parcel has left: it begins anew.
            problem = problem or look.problem
            lines = [(line.id, line.variant_id, line.quantity) for line in order.lines]
            look = services.look(order, change, wanted_of(lines))
        if look.reckoning is None:
            raise look.problem or Invalid(_("This can't be reckoned."))
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        skus = {f"l{line.id}": line.sku for line in order.lines}
        skus |= {f"v{piece.variant_id}": piece.sku for piece in look.pieces.values()}
        return self.page(
            "admin/changes/change.html",
            status,
            **facts | {"problem": problem},
            look=look,
            rows=rows_of_change(look.reckoning, order.currency, skus, forms.get("sent")),
            reckoning=look.reckoning,
            difference=Money(look.reckoning.difference_minor, order.currency),
            form=forms.get("form") or RequestForm(formdata=None),
            search=search,
            found=find_pieces(search, order.market),
        )


_SAID = {
    "": "",
    "none": lazy_gettext("The order is changed. It costs the same."),
    "charge": lazy_gettext("The order is changed. The customer is asked to pay the difference."),
    "refund": lazy_gettext("The order is changed. What was paid too much goes back."),
    "waive": lazy_gettext("The order is changed. What it costs more is forgiven."),
    "with_order": lazy_gettext("The order is changed. It is paid as a whole."),
}
