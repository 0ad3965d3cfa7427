"""Picture storage: how much is kept of each product's pictures, what that saves, and campaigns that keep all of it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import may, record, require
from store.admin.queries import picture_storage as queries
from store.core.clock import now
from store.core.db import transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import current_locale, lazy_gettext, ngettext
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.edge import tiers
from store.edge.queries import storage_by_tier
from store.staff.roles import Permission
from store.web import markets
from store.web.filters import babel_locale
from store.web.pagination import page_number, paginate

# What each tier is called, and what is kept in it.
TIERS = {
    "S": (lazy_gettext("Looked at most"), lazy_gettext("Every size and format, made before anybody asks.")),
    "1": (lazy_gettext("Looked at often"), lazy_gettext("What is there stays for a month without many visitors.")),
    "2": (lazy_gettext("Looked at now and then"), lazy_gettext("Originals, and what lists show of the first picture.")),
    "3": (lazy_gettext("Hardly looked at"), lazy_gettext("Originals, and the first picture in one size.")),
}
_PINNED = "pinned"
_LONGEST_SEARCH = 120
_LONGEST_REASON = 80
_LONGEST_ID = 18


class PictureStorageScreen(Screen):
    """What is kept of pictures, by how often their products are looked at."""

    permission = Permission.VIEW_PRODUCTS
    icon = "box"

    @property
    def may_edit(self) -> bool:
        """Whether whoever is logged in may begin and end campaigns."""
        return may(Permission.EDIT_PRODUCTS)

    @expose("/")
    def index(self) -> Response:
        """Show the tiers with their bytes, and products of one; `campaign` is a product to begin one for."""
        return self._page()

    @expose("/campaigns", methods=("POST",))
    def create_campaign(self) -> Response:
        """Keep all of the pictures of a product or a collection until the end of a day."""
        require(Permission.EDIT_PRODUCTS)
        subject, kind = request.form.get("subject", ""), "product"
        try:
            until = _end_of(request.form.get("until", ""))
            kind, number = _subject(subject)
            ids = [number] if kind == "product" else queries.products_of(number)
            reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
            with transaction():
                count = tiers.pin(ids, until, reason)
                if not count:
                    raise Invalid(_("There is no product in it."), field="subject")
                enqueue("edge.settle_tiers")
                record("pin", "product" if kind == "product" else "collections", number,
                       after={"until": until.isoformat(), "for": reason, "products": count})  # fmt: skip
        except Invalid as error:
            return self._page(problem=error.message, status=422)
        said = ngettext(
            "All sizes of %(num)s product are being made.", "All sizes of %(num)s products are being made.", count
        )
        return done(said, url_for(".index", tier=_PINNED))

    @expose("/campaigns/<int:product_id>/end", methods=("POST",))
    def end_campaign(self, product_id: int) -> Response:
        """Let a product go back to where its visitors put it."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            tiers.unpin(product_id)
            record("unpin", "product", product_id)
        return done(_("It goes back to where its visitors put it, after a week."), url_for(".index", tier=_PINNED))

    def _page(self, *, problem: str = "", status: int = 200) -> Response:
        wanted = request.args.get("tier", "")
        pinned, tier = wanted == _PINNED, wanted if wanted in TIERS else ""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        total = queries.count_products(tier, search, pinned=pinned)
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, total)
        figures = storage_by_tier()
        kept = {"tier": _PINNED if pinned else tier or None, "q": search or None}
        form = request.form
        return self.page(
            "admin/picture_storage/list.html",
            status,
            tiers=TIERS,
            figures=figures,
            kept_bytes=sum(one.kept for one in figures),
            saved_bytes=sum(one.saved for one in figures),
            size=size_in_words,
            current=kept["tier"] or "",
            search=search,
            pages=pages,
            rows=queries.list_products(tier, search, pinned=pinned, skip=pages.offset),
            shelves=queries.list_shelves() if self.may_edit else [],
            chosen=form.get("subject", "") or request.args.get("campaign", "")[: _LONGEST_ID + len("product-")],
            until=form.get("until", ""),
            reason=form.get("reason", ""),
            first_day=_today() + timedelta(days=1),
            last_day=_today() + tiers.LONGEST_PIN - timedelta(days=1),
            problem=problem,
            address=lambda **values: url_for(".index", **{**kept, **values}),
        )


def size_in_words(number: int) -> str:
    """Return an amount of bytes as people read it, e.g. `12.3 MB`."""
    for power, name in ((3, _("GB")), (2, _("MB"))):
        if number >= 1000**power:
            shown = format_decimal(number / 1000**power, "#,##0.#", locale=babel_locale(current_locale()))
            return f"{shown} {name}"
    return f"{format_decimal(-(-number // 1000), locale=babel_locale(current_locale()))} {_('KB')}"


def _subject(text: str) -> tuple[str, int]:
    kind, _hyphen, number = text.partition("-")
    if kind not in ("product", "collection") or not number.isdecimal() or len(number) > _LONGEST_ID:
        raise NotFound(_("There is no such product or collection."))
    return kind, int(number)


def _end_of(text: str) -> datetime:
    """Return the end of a day in the shop's zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("Say until which day."), field="until") from error
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(markets.current_shop().time_zone))


def _today() -> date:
    return now().astimezone(ZoneInfo(markets.current_shop().time_zone)).date()
