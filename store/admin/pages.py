"""Written pages: about, contact, and the legal ones."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute
from wtforms import SelectField

from store.admin.collections import valid_handle
from store.admin.crud import Crud
from store.catalog.sanitize import clean_html
from store.content.models import Page
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField

KINDS = [("page", lazy_gettext("Page")), ("policy", lazy_gettext("Legal text"))]


class PageForm(Form):
    """A written page."""

    title = StringField(lazy_gettext("Title"), validators=[Required()])
    kind = SelectField(lazy_gettext("Kind"), choices=KINDS)
    handle = StringField(lazy_gettext("Address"), validators=[valid_handle])
    body_html = TextAreaField(lazy_gettext("Text"), longest=200_000)
    position = IntegerField(lazy_gettext("Place in the footer"), maximum=10_000, validators=[Required()])


class PagesScreen(Crud):
    """What the shop has to say."""

    permission = Permission.VIEW_SETTINGS
    edit_permission = Permission.EDIT_CONTENT
    icon = "edit"
    title = lazy_gettext("Pages")
    leads_on = True
    noun = lazy_gettext("page")
    form = PageForm
    form_columns = ("title", "kind", "handle", "body_html", "position")
    column_list = ("title", "kind", "handle", "updated_at")
    column_labels = {
        "title": lazy_gettext("Title"),
        "kind": lazy_gettext("Kind"),
        "handle": lazy_gettext("Address"),
        "updated_at": lazy_gettext("Changed"),
    }
    column_formatters = {"kind": lambda _view, _context, row, _name: dict(KINDS)[row.kind]}
    column_searchable_list: Sequence[InstrumentedAttribute[Any]] = (Page.title, Page.body_html)
    column_default_order = "title"
    edit_template = "admin/pages/page.html"

    def apply(self, form: Form, row: Any) -> None:
        """Clean the text on its way in."""
        super().apply(form, row)
        row.body_html = clean_html(row.body_html or "")

    def loss(self, row: Any) -> Sequence[str]:  # noqa: ARG002 - the same for all
        """Say what a missing page means."""
        return (_("Its text is gone. You choose below where its visitors are led."),)
