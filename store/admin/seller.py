"""Who stands on invoices: the business behind the shop."""

from flask import url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.core.db import transaction
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.invoicing import services
from store.invoicing.queries import find_seller
from store.staff.roles import Permission
from store.web.forms import Form, StringField, TextAreaField

FIELDS = ("legal_name", "address", "vat_id", "footer", "invoice_prefix")


class SellerForm(Form):
    """What the law wants on an invoice."""

    legal_name = StringField(lazy_gettext("Legal name"), longest=200)
    address = TextAreaField(lazy_gettext("Address"), longest=600)
    vat_id = StringField(lazy_gettext("VAT ID"), longest=30)
    footer = TextAreaField(lazy_gettext("Line at the bottom"), longest=600)
    invoice_prefix = StringField(lazy_gettext("Before every number"), longest=12)


class SellerScreen(Screen):
    """The issuer of invoices and credit notes."""

    permission = Permission.VIEW_SETTINGS
    icon = "list"

    @expose("/")
    def index(self) -> Response:
        """Show what is written down."""
        return self._show(SellerForm(formdata=None, obj=find_seller()))

    @expose("/", methods=("POST",))
    def update(self) -> Response:
        """Write it down; documents that were issued keep what they say."""
        require(Permission.EDIT_SETTINGS)
        form = SellerForm.from_request()
        if not form.validate():
            return self._show(form, 422)
        words = {name: (form[name].data or "").strip() for name in FIELDS}
        with transaction():
            known = find_seller()
            before = {name: getattr(known, name) if known else "" for name in FIELDS}
            services.save_seller(**words)
            record("edit", "seller", 1, before=before, after=words)
        return done(_("Kept. It stands on every document from now on."), url_for(".index"))

    def _show(self, form: SellerForm, status: int = 200) -> Response:
        return self.page("admin/seller.html", status, form=form)
