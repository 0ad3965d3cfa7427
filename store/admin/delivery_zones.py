"""Zones: places that cost the same to deliver to."""

from collections.abc import Sequence
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from store.admin.crud import Crud
from store.admin.queries.delivery import methods_of_zone
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.shipping.services import check_areas
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField


class ZoneForm(Form):
    """Where a zone is."""

    name = StringField(lazy_gettext("Name"), validators=[Required()], longest=100)
    areas = TextAreaField(lazy_gettext("Places, one a line"), validators=[Required()], longest=20_000)
    position = IntegerField(lazy_gettext("Place in the list"), maximum=10_000, default=0)

    def validate_areas(self, field: Field) -> None:
        """Check that every line names a place."""
        if field.data:
            try:
                check_areas(field.data)
            except Invalid as error:
                raise ValidationError(error.message) from None


class ZonesScreen(Crud):
    """The zones of the shop; methods say what each costs."""

    permission = Permission.VIEW_SETTINGS
    edit_permission = Permission.EDIT_SETTINGS
    icon = "truck"
    title = lazy_gettext("Zones")
    noun = lazy_gettext("zone")
    form = ZoneForm
    form_columns = ("name", "areas", "position")
    unique_columns = ("name",)
    column_list = ("name", "areas")
    column_sortable_list = ()
    column_default_order = "position"
    column_labels = {"name": lazy_gettext("Name"), "areas": lazy_gettext("Places")}
    column_formatters = {"areas": lambda _view, _context, row, _name: _shorten(row.areas)}
    edit_template = "admin/delivery/zone.html"
    list_template = "admin/delivery/zones.html"

    def is_visible(self) -> bool:
        """Stay out of the navigation: Delivery leads here."""
        return False

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def apply(self, form: Form, row: Any) -> None:
        """Write it; a place that was left out is the first."""
        super().apply(form, row)
        row.position = form["position"].data or 0

    def loss(self, row: Any) -> Sequence[str]:
        """Say which methods do not deliver there any more."""
        used = [name for _id, name in methods_of_zone(row.id)]
        if not used:
            return ()
        return (
            _(
                "No longer delivered there, unless another zone of theirs holds it: %(methods)s.",
                methods=", ".join(used),
            ),
            _("A method without any zone left serves every country of its market."),
        )

    def extras(self, row: Any) -> dict[str, Any]:
        """Show what serves it."""
        return {"methods": methods_of_zone(row.id)}


def _shorten(areas: str) -> str:
    lines = [line.strip() for line in areas.splitlines() if line.strip()]
    text = "; ".join(lines)
    return text if len(text) <= 120 else text[:119].rstrip() + "…"
