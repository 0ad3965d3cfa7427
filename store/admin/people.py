"""Staff accounts: made, changed, closed; never deleted, because the journal speaks of them."""

from typing import Any

from flask import url_for
from flask_admin import expose
from sqlalchemy import delete
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, PasswordField, SelectField
from wtforms.validators import ValidationError

from store.admin.base import done
from store.admin.crud import Crud
from store.admin.current import record, require, the_staff
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.staff import services
from store.staff.roles import LABELS, Permission
from store.web import sessions
from store.web.filters import date_and_time
from store.web.forms import Form, Required, StringField
from store.web.models import Session


def _valid_email(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    name, at, host = (field.data or "").rpartition("@")
    if not (name and at and "." in host) or " " in field.data:
        raise ValidationError(_("This is not an e-mail address."))


class PersonForm(Form):
    """Who somebody is, and what they may do."""

    name = StringField(lazy_gettext("Name"), longest=120, validators=[Required()])
    email = StringField(lazy_gettext("E-mail"), validators=[Required(), _valid_email])
    role = SelectField(lazy_gettext("Role"), choices=list(LABELS.items()), default="read_only")
    active = BooleanField(lazy_gettext("May log in"), default=True)


class NewPersonForm(PersonForm):
    """The same with a first password."""

    password = PasswordField(lazy_gettext("First password"), validators=[Required()])


class NewPasswordForm(Form):
    """A password to set."""

    password = PasswordField(lazy_gettext("New password"), validators=[Required()])


class PeopleScreen(Crud):
    """Who works here."""

    permission = Permission.MANAGE_STAFF
    edit_permission = Permission.MANAGE_STAFF
    icon = "user"
    title = lazy_gettext("Staff")
    noun = lazy_gettext("account")
    form = PersonForm
    form_columns = ("name", "email", "role", "active")
    can_delete = False
    delete_view = None
    column_list = ("name", "email", "role", "active", "last_login_at")
    column_labels = {
        "name": lazy_gettext("Name"),
        "email": lazy_gettext("E-mail"),
        "role": lazy_gettext("Role"),
        "active": lazy_gettext("May log in"),
        "last_login_at": lazy_gettext("Last seen"),
    }
    column_formatters = {
        "role": lambda _view, _context, row, _name: str(LABELS[row.role]).partition(":")[0],
        "active": lambda _view, _context, row, _name: _("yes") if row.active else _("no"),
        "last_login_at": lambda _view, _context, row, _name: (
            date_and_time(row.last_login_at, "short") if row.last_login_at else _("never")
        ),
    }
    column_default_order = "name"
    edit_template = "admin/people/person.html"

    def title_of(self, row: Any) -> str:
        """Return the name."""
        return str(row.name)

    def extras(self, row: Any) -> dict[str, Any]:
        """Offer a new password beside the account."""
        return {"password_form": NewPasswordForm(formdata=None), "is_me": row.id == the_staff().staff_id}

    def new_form(self, *, sent: bool) -> Form:
        """Ask for a first password too."""
        return NewPersonForm.from_request() if sent else NewPersonForm(formdata=None)

    def make(self, form: Any) -> Any:
        """Open an account."""
        return services.create_staff(
            email=form.email.data, name=form.name.data, role=form.role.data, password=form.password.data
        )

    def apply(self, form: Any, row: Any) -> None:
        """Change an account; whoever loses a right or the door is logged out everywhere."""
        me = the_staff().staff_id
        if row.id == me and not form.active.data:
            raise Conflict(_("You can't close your own account."), field="active")
        before = row.role, row.active
        services.change_staff(
            row.id, email=form.email.data, name=form.name.data, role=form.role.data, active=form.active.data
        )
        if (form.role.data, form.active.data) != before and row.id != me:
            sessions.end_all_of(row.id)

    @expose("/<int:record_id>/password", methods=("POST",))
    def update_password(self, record_id: int) -> Response:
        """Set a password and end every session of that person but the one at work."""
        require(Permission.MANAGE_STAFF)
        form = NewPasswordForm.from_request()
        row = self.find(record_id)
        if not form.validate():
            return self._password_page(row, form)
        try:
            with transaction():
                services.set_password(record_id, form.password.data)
                if record_id != the_staff().staff_id:
                    sessions.end_all_of(record_id)
                record("set_password", self.subject, record_id)
        except Invalid as error:
            form.password.errors = [error.message]
            return self._password_page(row, form)
        if record_id == the_staff().staff_id:
            _end_my_other_sessions(record_id)
        return done(_("The new password holds from now on."), url_for(".edit_view", record_id=record_id))

    def _password_page(self, row: Any, form: NewPasswordForm) -> Response:
        return self._form_page(self.fill(row), row, status=422, password_form=form)


def _end_my_other_sessions(staff_id: int) -> None:
    """Log this person out elsewhere; their own session goes on under a new id."""
    mine = sessions.current()
    mine.renew()
    with transaction():
        session.execute(delete(Session).where(Session.staff_id == staff_id, Session.id_hash != mine.id_hash))
