"""The media library: every picture of the shop, what it shows in words, and where it is shown."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import SelectField

from store.admin import library_files as files
from store.admin import picking
from store.admin.base import Screen, done
from store.admin.current import may, record, require
from store.admin.queries import library
from store.admin.uploads import let_files_out
from store.admin.words import PRODUCT
from store.core.db import transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.media import library as media
from store.media.reasons import REASONS
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
_LONGEST_TAGS = 3000
_LONGEST_ID = 18
_LONGEST_WORDS = 500

# The points that a picture can be held at, and what they are called from the top and from the left.
_STEPS = ("0", "25", "50", "75", "100")
ROWS = (
    lazy_gettext("top"),
    lazy_gettext("upper"),
    lazy_gettext("middle"),
    lazy_gettext("lower"),
    lazy_gettext("bottom"),
)
COLUMNS = (
    lazy_gettext("far left"),
    lazy_gettext("left"),
    lazy_gettext("centre"),
    lazy_gettext("right"),
    lazy_gettext("far right"),
)

# What shows a picture, in the words of staff, and where it is edited.
USES: dict[str, tuple[Any, str, str]] = {
    "product": (lazy_gettext("Products"), "products.show", "product_id"),
    "variant": (lazy_gettext("Variants"), "products.show", "product_id"),
    "exception": (lazy_gettext("Choices made to order"), "to_order.show", "product_id"),
    "garment": (lazy_gettext("Looks of what is made to order"), "to_order.show", "product_id"),
    "film": (lazy_gettext("Posters of films"), "products.show", "product_id"),
    "collection": (lazy_gettext("Collections"), "collections.edit_view", "record_id"),
    "category": (lazy_gettext("Categories"), "categories.edit_view", "record_id"),
    "elsewhere": (lazy_gettext("Elsewhere"), "", ""),
}


class PictureForm(Form):
    """What is said of a picture, and what staff keep it by."""

    alt = StringField(lazy_gettext("What it shows"), longest=500)
    name = StringField(lazy_gettext("File"), longest=120)
    folder = SelectField(lazy_gettext("Folder"), choices=[], default="")
    tags = StringField(lazy_gettext("Tags"), longest=3000)


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
        """Show the grid; search, filters and page are in the URL."""
        wanted = _wanted()
        place = picking.find_place(request.args.get("for", ""))
        kept = {
            "show": wanted.show or None,
            "q": wanted.search or None,
            "folder": wanted.folder,
            "tag": wanted.tag or None,
            "for": place.name if place else None,
        }
        pages = paginate(page_number(request.args), library.PAGE_SIZE, library.count_pictures(wanted))
        page = self.page(
            "admin/library/list.html",
            tabs=TABS,
            wanted=wanted,
            kept={name: str(value) for name, value in kept.items() if value is not None},
            folders=library.list_folders(),
            pages=pages,
            rows=library.list_pictures(wanted, page=pages.page),
            place=place,
            limits=files.LIMITS,
            uploads=[] if pages.page > 1 else files.list_busy(wanted.folder),
            reasons=REASONS,
            address=lambda **values: url_for(".index", **{**kept, **values}),
        )
        return let_files_out(page)

    @expose("/sorting", methods=("POST",))
    def sort(self) -> Response:
        """Put the chosen pictures into a folder, give them tags, or ask to delete them.

        `do` is file, tag or delete; or words, for pictures of which nothing was said.
        """
        require(Permission.EDIT_PRODUCTS)
        if request.form.get("do") == "words":
            return self._say()
        chosen = sorted({number for one in request.form.getlist("picture") if (number := _number(one))})
        if not chosen:
            raise Invalid(_("Choose pictures first."))
        if request.form.get("do") == "delete":
            return redirect(url_for("library_files.show_deletion", picture=chosen), 303)
        with transaction():
            if request.form.get("do") == "tag":
                tags = media.read_tags(request.form.get("tags", "")[:_LONGEST_TAGS].split(","))
                media.add_tags(chosen, tags)
                record("tag", "images", chosen[0], after={"pictures": chosen, "tags": tags})
            else:
                folder = _number(request.form.get("folder", ""))
                media.file_away(chosen, folder)
                record("file", "images", chosen[0], after={"pictures": chosen, "folder": folder})
        return done(ngettext("%(num)s picture sorted.", "%(num)s pictures sorted.", len(chosen)), _back())

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
            elif number := _number(chosen):
                picking.put(place, number)
            else:
                raise Invalid(_("Choose a picture first."))
        return done(_("Saved.") if chosen else _("Picture taken out."), place.href)

    @expose("/<int:image_id>")
    def show(self, image_id: int) -> Response:
        """Show one picture with its words and where it is shown."""
        shown = library.get_picture(image_id)
        return self._picture_page(shown, _filled(shown))

    @expose("/<int:image_id>", methods=("POST",))
    def update(self, image_id: int) -> Response:
        """Save what is said of a picture and what it is kept by."""
        require(Permission.EDIT_PRODUCTS)
        shown, form = library.get_picture(image_id), _offer_folders(PictureForm.from_request())
        if not form.validate():
            return self._picture_page(shown, form, status=422)
        before, after = _kept(_filled(shown)), _kept(form)
        changed = [name for name in after if before[name] != after[name]]
        try:
            with transaction():
                media.describe(image_id, after["alt"])
                if before != after:
                    media.name_file(image_id, after["name"])
                    media.file_away([image_id], _number(after["folder"]))
                    media.set_tags(image_id, after["tags"].split(","))
                    record(
                        "edit",
                        "images",
                        image_id,
                        before={name: before[name] for name in changed},
                        after={name: after[name] for name in changed},
                    )
        except Invalid as error:
            form[error.facts.get("field", "tags")].errors = [error.message]
            return self._picture_page(shown, form, status=422)
        return done(_("Saved."), url_for(".show", image_id=image_id))

    @expose("/<int:image_id>/focal-point", methods=("POST",))
    def aim(self, image_id: int) -> Response:
        """Keep the point that stays in sight however the picture is cropped; `point` is as in 25-50."""
        require(Permission.EDIT_PRODUCTS)
        across, _dash, down = request.form.get("point", "").partition("-")
        if across not in _STEPS or down not in _STEPS:
            raise Invalid(_("Choose a point first."))
        with transaction():
            before = media.aim(image_id, int(across), int(down))
            if before != (int(across), int(down)):
                record("edit", "images", image_id, before={"focal": before}, after={"focal": (int(across), int(down))})
        return done(_("Saved."), url_for(".show", image_id=image_id, _anchor="focal"))

    def _say(self) -> Response:
        """Save what is said of those pictures of the page that got words."""
        sent = {number: request.form[name] for name in request.form if (number := _number(name.removeprefix("alt-")))}
        said = {image_id: words for image_id, one in sent.items() if (words := " ".join(one.split())[:_LONGEST_WORDS])}
        if not said:
            raise Invalid(_("Write what a picture shows first."))
        with transaction():
            for image_id, words in sorted(said.items()):
                before = media.describe(image_id, words)
                record("edit", "images", image_id, before={"alt": before}, after={"alt": words})
        return done(
            ngettext("%(num)s picture has its words.", "%(num)s pictures have their words.", len(said)), _back()
        )

    def _picture_page(self, shown: library.LibraryPicture, form: PictureForm, *, status: int = 200) -> Response:
        page = self.page(
            "admin/library/picture.html",
            status,
            shown=shown,
            form=form,
            uses=_uses_of(shown.id),
            most=library.MOST_USES,
            rows=tuple(zip(_STEPS, ROWS, strict=True)),
            columns=tuple(zip(_STEPS, COLUMNS, strict=True)),
            uploads=files.list_replacing(shown.id),
            reasons=REASONS,
            limits=files.LIMITS,
        )
        return let_files_out(page)


def _wanted() -> library.Wanted:
    show, folder = request.args.get("show", ""), request.args.get("folder", "")
    return library.Wanted(
        search=request.args.get("q", "").strip()[:_LONGEST_SEARCH],
        show=show if show in dict(TABS) else "",
        folder=0 if folder == "0" else _number(folder),
        tag=request.args.get("tag", "").strip()[:_LONGEST_SEARCH],
    )


def _back() -> str:
    """Return the address of the grid as it was when its form was sent."""
    kept = urlencode(parse_qsl(request.form.get("back", "")[:1000]))
    return url_for(".index") + (f"?{kept}" if kept else "")


def _number(text: str) -> int | None:
    return (int(text) or None) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_ID else None


def _filled(shown: library.LibraryPicture) -> PictureForm:
    folder = str(shown.folder_id or "")
    return _offer_folders(
        PictureForm(formdata=None, alt=shown.alt, name=shown.name, folder=folder, tags=", ".join(shown.tags))
    )


def _offer_folders(form: PictureForm) -> PictureForm:
    form.folder.choices = [("", _("None")), *((str(one.id), one.name) for one in media.list_folders())]
    return form


def _kept(form: PictureForm) -> dict[str, str]:
    return {field.name: (field.data or "").strip() for field in form}


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
