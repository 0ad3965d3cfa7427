"""Custom fields: what staff define, and the form that fills them in for one product."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import text
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from store.admin.base import ProductScreen, done
from store.admin.conflicts import SEEN, Settled, Stale, clash_sentence, prints, saved_sentence, settle
from store.admin.crud import Crud
from store.admin.current import record, require
from store.admin.queries import products
from store.catalog import addressing, categories, fields
from store.catalog.errors import ProductChanged
from store.catalog.membership import refresh_soon
from store.catalog.models import CustomField
from store.core.db import read_rows, session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.core.queue import enqueue
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField

KINDS = {
    "text": lazy_gettext("Text"),
    "number": lazy_gettext("Number"),
    "boolean": lazy_gettext("Yes or no"),
    "date": lazy_gettext("Day"),
    "choice": lazy_gettext("Choice from a list"),
    "url": lazy_gettext("Link"),
    "color": lazy_gettext("Colour"),
}

_CATEGORY = "category"


class FieldForm(Form):
    """A definition that may be in use: its kind and its name in files stay."""

    name = StringField(lazy_gettext("Name"), validators=[Required()], longest=100)
    many = BooleanField(lazy_gettext("A product may have several values"))
    unit = StringField(lazy_gettext("Unit of a number"), longest=100)
    choices = TextAreaField(lazy_gettext("Choices, one on each line"), longest=20_000)
    filterable = BooleanField(lazy_gettext("Shoppers can filter by it"))
    visible = BooleanField(lazy_gettext("Shown on the page of the product"))
    position = IntegerField(lazy_gettext("Place among the fields"), maximum=10_000)


class NewFieldForm(FieldForm):
    """A definition from the beginning."""

    kind = SelectField(lazy_gettext("Kind"), choices=list(KINDS.items()))
    namespace = StringField(lazy_gettext("Group in files"), longest=100)
    key = StringField(lazy_gettext("Name in files"), longest=100)


class FieldsScreen(Crud):
    """What the shop says of its products besides what all shops say."""

    permission = Permission.VIEW_PRODUCTS
    edit_permission = Permission.EDIT_PRODUCTS
    icon = "tag"
    title = lazy_gettext("Custom fields")
    noun = lazy_gettext("custom field")
    form = FieldForm
    form_columns = ("name", "many", "unit", "choices", "filterable", "visible", "position")
    column_list = ("name", "kind", "key", "filterable", "visible", "position")
    column_labels = {
        "name": lazy_gettext("Name"),
        "kind": lazy_gettext("Kind"),
        "key": lazy_gettext("Name in files"),
        "filterable": lazy_gettext("Filter"),
        "visible": lazy_gettext("Shown"),
        "position": lazy_gettext("Place"),
    }
    column_formatters = {
        "kind": lambda _view, _context, row, _name: KINDS[row.kind],
        "key": lambda _view, _context, row, _name: f"{row.namespace}.{row.key}",
        "filterable": lambda _view, _context, row, _name: _("yes") if row.filterable else "–",
        "visible": lambda _view, _context, row, _name: _("yes") if row.visible else "–",
    }
    column_searchable_list: Sequence[InstrumentedAttribute[Any]] = (CustomField.name, CustomField.key)
    column_default_order = "position"
    edit_template = "admin/fields/field.html"

    def title_of(self, row: Any) -> str:
        """Return its name."""
        return str(row.name)

    def new_form(self, *, sent: bool) -> Form:
        """Return the form with the kind, and what most fields are."""
        if sent:
            return NewFieldForm.from_request()
        return NewFieldForm(formdata=None, visible=True, namespace="custom")

    def fill(self, row: Any) -> Form:
        """Show the choices line by line."""
        form = FieldForm(formdata=None, obj=row)
        form.choices.data = "\n".join(row.choices)
        return form

    def make(self, form: Form) -> Any:
        """Define a field; refused in a sentence at its field."""
        field = fields.define_field(
            form["name"].data,
            form["kind"].data,
            namespace=form["namespace"].data or "custom",
            key=form["key"].data or "",
            many=form["many"].data,
            unit=form["unit"].data or "",
            choices=(form["choices"].data or "").splitlines(),
            filterable=form["filterable"].data,
            visible=form["visible"].data,
        )
        row = self.find(field.id)
        if form["position"].data is not None:
            row.position = form["position"].data
        return row

    def apply(self, form: Form, row: Any) -> None:
        """Change a definition in use, unless its values would not fit any more."""
        choices = (form["choices"].data or "").splitlines()
        fields.describe(
            row, name=form["name"].data or "", many=form["many"].data, unit=form["unit"].data or "", choices=choices
        )
        _refuse_misfits(row)
        row.filterable, row.visible = form["filterable"].data, form["visible"].data
        if form["position"].data is not None:
            row.position = form["position"].data
        enqueue("catalog.show_field_anew", field_id=row.id)

    def loss(self, row: Any) -> Sequence[str]:
        """Say how many products lose what they say in it."""
        count = fields.count_products(row.id)
        lost = ngettext("%(num)s product loses what it says here.", "%(num)s products lose what they say here.", count)
        return (lost, _("Filters and rules of collections that ask for it stop working."))

    @expose("/<int:record_id>/deletion", methods=("GET", "POST"))
    def delete_view(self, record_id: int) -> Response:
        """Ask first; then delete, in the background when many products are touched."""
        self._require_edit(allowed=True)
        row = self.find(record_id)
        if request.method == "GET":
            return self.page(self.delete_template, row=row, name=self.title_of(row), loss=self.loss(row))
        with transaction():
            row = self.find(record_id, lock=True)
            record("delete", self.subject, record_id, before=self.snapshot(row))
            row.visible = row.filterable = False
            session.flush()
            refresh_soon(f"custom.{record_id}")
            if fields.count_products(record_id) > fields.BATCH:
                enqueue("catalog.delete_field", field_id=record_id)
                return done(_("Being deleted in the background."), url_for(".index_view"))
            fields.delete_field(record_id)
        return done(_("Deleted."), url_for(".index_view"))

    def extras(self, row: Any) -> dict[str, Any]:
        """Show what stays as it was made."""
        return {"kind": KINDS[row.kind], "in_use": fields.count_products(row.id)}


class ProductFieldsScreen(ProductScreen):
    """Fills in category and custom fields of one product; its form stands on the product's page."""

    @expose("/<int:product_id>", methods=("GET", "POST"))
    def edit(self, product_id: int) -> Response:
        """Save what was sent; values that don't fit are shown again with what is wrong."""
        require(Permission.EDIT_PRODUCTS)
        products.get_handle(product_id)
        section = describing_of(product_id)
        if request.method == "GET":
            return self.page("admin/fields/product.html", product_id=product_id, describing=section)
        section, settled = _sent(section)
        if settled.clashes:
            section |= {"problem": clash_sentence(), "clashes": settled.clashes}
            return self.page("admin/fields/product.html", 409, product_id=product_id, describing=section)
        if any(one["error"] for one in section["fields"]):
            return self.page("admin/fields/product.html", 422, product_id=product_id, describing=section)
        try:
            with transaction():
                addressing.get_locked(product_id)
                if describing_of(product_id)["seen"] != section["seen"]:
                    raise Stale("")
                self._save(product_id, section)
        except Stale:
            again: Response = self.edit(product_id)
            return again
        except (ProductChanged, Conflict, Invalid) as error:
            section["problem"] = error.message
            return self.page("admin/fields/product.html", error.status, product_id=product_id, describing=section)
        return done(saved_sentence(settled), url_for("products.show", product_id=product_id, _anchor="describing"))

    def _save(self, product_id: int, section: dict[str, Any]) -> None:
        before = _state_of(product_id)
        if section["category_id"] is not None and section["category_id"] not in dict(section["places"]):
            raise Invalid(_("This category is not here any more."))
        categories.set_category([product_id], section["category_id"])
        fields.set_field_values({product_id: {one["field"].id: one["texts"] for one in section["fields"]}})
        after = _state_of(product_id)
        if before != after:
            changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
            record(
                "edit",
                "product",
                product_id,
                before={name: before.get(name, "") for name in changed},
                after={name: after.get(name, "") for name in changed},
            )


def describing_of(product_id: int) -> dict[str, Any]:
    """Return what the section on a product's page shows: its category, the tree, its fields with their values."""
    said = fields.values_of([product_id])[product_id]
    rows = read_rows("SELECT category_id FROM products WHERE id = :id", {"id": product_id})
    section = {
        "category_id": rows[0].category_id if rows else None,
        "places": [(branch.id, branch.words) for branch in categories.list_branches()],
        "fields": [
            {"field": field, "texts": list(said.get(field.id, ())), "error": ""} for field in fields.list_fields()
        ],
        "problem": "",
        "clashes": (),
    }
    return section | {"seen": prints(_texts(section))}


def _sent(section: dict[str, Any]) -> tuple[dict[str, Any], Settled]:
    """Return the section as it was sent, and what was changed in it here and by others."""
    stored, sent = _texts(section), {_CATEGORY: request.form.get(_CATEGORY, "")}
    for one in section["fields"]:
        field = one["field"]
        texts = request.form.getlist(f"field-{field.id}")
        if field.many and field.kind != "choice":
            texts = [line for sent_ in texts for line in sent_.splitlines()]
        sent[f"field-{field.id}"] = "\n".join(text_.strip() for text_ in texts if text_.strip())
    settled = settle(
        stored,
        sent,
        request.form.get(SEEN, ""),
        choices=request.form,
        labels={_CATEGORY: _("Category")}
        | {f"field-{one['field'].id}": one["field"].name for one in section["fields"]},
        words={_CATEGORY: {str(id_): path for id_, path in section["places"]}},
    )
    place = settled.values[_CATEGORY]
    section["category_id"] = int(place) if place.isascii() and place.isdecimal() and len(place) < 18 else None
    for one in section["fields"]:
        one["texts"] = settled.values[f"field-{one['field'].id}"].splitlines()
        try:
            fields.read_values(one["field"], one["texts"])
        except Invalid as error:
            one["error"] = error.message
    return section, settled


def _texts(section: dict[str, Any]) -> dict[str, str]:
    said = {f"field-{one['field'].id}": "\n".join(one["texts"]) for one in section["fields"]}
    return {_CATEGORY: str(section["category_id"] or ""), **said}


def _state_of(product_id: int) -> dict[str, str]:
    """What the journal keeps: the category in words, and each field under its name."""
    section = describing_of(product_id)
    said = {one["field"].name: ", ".join(one["texts"]) for one in section["fields"] if one["texts"]}
    return {"category": dict(section["places"]).get(section["category_id"], ""), **said}


def _refuse_misfits(row: CustomField) -> None:
    if row.kind == "choice":
        gone = session.execute(
            text("SELECT value, count(*) AS total FROM custom_field_values "
                 "WHERE field_id = :id AND value <> ALL(:choices) GROUP BY value ORDER BY value LIMIT 5"),
            {"id": row.id, "choices": row.choices},
        ).all()  # fmt: skip
        if gone:
            words = ", ".join(f"{one.value} ({one.total})" for one in gone)
            raise Invalid(_("Products still say: %(choices)s. Change those first.", choices=words), field="choices")
    if not row.many:
        query = text("SELECT count(DISTINCT product_id) FROM custom_field_values WHERE field_id = :id AND position > 0")
        several = session.execute(query, {"id": row.id}).scalar_one()
        if several:
            raise Invalid(
                ngettext("%(num)s product has several values.", "%(num)s products have several values.", several),
                field="many",
            )
