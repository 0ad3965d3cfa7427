"""The folders of the media library."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from store.admin.crud import Crud
from store.core.db import session
from store.core.i18n import lazy_gettext, ngettext
from store.media import library
from store.media.models import LibraryEntry
from store.staff.roles import Permission
from store.web.forms import Form, Required, StringField


class FolderForm(Form):
    """A folder's name."""

    name = StringField(lazy_gettext("Name"), longest=120, validators=[Required()])


class FoldersScreen(Crud):
    """Where staff keep pictures together; reached from the library."""

    permission = Permission.VIEW_PRODUCTS
    edit_permission = Permission.EDIT_PRODUCTS
    title = lazy_gettext("Folders")
    noun = lazy_gettext("folder")
    form = FolderForm
    form_columns = ("name",)
    column_list = ("name",)
    column_labels = {"name": lazy_gettext("Name")}
    column_default_order = "name"

    def is_visible(self) -> bool:
        """Stay out of the navigation."""
        return False

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def make(self, form: Form) -> Any:
        """Make an empty folder."""
        return library.add_folder(form["name"].data or "")

    def apply(self, form: Form, row: Any) -> None:
        """Call it otherwise."""
        library.rename_folder(row.id, form["name"].data or "")

    def loss(self, row: Any) -> Sequence[str]:
        """Say that pictures stay."""
        query = select(func.count()).select_from(LibraryEntry).where(LibraryEntry.folder_id == row.id)
        count = session.execute(query).scalar_one()
        return (
            ngettext("%(num)s picture is in no folder then.", "%(num)s pictures are in no folder then.", count),
        )  # fmt: skip
