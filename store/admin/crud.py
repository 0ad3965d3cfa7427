"""Lists and forms for what is plainly described: Flask-Admin's model views with our forms, pages and transactions.

Forms write the columns in `form_columns` and no others. Each write is checked against what the form was filled from,
asks first when it deletes, and leaves a line in the journal.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response
from wtforms import StringField

from store.admin.addresses import read_target
from store.admin.base import Screen, done
from store.admin.conflicts import SEEN, Settled, Stale, clash_sentence, prints, saved_sentence, settle, words_of
from store.admin.current import may, record, require, the_staff
from store.catalog import addressing
from store.core.db import db, session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.redirects import services as redirects
from store.staff.roles import Permission
from store.web.forms import Form

# Never filled in, so nothing that two people could have seen.
_UNSEEN = ("CSRFTokenField", "PasswordField", "FileField")


class Crud(Screen, ModelView):
    """A list with a form for one kind of row. `title` is the heading, `noun` one of them."""

    edit_permission: ClassVar[Permission]
    title: ClassVar[Any]
    noun: ClassVar[Any]
    form: ClassVar[type[Form]]
    form_columns: ClassVar[Sequence[str]] = ()
    unique_columns: ClassVar[Sequence[str]] = ()
    edit_template = "admin/model/edit.html"
    create_template = "admin/model/edit.html"
    delete_template = "admin/model/deletion.html"
    list_template = "admin/model/list.html"
    page_size = 50
    # Its rows have pages of their own: whoever renames or deletes one leads its visitors on.
    leads_on: ClassVar[bool] = False

    # Not offered: each would be a second way to do what a screen does.
    details_view = action_view = export = ajax_lookup = ajax_update = None

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(model, db, **options)

    @property
    def may_edit(self) -> bool:
        """Whether whoever is logged in may change these rows."""
        return may(self.edit_permission)

    def title_of(self, row: Any) -> str:
        """Return what a row is called on its page."""
        return str(row.title)

    @expose("/new", methods=("GET", "POST"))
    def create_view(self) -> Response:
        """Show the form of a new row, and make it."""
        self._require_edit(allowed=self.can_create)
        if request.method == "GET":
            return self._form_page(self.new_form(sent=False), None)
        form = self.new_form(sent=True)
        if not form.validate() or not self._is_free(form, None):
            return self._form_page(form, None, status=422)
        try:
            with transaction():
                row = self.make(form)
                session.flush()
                if self.leads_on:
                    redirects.restore_all([addressing.address_of(row)])
                record("create", self.subject, row.id, after=self.snapshot(row))
        except (Invalid, Conflict) as error:
            return self._refuse(form, None, error)
        except IntegrityError:
            return self._refuse(form, None, _taken())
        return done(_("Made."), url_for(".edit_view", record_id=row.id))

    @expose("/<int:record_id>", methods=("GET", "POST"))
    def edit_view(self, record_id: int) -> Response:
        """Show a row in its form, and save it."""
        if request.method == "POST":
            self._require_edit(allowed=self.can_edit)
        row = self.find(record_id)
        if request.method == "GET":
            return self._form_page(self.fill(row), row)
        form = self.edited(row)
        settled = self._settle(form, row)
        if settled.clashes:
            return self._form_page(form, row, status=409, problem=clash_sentence(), clashes=settled.clashes)
        if not form.validate() or not self._is_free(form, record_id):
            return self._form_page(form, row, status=422)
        try:
            read = prints(_texts(self.fill(row)))
            with transaction():
                row = self.find(record_id, lock=True)
                if prints(_texts(self.fill(row))) != read:
                    raise Stale("")
                before = self.snapshot(row)
                address = addressing.address_of(row) if self.leads_on else ""
                self.apply(form, row)
                session.flush()
                if self.leads_on:
                    addressing.follow(row, address, actor=the_staff().actor)
                after = self.snapshot(row)
                if after != before:
                    changed = [name for name in after if after[name] != before.get(name)]
                    record(
                        "edit",
                        self.subject,
                        record_id,
                        before={name: before.get(name) for name in changed},
                        after={name: after[name] for name in changed},
                    )
        except Stale:
            again: Response = self.edit_view(record_id)
            return again
        except (Invalid, Conflict) as error:
            return self._refuse(form, self.find(record_id), error)
        except IntegrityError:
            return self._refuse(form, self.find(record_id), _taken())
        return done(saved_sentence(settled), url_for(".edit_view", record_id=record_id))

    @expose("/<int:record_id>/deletion", methods=("GET", "POST"))
    def delete_view(self, record_id: int) -> Response:
        """Ask first, on a page of its own; then delete."""
        self._require_edit(allowed=self.can_delete)
        row = self.find(record_id)
        if request.method == "GET":
            return self._deletion_page(row, {"answer": "gone", "target": ""}, {})
        sent = {name: request.form.get(name, "").strip() for name in ("answer", "target")}
        try:
            with transaction():
                row = self.find(record_id, lock=True)
                record("delete", self.subject, record_id, before=self.snapshot(row))
                if self.leads_on:
                    address = addressing.address_of(row)
                    target = read_target(sent)
                    redirects.retire(address, target, reason="deleted", actor=the_staff().actor)
                session.delete(row)
        except (Invalid, Conflict) as error:
            return self._deletion_page(self.find(record_id), sent, {error.facts.get("field", ""): error.message})
        return done(_("Deleted."), url_for(".index_view"))

    @property
    def subject(self) -> str:
        """How the journal names these rows."""
        return str(self.model.__tablename__)

    def find(self, record_id: int, *, lock: bool = False) -> Any:
        """Return a row; raises `NotFound`."""
        query = select(self.model).where(self.model.id == record_id).execution_options(populate_existing=True)
        row = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
        if row is None:
            raise NotFound(_("This is not here any more."))
        return row

    def fill(self, row: Any) -> Form:
        """Return the form as the row stands."""
        return self.form(formdata=None, obj=row)

    def edited(self, row: Any) -> Form:  # noqa: ARG002 - for those below
        """Return the form of a row as it was sent."""
        return self.form.from_request()

    def new_form(self, *, sent: bool) -> Form:
        """Return the form of a new row, as it was sent or empty."""
        return self.form.from_request() if sent else self.form(formdata=None)

    def make(self, form: Form) -> Any:
        """Return a new row made of the form; runs in the transaction."""
        row = self.model()
        self.apply(form, row)
        session.add(row)
        return row

    def apply(self, form: Form, row: Any) -> None:
        """Put the form's values into the row: those of `form_columns`."""
        for name in self.form_columns:
            field = form[name]
            # A text that was not sent is an empty one; the columns know no third state.
            setattr(row, name, field.data or "" if isinstance(field, StringField) else field.data)

    def snapshot(self, row: Any) -> dict[str, Any]:
        """Return what the journal keeps of a row."""
        return {name: getattr(row, name) for name in self.form_columns}

    def loss(self, row: Any) -> Sequence[str]:  # noqa: ARG002 - for those below
        """Return in sentences what goes when the row is deleted."""
        return ()

    def extras(self, row: Any) -> dict[str, Any]:  # noqa: ARG002 - for those below
        """Return what the form's page shows besides."""
        return {}

    def _deletion_page(self, row: Any, sent: dict[str, str], errors: dict[str, str]) -> Response:
        name, loss = self.title_of(row), self.loss(row)
        status = 422 if errors else 200
        return self.page(self.delete_template, status, row=row, name=name, loss=loss, sent=sent, errors=errors)

    def _require_edit(self, *, allowed: bool) -> None:
        if not allowed:
            raise NotFound(_("This is not here any more."))
        require(self.edit_permission)

    def _is_free(self, form: Form, record_id: int | None) -> bool:
        for name in self.unique_columns:
            query = select(self.model.id).where(getattr(self.model, name) == form[name].data)
            other = session.execute(query.limit(1)).scalar()
            if other is not None and other != record_id:
                form[name].errors = [*form[name].errors, _("Another one has this already.")]
                return False
        return True

    def _settle(self, form: Form, row: Any) -> Settled:
        """Tell apart what was changed here and by others; what only others changed comes into the form."""
        stored, sent = self.fill(row), _texts(form)
        kept = _texts(stored)
        settled = settle(
            kept,
            sent,
            request.form.get(SEEN, ""),
            choices=request.form,
            labels={field.name: str(field.label.text) for field in form},
            words=words_of(form),
        )
        for name in kept:
            if name in form and sent.get(name) != kept[name] == settled.values[name]:
                form[name].data, form[name].raw_data = stored[name].data, None
        return settled

    def _refuse(self, form: Form, row: Any, error: Invalid | Conflict) -> Response:
        field = error.facts.get("field")
        if field in form:
            form[field].errors = [error.message]
            return self._form_page(form, row, status=error.status)
        return self._form_page(form, row, status=error.status, problem=error.message)

    def _form_page(self, form: Form, row: Any, *, status: int = 200, problem: str = "", **more: Any) -> Response:
        return self.page(
            self.edit_template,
            status,
            form=form,
            row=row,
            name=None if row is None else self.title_of(row),
            seen="" if row is None else prints(_texts(self.fill(row))),
            problem=problem,
            **({} if row is None else {**self.extras(row), **more}),
        )


def _taken() -> Conflict:
    return Conflict(_("Another one has this name or address already."))


def _texts(form: Form) -> dict[str, str]:
    return {field.name: "" if field.data is None else str(field.data) for field in form if field.type not in _UNSEEN}
