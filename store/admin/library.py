"""The media library: every picture of the shop, what it shows in words, and where it is shown."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin import picking
from store.admin.base import Screen, done
from store.admin.current import may, record, require
from store.admin.queries import library
from store.admin.words import PRODUCT
from store.core.db import transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.media import library as media
from store.staff.roles import Permission
from store.web.forms import Form, StringField
from store.web.pagination import page_number, paginate

TABS = (
    ("", lazy_gettext("All")),
    ("wordless", lazy_gettext("Without words")),
    ("unused", lazy_gettext("Shown nowhere")),
    ("failed", lazy_gettext("Not fetched")),
)
_LONGEST_SEARCH = 120
_LONGEST_ID = 18

# What shows a picture, in the words of staff, and where it is edited.
USES: dict[str, tuple[Any, str, str]] = {
    "product": (lazy_gettext("Products"), "products.show", "product_id"),
    "variant": (lazy_gettext("Variants"), "products.show", "product_id"),
    "exception": (lazy_gettext("Choices made to order"), "to_order.show", "product_id"),
    "collection": (lazy_gettext("Collections"), "collections.edit_view", "record_id"),
    "category": (lazy_gettext("Categories"), "categories.edit_view", "record_id"),
    "elsewhere": (lazy_gettext("Elsewhere"), "", ""),
}


class WordsForm(Form):
    """What is said of a picture."""

    alt = StringField(lazy_gettext("What it shows"), longest=500)


class LibraryScreen(Screen):
    """The pictures of the shop."""

    permission = Permission.VIEW_PRODUCTS
    icon = "image"

    @property
    def may_edit(self) -> bool:
        """Whether whoever is logged in may change pictures."""
        return may(Permission.EDIT_PRODUCTS)

    @expose("/")
    def index(self) -> Response:
        """Show the grid; search, filter and page are in the URL."""
        show = request.args.get("show", "")
        show = show if show in dict(TABS) else ""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        place = picking.find_place(request.args.get("for", ""))
        kept = {"show": show or None, "q": search or None, "for": place.name if place else None}
        total = library.count_pictures(search=search, show=show)
        pages = paginate(page_number(request.args), library.PAGE_SIZE, total)
        return self.page(
            "admin/library/list.html",
            tabs=TABS,
            show=show,
            search=search,
            pages=pages,
            rows=library.list_pictures(search=search, show=show, page=pages.page),
            place=place,
            address=lambda **values: url_for(".index", **{**kept, **values}),
        )

    @expose("/choice", methods=("POST",))
    def choose(self) -> Response:
        """Put the picture of the pressed button where it was looked for, or take away the one that is there."""
        require(Permission.EDIT_PRODUCTS)
        place = picking.find_place(request.form.get("for", ""))
        if place is None:
            raise NotFound(_("This is not here any more."))
        chosen = request.form.get("picture", "")
        with transaction():
            if chosen == "" and place.take_out is not None:
                place.take_out()
            elif chosen.isascii() and chosen.isdecimal() and len(chosen) < _LONGEST_ID:
                picking.put(place, int(chosen))
            else:
                raise Invalid(_("Choose a picture first."))
        return done(_("Saved.") if chosen else _("Picture taken out."), place.href)

    @expose("/<int:image_id>")
    def show(self, image_id: int) -> Response:
        """Show one picture with its words and where it is shown."""
        shown = library.get_picture(image_id)
        return self._picture_page(shown, WordsForm(formdata=None, alt=shown.alt))

    @expose("/<int:image_id>", methods=("POST",))
    def update(self, image_id: int) -> Response:
        """Save what is said of a picture."""
        require(Permission.EDIT_PRODUCTS)
        shown, form = library.get_picture(image_id), WordsForm.from_request()
        if not form.validate():
            return self._picture_page(shown, form, status=422)
        with transaction():
            before = media.describe(image_id, form.alt.data or "")
            if before != form.alt.data:
                record("edit", "images", image_id, before={"alt": before}, after={"alt": form.alt.data})
        return done(_("Saved."), url_for(".show", image_id=image_id))

    def _picture_page(self, shown: library.LibraryPicture, form: WordsForm, *, status: int = 200) -> Response:
        return self.page(
            "admin/library/picture.html",
            status,
            shown=shown,
            form=form,
            uses=_uses_of(shown.id),
            most=library.MOST_USES,
        )


def _uses_of(image_id: int) -> Sequence[tuple[Any, Sequence[tuple[str, str, str]]]]:
    """Return by kind what shows a picture: its name, more words and its address."""
    found = library.list_uses(image_id)
    return [
        (label, [(use.title, _more(use), _address(endpoint, key, use.id)) for use in found[kind]])
        for kind, (label, endpoint, key) in USES.items()
        if kind in found
    ]


def _more(use: library.Use) -> str:
    return str(PRODUCT[use.more][0]) if use.kind == "product" else use.more


def _address(endpoint: str, key: str, row_id: int) -> str:
    values: dict[str, Any] = {key: row_id}
    return url_for(endpoint, **values) if endpoint else ""
