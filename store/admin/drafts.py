"""Orders that staff put together: for whom, what, at which price, and how it is paid."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, record_once, require, the_staff
from store.admin.draft_forms import NoteForm, OrderForm, contact_form
from store.admin.wanted_forms import read_delivery, read_lines, rows_of_draft
from store.changes import services
from store.changes.basket import find_pieces
from store.changes.models import OrderDraft
from store.changes.queries import PAGE_SIZE, count_drafts, get_draft, list_drafts
from store.changes.wanted import Wanted
from store.core import ids
from store.core.db import retrying, transaction
from store.core.errors import Conflict, Invalid, NotFound, StoreError
from store.core.i18n import gettext as _
from store.core.money import Money
from store.orders import services as orders
from store.payments import services as payments
from store.shop.queries import get_market, list_markets
from store.staff.roles import Permission
from store.web.numbers import number_in
from store.web.pagination import page_number, paginate

_LONGEST_SEARCH = 120


class DraftsScreen(Screen):
    """Drafts, and the page of one."""

    permission = Permission.VIEW_ORDERS
    icon = "list"

    @expose("/")
    def index(self) -> Response:
        """Show the drafts that are open."""
        pages = paginate(page_number(request.args), PAGE_SIZE, count_drafts())
        return self.page(
            "admin/changes/drafts.html",
            drafts=[(draft, Wanted.from_json(draft.wanted)) for draft in list_drafts(page=pages.page)],
            markets=list_markets(),
            pages=pages,
            href_for=lambda page: url_for(".index", page=page if page > 1 else None),
        )

    @expose("/", methods=("POST",))
    def create(self) -> Response:
        """Begin a draft in a market."""
        require(Permission.EDIT_ORDERS)
        with transaction():
            draft = services.open_draft(request.form.get("market", ""), actor=the_staff().actor)
            record("create", "draft", draft.id, after={"market": draft.market})
        return done(_("Begun. It holds nothing back until it is an order."), url_for(".show", draft_id=draft.id))

    @expose("/<int:draft_id>")
    def show(self, draft_id: int) -> Response:
        """Show a draft with today's prices."""
        draft = get_draft(draft_id)
        if draft.status == "ordered":
            return done(_("It is an order now."), url_for("orders_desk.show", order_id=draft.order_id))
        return self._page(draft)

    @expose("/<int:draft_id>/lines", methods=("POST",))
    def update_lines(self, draft_id: int) -> Response:
        """Keep pieces, own prices and their reasons."""
        return self._keep(draft_id, lambda wanted, currency: read_lines(request.form, wanted, currency))

    @expose("/<int:draft_id>/pieces", methods=("POST",))
    def create_piece(self, draft_id: int) -> Response:
        """Put one more of a variant in."""
        return self._keep(draft_id, lambda wanted, _currency: wanted.with_more(number_in(request.form, "variant_id")))

    @expose("/<int:draft_id>/delivery", methods=("POST",))
    def update_delivery(self, draft_id: int) -> Response:
        """Keep how it is delivered."""
        return self._keep(draft_id, lambda wanted, currency: read_delivery(request.form, wanted, currency))

    @expose("/<int:draft_id>/contact", methods=("POST",))
    def update_contact(self, draft_id: int) -> Response:
        """Keep for whom it is and where it goes."""
        require(Permission.EDIT_ORDERS)
        draft = get_draft(draft_id)
        form = contact_form(draft, sent=True)
        if not form.validate():
            return self._page(draft, status=422, contact=form)
        return self._change(
            draft,
            lambda: services.save_contact(
                draft_id,
                email=form.email.data or "",
                address=form.address,
                billing=form.billing,
                version=number_in(request.form, "version"),
            ),
        )

    @expose("/<int:draft_id>/note", methods=("POST",))
    def update_note(self, draft_id: int) -> Response:
        """Keep a remark for colleagues."""
        require(Permission.EDIT_ORDERS)
        draft, form = get_draft(draft_id), NoteForm.from_request()
        if not form.validate():
            return self._page(draft, status=422, note=form)
        return self._change(
            draft,
            lambda: services.save_note(draft_id, form.text.data or "", version=number_in(request.form, "version")),
        )

    @expose("/<int:draft_id>/discarding", methods=("POST",))
    def discard(self, draft_id: int) -> Response:
        """Put the draft away."""
        require(Permission.EDIT_ORDERS)
        draft = get_draft(draft_id)
        try:
            with transaction():
                services.discard(draft_id, version=number_in(request.form, "version"))
                record("discard", "draft", draft_id, before={"wanted": draft.wanted, "email": draft.email})
        except StoreError as error:
            return self._page(get_draft(draft_id), status=error.status, problem=error)
        return done(_("Put away."), url_for(".index"))

    @expose("/<int:draft_id>/order", methods=("POST",))
    def create_order(self, draft_id: int) -> Response:
        """Make the order: with a link to pay, paid already, or on terms."""
        require(Permission.EDIT_ORDERS)
        draft, form = get_draft(draft_id), OrderForm.from_request()
        if not form.validate():
            return self._page(draft, status=422, order_form=form)
        try:
            order = services.place_draft(
                draft_id,
                version=number_in(request.form, "version"),
                expected_total_minor=number_in(request.form, "total"),
                terms=form.terms.data,
                days=form.days.data or services.LINK_DAYS,
                actor=the_staff().actor,
            )
        except StoreError as error:
            return self._page(get_draft(draft_id), status=error.status, problem=error, order_form=form)
        place = url_for("orders_desk.show", order_id=order.id)
        with transaction():
            orders.lock_order(order.id)
            told = {"draft_id": draft_id, "terms": form.terms.data, "total_minor": order.total_minor}
            record_once("order_draft", "order", order.id, key=form.request_id.data, after=told)
        if form.terms.data == "paid":
            try:
                payments.receive(
                    order.id,
                    amount_minor=order.total_minor,
                    request_id=form.request_id.data,
                    actor=the_staff().actor,
                    reference=form.reference.data or "",
                )
            except StoreError as error:
                # The order is there and waits; the money can be written down on its page.
                return done(error.message, place, "bad")
        message = {
            "link": _("The order waits for its payment. The link is mailed to %(email)s.", email=order.email),
            "paid": _("The order is placed and paid."),
            "terms": _("The order is placed. It can leave before its money."),
        }[form.terms.data]
        return done(message, place)

    def _keep(self, draft_id: int, read: Callable[[Wanted, str], Wanted]) -> Response:
        require(Permission.EDIT_ORDERS)
        draft = get_draft(draft_id)
        currency = get_market(draft.market).currency

        def work() -> None:
            wanted = read(Wanted.from_json(draft.wanted), currency)
            services.save_wanted(draft_id, wanted, version=number_in(request.form, "version"))

        return self._change(draft, work)

    def _change(self, draft: OrderDraft, work: Callable[[], None]) -> Response:
        try:
            retrying(work)
        except (Invalid, Conflict) as error:
            return self._page(get_draft(draft.id), status=error.status, problem=error, sent=request.form)
        return done(_("Kept."), url_for(".show", draft_id=draft.id))

    def _page(
        self, draft: OrderDraft, *, status: int = 200, problem: StoreError | None = None, **forms: Any
    ) -> Response:  # fmt: skip
        if draft.status != "open":
            raise NotFound(_("This draft was put away."))
        priced, market = services.price(draft), get_market(draft.market)
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        return self.page(
            "admin/changes/draft.html",
            status,
            draft=draft,
            market=market,
            priced=priced,
            currency=market.currency,
            rows=rows_of_draft(priced, forms.get("sent")),
            problem=problem,
            search=search,
            found=find_pieces(search, draft.market),
            contact=forms.get("contact") or contact_form(draft, sent=False),
            note=forms.get("note") or NoteForm(formdata=None, text=draft.note),
            order_form=forms.get("order_form")
            or OrderForm(formdata=None, terms="link", days=services.LINK_DAYS, request_id=ids.token()),
            total=Money(priced.quote.totals.total_minor, market.currency),
        )
