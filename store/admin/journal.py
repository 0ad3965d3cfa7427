"""The staff journal: who did what, before and after. It can be read, and that is all."""

from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from store.admin.base import Screen
from store.core.db import session
from store.core.i18n import lazy_gettext
from store.core.journal import StaffAction
from store.staff.queries import list_staff
from store.staff.roles import Permission
from store.web.pagination import page_number, paginate

PAGE_SIZE = 50

ACTIONS = {
    "ship": lazy_gettext("shipped"),
    "ready": lazy_gettext("had ready to fetch"),
    "hand_over": lazy_gettext("handed over"),
    "cancel": lazy_gettext("cancelled"),
    "refund": lazy_gettext("refunded"),
    "note": lazy_gettext("wrote a note on"),
    "resend": lazy_gettext("sent a mail again for"),
    "settle": lazy_gettext("dealt with"),
    "adjust": lazy_gettext("corrected the count of"),
    "create": lazy_gettext("made"),
    "edit": lazy_gettext("changed"),
    "add_film": lazy_gettext("added a film to"),
    "edit_film": lazy_gettext("described a film of"),
    "move_film": lazy_gettext("moved a film of"),
    "delete_film": lazy_gettext("took a film off"),
    "add_captions": lazy_gettext("added captions to a film of"),
    "delete_captions": lazy_gettext("took captions off a film of"),
    "edit_pictures": lazy_gettext("changed the pictures of"),
    "edit_products": lazy_gettext("changed the products in"),
    "price": lazy_gettext("changed the price of"),
    "rates": lazy_gettext("changed the rate tables of"),
    "delete": lazy_gettext("deleted"),
    "set_password": lazy_gettext("set the password of"),
    "file": lazy_gettext("sorted"),
    "tag": lazy_gettext("tagged"),
    "retry": lazy_gettext("started again"),
    "buy_label": lazy_gettext("bought a label for"),
    "pin": lazy_gettext("began a campaign for"),
    "unpin": lazy_gettext("ended the campaign for"),
}
SUBJECTS = {
    "order": lazy_gettext("order"),
    "product": lazy_gettext("product"),
    "stock_level": lazy_gettext("stock"),
    "images": lazy_gettext("picture"),
    "media_folders": lazy_gettext("folder"),
    "collections": lazy_gettext("collection"),
    "shipping_methods": lazy_gettext("way to deliver"),
    "shipping_zones": lazy_gettext("zone"),
    "delivery_settings": lazy_gettext("days and parcels"),
    "pages": lazy_gettext("page"),
    "markets": lazy_gettext("market"),
    "price_lists": lazy_gettext("price list"),
    "staff": lazy_gettext("account"),
    "outbox": lazy_gettext("job"),
    "search_synonyms": lazy_gettext("synonym"),
    "search_pins": lazy_gettext("products shown first"),
}
# Where each subject can be looked at.
_PLACES = {
    "order": ("orders_desk.show", "order_id"),
    "product": ("products.show", "product_id"),
    "stock_level": ("stock.show", "level_id"),
    "images": ("library.show", "image_id"),
    "media_folders": ("media_folders.edit_view", "record_id"),
    "collections": ("collections.edit_view", "record_id"),
    "shipping_methods": ("delivery.edit_view", "record_id"),
    "shipping_zones": ("delivery_zones.edit_view", "record_id"),
    "pages": ("pages.edit_view", "record_id"),
    "markets": ("markets.edit_view", "record_id"),
    "price_lists": ("price_lists.edit_view", "record_id"),
    "staff": ("people.edit_view", "record_id"),
}


class JournalScreen(Screen):
    """What staff did."""

    permission = Permission.VIEW_JOURNAL
    icon = "clock"

    @expose("/")
    def index(self) -> Response:
        """Show the latest first; `staff` narrows it to one person."""
        wanted = request.args.get("staff", "")
        where = [StaffAction.staff_id == int(wanted)] if wanted.isdecimal() and len(wanted) < 18 else []
        total = session.execute(select(func.count()).select_from(StaffAction).where(*where)).scalar_one()
        pages = paginate(page_number(request.args), PAGE_SIZE, total)
        rows = session.execute(
            select(StaffAction).where(*where).order_by(StaffAction.id.desc()).limit(PAGE_SIZE).offset(pages.offset)
        )
        return self.page(
            "admin/journal.html",
            rows=rows.scalars().all(),
            pages=pages,
            people=list_staff(),
            wanted=wanted,
            actions=ACTIONS,
            subjects=SUBJECTS,
            place_of=_place_of,
            href_for=lambda page: url_for(".index", staff=wanted or None, page=page if page > 1 else None),
        )


def _place_of(row: StaffAction) -> str | None:
    if row.subject not in _PLACES or row.action == "delete" or not row.subject_id.isdecimal():
        return None
    endpoint, parameter = _PLACES[row.subject]
    values: dict[str, Any] = {parameter: int(row.subject_id)}
    return url_for(endpoint, **values)
