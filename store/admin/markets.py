"""Markets as they are set up; they change by migration or seed, not by hand."""

from typing import Any

from store.admin.crud import Crud
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.staff.roles import Permission
from store.web.forms import Form


class MarketsScreen(Crud):
    """Where the shop sells."""

    permission = Permission.VIEW_SETTINGS
    edit_permission = Permission.EDIT_SETTINGS
    icon = "globe"
    title = lazy_gettext("Markets")
    noun = lazy_gettext("market")
    form = Form
    can_create = can_edit = can_delete = False
    column_list = ("name", "prefix", "currency", "locale", "countries", "is_default")
    column_sortable_list = ()
    column_default_order = "prefix"
    column_labels = {
        "name": lazy_gettext("Name"),
        "prefix": lazy_gettext("Address"),
        "currency": lazy_gettext("Currency"),
        "locale": lazy_gettext("Language"),
        "countries": lazy_gettext("Countries"),
        "is_default": lazy_gettext("Default"),
    }
    column_formatters = {
        "prefix": lambda _view, _context, row, _name: f"/{row.prefix}",
        "countries": lambda _view, _context, row, _name: ", ".join(row.countries) or "–",
        "is_default": lambda _view, _context, row, _name: _("yes") if row.is_default else "",
    }
    edit_view = delete_view = create_view = None

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)
