"""Describes the demo shop's goods: categories, custom fields and a collection by rule. Twice is harmless."""

from sqlalchemy import select, text

from store.catalog import categories, fields, membership
from store.catalog.models import Collection, Product
from store.catalog.rules import Rule
from store.core.db import session
from store.seed.content import describing as words

# What sells best of it stands for all.
_COVER = text(
    "SELECT pi.image_id FROM collection_products cp JOIN product_images pi ON pi.product_id = cp.product_id "
    "WHERE cp.collection_id = :id ORDER BY cp.position, cp.product_id, pi.position LIMIT 1"
)


def describe() -> None:
    """Put every product in its category, fill in its fields, and make the collection; the caller commits."""
    kinds = {row.id: row.product_type for row in session.execute(select(Product.id, Product.product_type))}
    ids = categories.categories_by_path(
        dict.fromkeys(words.PLACES[kind] for kind in kinds.values() if kind in words.PLACES)
    )
    for path, category_id in ids.items():
        categories.set_category([id_ for id_, kind in kinds.items() if words.PLACES.get(kind) == path], category_id)
    known = fields.find_fields({("custom", key) for key in words.FIELDS})
    defined = {
        key: known.get(("custom", key))
        or fields.define_field(
            said.name, said.kind, key=key, unit=said.unit, many=said.many, choices=said.choices,
            filterable=said.filterable,
        )
        for key, said in words.FIELDS.items()
    }  # fmt: skip
    fields.set_field_values(
        {
            id_: {defined[key].id: texts for key, texts in _said_of(words.PLACES.get(kind, "")).items()}
            for id_, kind in kinds.items()
        }
    )
    handle, title, intro = words.SMALL_THINGS
    if session.execute(select(Collection.id).where(Collection.handle == handle)).first() is None:
        row = Collection(handle=handle, title=title, description_html=intro, position=100)
        session.add(row)
        session.flush()
        membership.save_rules(row.id, [Rule(*rule) for rule in words.SMALL_RULES], match="all", sort="popular")
        membership.refresh(row.id)
        row.image_id = session.execute(_COVER, {"id": row.id}).scalar()


def _said_of(path: str) -> dict[str, tuple[str, ...]]:
    return dict(next((values for start, values in words.VALUES if path.startswith(start)), {}))
