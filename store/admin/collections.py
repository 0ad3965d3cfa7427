"""Collections, and the products in them in their order."""

import re
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.wrappers import Response
from wtforms import Field
from wtforms.validators import ValidationError

from store.admin.base import done
from store.admin.collection_rules import MATCHES, SORTS, Words
from store.admin.crud import Crud
from store.admin.current import record, require
from store.admin.picking import cover_of
from store.catalog.fields import list_fields
from store.catalog.handles import is_handle
from store.catalog.membership import list_rules
from store.catalog.models import Collection, CollectionProduct, Product, Variant
from store.catalog.sanitize import clean_html
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext, ngettext
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, Required, StringField, TextAreaField

# A page shows no more rows than somebody reads; of a collection by hand it shows those that can be placed by number.
_MOST_LISTED = 50
_MOST_PLACED = 300
_MOST_JOURNALED = 500


def valid_handle(form: Form, field: Field) -> None:  # noqa: ARG001 - WTForms' signature
    """Validate the end of a link."""
    if not is_handle(field.data or "") or field.data == "all":
        raise ValidationError(_("Only small letters, digits and single hyphens, such as summer-linen."))


class CollectionForm(Form):
    """A collection's page."""

    title = StringField(lazy_gettext("Title"), validators=[Required()])
    handle = StringField(lazy_gettext("Address"), validators=[valid_handle])
    description_html = TextAreaField(lazy_gettext("Description"), longest=20_000)
    position = IntegerField(lazy_gettext("Place in the navigation"), maximum=10_000, validators=[Required()])
    seo_title = StringField(lazy_gettext("Title for search engines"))
    seo_description = TextAreaField(lazy_gettext("Description for search engines"), longest=1000)


class CollectionsScreen(Crud):
    """What is shown together."""

    permission = Permission.VIEW_PRODUCTS
    edit_permission = Permission.EDIT_PRODUCTS
    icon = "image"
    title = lazy_gettext("Collections")
    leads_on = True
    noun = lazy_gettext("collection")
    form = CollectionForm
    form_columns = ("title", "handle", "description_html", "position", "seo_title", "seo_description")
    unique_columns = ("handle",)
    column_list = ("title", "handle", "kind", "position")
    column_labels = {
        "title": lazy_gettext("Title"),
        "handle": lazy_gettext("Address"),
        "kind": lazy_gettext("Chosen"),
        "position": lazy_gettext("Place"),
    }
    column_formatters = {
        "kind": lambda _view, _context, row, _name: _("by rule") if row.kind == "rule" else _("by hand")
    }
    column_searchable_list: Sequence[InstrumentedAttribute[Any]] = (Collection.title, Collection.handle)
    column_default_order = "position"
    edit_template = "admin/collections/collection.html"

    def apply(self, form: Form, row: Any) -> None:
        """Clean the description on its way in."""
        super().apply(form, row)
        row.description_html = clean_html(row.description_html or "")

    def loss(self, row: Any) -> Sequence[str]:
        """Say that products stay."""
        count = _count_in(row.id)
        return (
            _("Its page goes. You choose below where its visitors are led."),
            ngettext("%(num)s product leaves it and stays in the shop.",
                     "%(num)s products leave it and stay in the shop.", count),
        )  # fmt: skip

    def extras(self, row: Any) -> dict[str, Any]:
        """Show the products in their order, the first of them when there are many, and the rules that choose them."""
        by_rule = row.kind == "rule"
        words = Words({field.id: field for field in list_fields()}) if by_rule else None
        return {
            "cover": cover_of(row),
            "products": _products_in(row.id, _MOST_LISTED if by_rule else _MOST_PLACED),
            "total": _count_in(row.id),
            "rules": words.of_all(list_rules(row.id)) if words else (),
            "match": MATCHES[row.match],
            "sort": SORTS[row.sort],
        }

    @expose("/<int:record_id>/products", methods=("POST",))
    def update_products(self, record_id: int) -> Response:
        """Put products in, take them out, and order them by the numbers that were entered."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            row = self.find(record_id, lock=True)
            if row.kind == "rule":
                raise Conflict(_("Rules choose the products of this collection. Change them, or choose by hand."))
            before = _ids_in(record_id)
            kept = [product_id for product_id in before if f"out-{product_id}" not in request.form]
            places, order = _places(before), {product_id: place for place, product_id in enumerate(before)}
            kept.sort(key=lambda product_id: (places[product_id], order[product_id]))
            there, found = set(kept), find_products(request.form.get("add", ""))
            after = [*kept, *(product_id for product_id in found if product_id not in there)]
            if after != before:
                _replace(record_id, after)
                record("edit_products", self.subject, row.id, **_change(before, after))
        return done(_("Saved."), url_for(".edit_view", record_id=record_id, _anchor="products"))


def _products_in(collection_id: int, limit: int) -> Sequence[Any]:
    return session.execute(
        select(Product.id, Product.title, Product.handle, Product.status)
        .join(CollectionProduct, CollectionProduct.product_id == Product.id)
        .where(CollectionProduct.collection_id == collection_id)
        .order_by(CollectionProduct.position, Product.id)
        .limit(limit)
    ).all()


def _ids_in(collection_id: int) -> list[int]:
    query = select(CollectionProduct.product_id).where(CollectionProduct.collection_id == collection_id)
    return list(session.execute(query.order_by(CollectionProduct.position, CollectionProduct.product_id)).scalars())


def _count_in(collection_id: int) -> int:
    query = select(func.count()).where(CollectionProduct.collection_id == collection_id)
    return session.execute(query).scalar_one()


def _places(before: list[int]) -> dict[int, int]:
    """Return where each product goes: where it was put here, else where it is by now."""
    shown = {product_id: place for place, product_id in enumerate(request.form.get("seen", "").split(","), 1)}
    places = {}
    for place, product_id in enumerate(before, 1):
        sent = request.form.get(f"place-{product_id}", "")
        moved = re.fullmatch(r"[0-9]{1,6}", sent, re.ASCII) and shown.get(str(product_id)) != int(sent)
        places[product_id] = int(sent) if moved else place
    return places


def _change(before: list[int], after: list[int]) -> dict[str, dict[str, object]]:
    """Return what the journal keeps: both orders, or of a long one what came, what left and how many there were."""
    if max(len(before), len(after)) <= _MOST_JOURNALED:
        return {"before": {"products": before}, "after": {"products": after}}
    had, has = set(before), set(after)
    return {
        "before": {"count": len(before), "out": [one for one in before if one not in has][:_MOST_JOURNALED]},
        "after": {"count": len(after), "in": [one for one in after if one not in had][:_MOST_JOURNALED]},
    }


def find_products(text: str) -> list[int]:
    """Return the products named by handle, link or SKU; raises `Invalid` naming those that nobody knows."""
    wanted = [part.rpartition("/")[2] for part in re.split(r"[\s,;]+", text.strip()) if part][:500]
    if not wanted:
        return []
    handles = session.execute(select(Product.handle, Product.id).where(Product.handle.in_(wanted))).all()
    skus = session.execute(select(Variant.sku, Variant.product_id).where(Variant.sku.in_(wanted))).all()
    known = dict([*skus, *handles])
    found = {name: known.get(name) for name in wanted}
    unknown = [name for name, product_id in found.items() if product_id is None]
    if unknown:
        raise Invalid(_("There is no product with this address or SKU: %(names)s", names=", ".join(unknown)[:300]))
    return [product_id for product_id in dict.fromkeys(found.values()) if product_id is not None]


def _replace(collection_id: int, product_ids: list[int]) -> None:
    """Make these its products, in this order; only rows that differ are written."""
    session.execute(
        text(
            "WITH wanted AS MATERIALIZED (SELECT id, place - 1 AS place "
            "  FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS sent (id, place)), "
            "gone AS (DELETE FROM collection_products cp WHERE cp.collection_id = :collection "
            "  AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = cp.product_id)) "
            "INSERT INTO collection_products (collection_id, product_id, position) "
            "SELECT :collection, w.id, w.place FROM wanted w WHERE NOT EXISTS (SELECT FROM collection_products cp "
            "  WHERE cp.collection_id = :collection AND cp.product_id = w.id AND cp.position = w.place) "
            "ON CONFLICT (collection_id, product_id) DO UPDATE SET position = EXCLUDED.position"
        ),
        {"collection": collection_id, "ids": product_ids},
    )
