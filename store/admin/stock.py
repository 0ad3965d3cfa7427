"""The stock table, and the ledger of each SKU with its one way to change a count: an adjustment with a reason."""

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import RadioField

from store.admin.base import Screen, done
from store.admin.current import record, require, the_staff
from store.admin.queries import stock
from store.admin.queries.orders import staff_names
from store.admin.words import MOVEMENT
from store.core.db import transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.inventory import services as inventory
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField
from store.web.pagination import page_number, paginate

FILTERS = (
    ("", lazy_gettext("All")),
    ("low", lazy_gettext("Runs low")),
    ("out", lazy_gettext("Sold out")),
    ("reserved", lazy_gettext("In orders")),
)
_LONGEST_SEARCH = 120
_MOST = 1_000_000


class AdjustmentForm(Form):
    """By how much, or to what, a count changes, and why."""

    mode = RadioField(
        lazy_gettext("What did you count?"),
        choices=[("set", lazy_gettext("There are exactly")), ("delta", lazy_gettext("Change it by"))],
        default="set",
    )
    quantity = IntegerField(lazy_gettext("Quantity"), minimum=-_MOST, maximum=_MOST, validators=[Required()])
    reason = StringField(lazy_gettext("Reason"), longest=200, validators=[Required()])


class StockScreen(Screen):
    """What lies on the shelves."""

    permission = Permission.VIEW_STOCK
    icon = "list"

    @expose("/")
    def index(self) -> Response:
        """Show the table; filter, search and page are in the URL."""
        only = request.args.get("only", "")
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        pages = paginate(page_number(request.args), stock.PAGE_SIZE, stock.count_levels(only=only, search=search))
        return self.page(
            "admin/stock/table.html",
            filters=FILTERS,
            only=only,
            search=search,
            pages=pages,
            rows=stock.list_levels(only=only, search=search, page=pages.page),
            href_for=lambda page: url_for(
                ".index", only=only or None, q=search or None, page=page if page > 1 else None
            ),
        )

    @expose("/<int:level_id>")
    def show(self, level_id: int) -> Response:
        """Show one SKU: its figures, its ledger and the form to correct it."""
        return self._level_page(level_id, AdjustmentForm(formdata=None))

    @expose("/<int:level_id>/adjustments", methods=("POST",))
    def create_adjustment(self, level_id: int) -> Response:
        """Correct the count; the ledger keeps why and by whom."""
        require(Permission.ADJUST_STOCK)
        form = AdjustmentForm.from_request()
        if not form.validate():
            return self._level_page(level_id, form, status=422)
        quantity = form.quantity.data or 0
        figure = {"set_to": quantity} if form.mode.data == "set" else {"delta": quantity}
        if figure.get("set_to", 0) < 0:
            form.quantity.errors = [_("There can't be fewer than none.")]
            return self._level_page(level_id, form, status=422)
        before = stock.get_level(level_id).on_hand
        try:
            with transaction():
                level = inventory.adjust(level_id, reason=form.reason.data, actor=the_staff().actor, **figure)
                after = level.on_hand
                if after != before:
                    record(
                        "adjust",
                        "stock_level",
                        level_id,
                        before={"on_hand": before},
                        after={"on_hand": after, "reason": form.reason.data},
                    )
        except Invalid as error:
            field = form[error.facts.get("field", "quantity")]
            field.errors = [error.message]
            return self._level_page(level_id, form, status=422)
        message = _("%(count)s are there now.", count=after) if after != before else _("Counted: nothing changed.")
        return done(message, url_for(".show", level_id=level_id))

    def _level_page(self, level_id: int, form: AdjustmentForm, *, status: int = 200) -> Response:
        return self.page(
            "admin/stock/level.html",
            status,
            level=stock.get_level(level_id),
            movements=stock.list_movements(level_id),
            movement_words=MOVEMENT,
            names=staff_names(),
            form=form,
        )
