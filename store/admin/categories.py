"""The tree of categories: one list, each category with its form, and buttons to move it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import SelectField

from store.admin.base import done
from store.admin.collections import valid_handle
from store.admin.crud import Crud
from store.admin.current import record, require, the_staff
from store.admin.picking import cover_of
from store.catalog import addressing, categories
from store.catalog.sanitize import clean_html
from store.core.db import read_rows, session, transaction
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.redirects import services as redirects
from store.staff.roles import Permission
from store.web.forms import Form, Required, StringField, TextAreaField


class NewCategoryForm(Form):
    """A category's page and its place; without an address one is made from the title."""

    title = StringField(lazy_gettext("Title"), validators=[Required()])
    parent_id = SelectField(lazy_gettext("Stands in"), choices=[])
    handle = StringField(lazy_gettext("Address"))
    description_html = TextAreaField(lazy_gettext("Description"), longest=20_000)
    seo_title = StringField(lazy_gettext("Title for search engines"))
    seo_description = TextAreaField(lazy_gettext("Description for search engines"), longest=1000)


class CategoryForm(NewCategoryForm):
    """A category that has an address."""

    handle = StringField(lazy_gettext("Address"), validators=[valid_handle])


class CategoriesScreen(Crud):
    """Where things stand."""

    permission = Permission.VIEW_PRODUCTS
    edit_permission = Permission.EDIT_PRODUCTS
    icon = "list"
    title = lazy_gettext("Categories")
    noun = lazy_gettext("category")
    form = CategoryForm
    form_columns = ("title", "parent_id", "handle", "description_html", "seo_title", "seo_description")
    edit_template = "admin/categories/category.html"

    @expose("/")
    def index_view(self) -> Response:
        """Show the tree, or what a search finds in it."""
        search = request.args.get("search", "").strip()[:120]
        rows = read_rows(
            "SELECT category_id AS id, count(*) AS total FROM products WHERE category_id IS NOT NULL GROUP BY 1"
        )
        own, everything, counts = {row.id: row.total for row in rows}, categories.list_branches(), Counter[int]()
        for branch in everything:
            # A category's page shows what stands below it as well.
            counts.update(dict.fromkeys(branch.path, own.get(branch.id, 0)))
        branches = [one for one in everything if search.casefold() in one.words.casefold()]
        return self.page(
            "admin/categories/tree.html",
            branches=branches,
            counts=counts,
            search=search,
        )

    @expose("/<int:record_id>/place", methods=("POST",))
    def move(self, record_id: int) -> Response:
        """Put a category before or behind its neighbour; `to` is earlier or later."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            row = self.find(record_id)
            siblings = [one.id for one in categories.list_branches() if one.parent_id == row.parent_id]
            here = siblings.index(record_id)
            there = here - 1 if request.form.get("to") == "earlier" else here + 1
            if 0 <= there < len(siblings):
                siblings[here], siblings[there] = siblings[there], siblings[here]
                categories.order_categories(row.parent_id, siblings)
                record("edit", self.subject, record_id, before={"place": here + 1}, after={"place": there + 1})
        return done(_("Moved."), url_for(".index_view", _anchor=f"category-{record_id}"))

    def new_form(self, *, sent: bool) -> Form:
        """Offer the tree to stand in; `in` of the address is chosen to begin with."""
        form = (
            NewCategoryForm.from_request() if sent else NewCategoryForm(formdata=None, parent_id=request.args.get("in"))
        )
        return _with_places(form, None)

    def fill(self, row: Any) -> Form:
        """Offer the tree, without the category itself and what is below it."""
        return _with_places(CategoryForm(formdata=None, obj=row, parent_id=str(row.parent_id or "")), row.id)

    def edited(self, row: Any) -> Form:
        """Return the form as sent, with the same offers."""
        return _with_places(CategoryForm.from_request(), row.id)

    def make(self, form: Form) -> Any:
        """Add a category behind its siblings."""
        row = categories.add_category(
            form["title"].data or "", parent_id=_id(form["parent_id"].data), handle=form["handle"].data or ""
        )
        _describe(row, form)
        return row

    def apply(self, form: Form, row: Any) -> None:
        """Change words and address, and move it with all that is below it."""
        row.title = categories.checked_title(form["title"].data or "")
        _describe(row, form)
        addressing.rename(row, form["handle"].data or "", actor=the_staff().actor)
        if _id(form["parent_id"].data) != row.parent_id:
            session.flush()
            categories.move_category(row.id, _id(form["parent_id"].data))

    def loss(self, row: Any) -> Sequence[str]:
        """Say where what stands in it goes."""
        children, count = categories.count_in(row.id)
        up = _("to the category above") if row.parent_id else _("to the beginning of the tree")
        sentences = [_("Its page goes; its address leads to what is nearest.")]
        if children:
            moved = ngettext("%(num)s category in it moves up", "%(num)s categories in it move up", children)
            sentences.append(f"{moved}, {up}.")
        if count and row.parent_id:
            sentences.append(ngettext("%(num)s product moves up.", "%(num)s products move up.", count))
        elif count:
            sentences.append(ngettext("%(num)s product is in no category then.",
                                      "%(num)s products are in no category then.", count))  # fmt: skip
        return sentences

    def extras(self, row: Any) -> dict[str, Any]:
        """Show its picture."""
        return {"cover": cover_of(row)}

    @expose("/<int:record_id>/deletion", methods=("GET", "POST"))
    def delete_view(self, record_id: int) -> Response:
        """Ask first; then take it out of the tree, its address leading on."""
        self._require_edit(allowed=True)
        row = self.find(record_id)
        if request.method == "GET":
            return self.page(self.delete_template, row=row, name=self.title_of(row), loss=self.loss(row))
        with transaction():
            row = self.find(record_id, lock=True)
            record("delete", self.subject, record_id, before=self.snapshot(row))
            address = addressing.address_of(row)
            above = None if row.parent_id is None else addressing.address_of(self.find(row.parent_id))
            categories.delete_category(record_id)
            redirects.retire(address, above or "/collections/all", reason="deleted", actor=the_staff().actor)
        return done(_("Deleted."), url_for(".index_view"))


def _describe(row: Any, form: Form) -> None:
    row.description_html = clean_html(form["description_html"].data or "")
    row.seo_title, row.seo_description = form["seo_title"].data or "", form["seo_description"].data or ""


def _with_places(form: NewCategoryForm, without: int | None) -> Form:
    form.parent_id.choices = [
        ("", _("The beginning of the tree")),
        *((str(one.id), one.words) for one in categories.list_branches() if without not in one.path),
    ]
    return form


def _id(text: str | None) -> int | None:
    return int(text) if text else None
