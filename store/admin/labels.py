"""Tags, brands and types: which are in use, and one spelling of each across the shop."""

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import may, record, require
from store.catalog import labels
from store.core.db import transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.staff.roles import Permission

TABS = (("tag", lazy_gettext("Tags")), ("vendor", lazy_gettext("Brands")), ("type", lazy_gettext("Types")))
_KINDS = dict(TABS)
_LISTED = 200
_LONGEST = 300


class LabelsScreen(Screen):
    """The words on products."""

    permission = Permission.VIEW_PRODUCTS
    icon = "tag"

    @property
    def may_edit(self) -> bool:
        """Whether whoever is logged in may rename."""
        return may(Permission.EDIT_PRODUCTS)

    @expose("/")
    def index(self) -> Response:
        """List the words of one kind with how many products have them; `old` is the one to rename."""
        kind = request.args.get("kind", "tag")
        return self._page(kind if kind in _KINDS else "tag", request.args.get("old", "")[:_LONGEST])

    @expose("/renaming", methods=("POST",))
    def rename(self) -> Response:
        """Have a word called otherwise on all products; `do` is rename or remove."""
        require(Permission.EDIT_PRODUCTS)
        kind, old = request.form.get("kind", ""), request.form.get("old", "")[:_LONGEST]
        new = "" if request.form.get("do") == "remove" else request.form.get("new", "")[:_LONGEST]
        try:
            if request.form.get("do") != "remove":
                new = labels.checked(kind if kind in _KINDS else "tag", new)
            with transaction():
                labels.rename_soon(kind, old, new)
                record("rename", kind, old, before={"name": old}, after={"name": new})
        except Invalid as error:
            return self._page(kind if kind in _KINDS else "tag", old, new=new, problem=error.message, status=422)
        said = _("Products are being changed: it will be “%(name)s” within seconds.", name=new)
        return done(said if new else _("It is being taken off its products."), url_for(".index", kind=kind))

    def _page(self, kind: str, old: str, *, new: str | None = None, problem: str = "", status: int = 200) -> Response:
        search = request.args.get("q", "").strip()[:120]
        found = labels.list_labels(kind, search=search, limit=_LISTED + 1)
        return self.page(
            "admin/labels/list.html",
            status,
            tabs=TABS,
            kind=kind,
            search=search,
            rows=found[:_LISTED],
            more=len(found) > _LISTED,
            old=old if self.may_edit else "",
            new=old if new is None else new,
            problem=problem,
        )
