"""Makes stored products like their drafts, difference by difference."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, StoredProduct, VariantDraft
from store.catalog.models import (
    CustomField,
    CustomFieldValue,
    Option,
    OptionValue,
    Price,
    ProductImage,
    Variant,
    VariantImage,
    VariantValue,
)
from store.catalog.writing import (
    PRODUCT_COLUMNS,
    VARIANT_COLUMNS,
    VariantRow,
    Written,
    column,
    insert_belongings,
    insert_fields,
    insert_values,
    insert_variant_pictures,
    insert_variants,
    key_of,
    once,
    price_row,
    values_of,
)
from store.core.clock import now
from store.core.db import copy_rows, reserve_ids, session

# What this module keeps: prices of no list, from one piece on.
_BASE_PRICE = (Price.price_list_id.is_(None), Price.min_qty == 1)


def changed_columns(before: ProductDraft, after: ProductDraft) -> dict[str, Any]:
    """Return the columns of the product's own row that differ, with their new values."""
    return {name: column(after, name) for name in PRODUCT_COLUMNS if getattr(before, name) != getattr(after, name)}


def update_product(before: StoredProduct, after: ProductDraft) -> Written:
    """Make a stored product's options, variants, prices and pictures like the draft; its own row is left to others."""
    changed = bool(changed_columns(before.draft, after))
    value_ids, option_ids, options_changed = _update_options(before, after)
    kept, new = _match(before, after, options_changed=_axes(before.draft) != _axes(after))
    gone = set(before.variant_ids.values()) - {variant_id for variant_id, *_ in kept}
    if gone:
        moment = now()
        session.execute(update(Variant).where(Variant.id.in_(gone)).values(deleted_at=moment, sku=None))
    variants_changed = _update_variants(before, after, kept, option_ids, value_ids)
    variant_ids = {after.variants[place].values: variant_id for variant_id, place, _ in kept}
    rows = [
        (before.id, place, after.variants[place], values_of(after.variants[place], option_ids, value_ids))
        for place in new
    ]
    revived = {}
    fresh = []
    for row in rows:
        dead = before.deleted_by_key.get(key_of(row[3]))
        if dead is None:
            fresh.append(row)
        else:
            revived[dead] = row
    _revive(revived)
    added = insert_variants(fresh)
    variant_ids |= {row[2].values: variant_id for variant_id, row in revived.items()}
    variant_ids |= {row[2].values: variant_id for variant_id, row in zip(added, fresh, strict=True)}
    if options_changed:
        _drop_options(before, value_ids, option_ids)
    pictures_changed = once(before.draft.pictures) != once(after.pictures)
    if pictures_changed:
        _replace_pictures(before.id, after.pictures)
    fields_changed = _update_fields(before, after)
    changed = changed or options_changed or variants_changed or pictures_changed or fields_changed or bool(gone or rows)
    return Written(before.id, after.handle, changed, variant_ids, frozenset(added))


def _axes(draft: ProductDraft) -> set[str]:
    return {option.name for option in draft.options}


def _update_options(before: StoredProduct, after: ProductDraft) -> tuple[dict[tuple[int, str], int], list[int], bool]:
    known = {option.name: option for option in before.options}
    drafts = {option.name: option for option in before.draft.options}
    value_ids: dict[tuple[int, str], int] = {}
    option_ids: list[int] = []
    for position, option in enumerate(after.options):
        stored = known.get(option.name)
        if stored is None:
            option_id = reserve_ids("options", 1)[0]
            row = (option_id, before.id, position, option.name, option.linked_to)
            copy_rows("options", ("id", "product_id", "position", "name", "linked_to"), [row])
            value_ids |= insert_values([(option_id, option)])
        else:
            option_id = stored.id
            if drafts[option.name].linked_to != option.linked_to:
                session.execute(update(Option).where(Option.id == option_id).values(linked_to=option.linked_to))
            if drafts[option.name] != option:
                value_ids |= _update_values(option_id, stored.value_ids, option)
            else:
                value_ids |= {(option_id, value): value_id for value, value_id in stored.value_ids.items()}
        option_ids.append(option_id)
    changed = before.draft.options != after.options
    if changed:
        for position, option_id in enumerate(option_ids):
            session.execute(
                update(Option).where(Option.id == option_id, Option.position != position).values(position=position)
            )
    return value_ids, option_ids, changed


def _update_values(option_id: int, known: Mapping[str, int], option: OptionDraft) -> dict[tuple[int, str], int]:
    ids: dict[tuple[int, str], int] = {}
    for position, value in enumerate(option.values):
        row = {"position": position, "swatch": option.swatches.get(value)}
        if value in known:
            session.execute(update(OptionValue).where(OptionValue.id == known[value]).values(row))
            ids[option_id, value] = known[value]
        else:
            value_id = reserve_ids("option_values", 1)[0]
            columns = ("id", "option_id", "value", *row)
            copy_rows("option_values", columns, [(value_id, option_id, value, *row.values())])
            ids[option_id, value] = value_id
    return ids


def _match(
    before: StoredProduct, after: ProductDraft, *, options_changed: bool
) -> tuple[list[tuple[int, int, VariantDraft]], list[int]]:
    """Return the variants that stay (id, place in the draft, as they were) and the places of those to be made.

    A variant is itself as long as it has the same value on each axis, whatever the axes' order.
    """
    old_names = [option.name for option in before.draft.options]
    new_names = [option.name for option in after.options]
    old = {
        frozenset(zip(old_names, variant.values, strict=False)): variant
        for variant in before.draft.variants
        if len(variant.values) == len(old_names) and not options_changed
    }
    kept, new = [], []
    for place, variant in enumerate(after.variants):
        was = old.get(frozenset(zip(new_names, variant.values, strict=True)))
        if was is None:
            new.append(place)
        else:
            kept.append((before.variant_ids[was.values], place, was))
    return kept, new


def _update_variants(
    before: StoredProduct,
    after: ProductDraft,
    kept: Sequence[tuple[int, int, VariantDraft]],
    option_ids: Sequence[int],
    value_ids: Mapping[tuple[int, str], int],
) -> bool:
    places = {variant.values: place for place, variant in enumerate(before.draft.variants)}
    moving = [variant_id for variant_id, place, was in kept if was.sku not in (None, after.variants[place].sku)]
    if moving:
        # SKUs are unique at every moment, also while two variants exchange theirs.
        session.execute(update(Variant).where(Variant.id.in_(moving)).values(sku=None))
    changed = False
    for variant_id, place, was in kept:
        wanted = after.variants[place]
        values = {
            name: getattr(wanted, name) for name in VARIANT_COLUMNS if getattr(was, name) != getattr(wanted, name)
        }
        key = key_of(values_of(wanted, option_ids, value_ids))
        if key != before.option_keys[variant_id]:
            values["option_key"] = key
        if places[was.values] != place:
            values["position"] = place
        if values:
            session.execute(update(Variant).where(Variant.id == variant_id).values(values))
        prices = dict(was.prices) != dict(wanted.prices)
        if prices:
            _update_prices(variant_id, was.prices, wanted.prices)
        pictures = tuple(dict.fromkeys(was.image_ids)) != tuple(dict.fromkeys(wanted.image_ids))
        if pictures:
            _replace_variant_pictures(variant_id, wanted.image_ids)
        changed = changed or bool(values) or prices or pictures
    return changed


def _revive(variants: Mapping[int, VariantRow]) -> None:
    for variant_id, (_, position, variant, values) in variants.items():
        session.execute(
            update(Variant)
            .where(Variant.id == variant_id)
            .values(deleted_at=None, position=position, **{name: getattr(variant, name) for name in VARIANT_COLUMNS})
        )
        session.execute(delete(Price).where(Price.variant_id == variant_id, *_BASE_PRICE))
        session.execute(delete(VariantValue).where(VariantValue.variant_id == variant_id))
        session.execute(delete(VariantImage).where(VariantImage.variant_id == variant_id))
        insert_belongings([(variant_id, variant, values)])


def _update_prices(variant_id: int, before: Mapping[str, PriceDraft], after: Mapping[str, PriceDraft]) -> None:
    gone = before.keys() - after.keys()
    if gone:
        session.execute(delete(Price).where(Price.variant_id == variant_id, Price.currency.in_(gone), *_BASE_PRICE))
    rows = [
        price_row(variant_id, currency, price) for currency, price in after.items() if before.get(currency) != price
    ]
    if rows:
        statement = upsert(Price).values(rows)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["variant_id", "currency", "price_list_id", "min_qty"],
                set_={
                    "amount_minor": statement.excluded.amount_minor,
                    "compare_at_minor": statement.excluded.compare_at_minor,
                },
            )
        )


def _replace_pictures(product_id: int, pictures: Iterable[PictureDraft]) -> None:
    session.execute(delete(ProductImage).where(ProductImage.product_id == product_id))
    copy_rows(
        "product_images",
        ("product_id", "image_id", "position", "alt"),
        ((product_id, picture.image_id, place, picture.alt) for place, picture in enumerate(once(pictures))),
    )


def _replace_variant_pictures(variant_id: int, image_ids: Iterable[int]) -> None:
    session.execute(delete(VariantImage).where(VariantImage.variant_id == variant_id))
    insert_variant_pictures({variant_id: image_ids})


def _update_fields(before: StoredProduct, after: ProductDraft) -> bool:
    changed = [
        name
        for name in before.draft.fields.keys() | after.fields.keys()
        if before.draft.fields.get(name, ()) != after.fields.get(name, ())
    ]
    if not changed:
        return False
    ids = select(CustomField.id).where(tuple_(CustomField.namespace, CustomField.key).in_(_parts(changed)))
    session.execute(
        delete(CustomFieldValue).where(CustomFieldValue.product_id == before.id, CustomFieldValue.field_id.in_(ids))
    )
    insert_fields({before.id: {name: after.fields[name] for name in sorted(changed) if name in after.fields}})
    return True


def _parts(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(namespace, key) for namespace, _dot, key in (name.partition(".") for name in names)]


def _drop_options(
    before: StoredProduct,
    value_ids: Mapping[tuple[int, str], int],
    option_ids: Sequence[int],
) -> None:
    old_values = {value_id for option in before.options for value_id in option.value_ids.values()}
    gone = old_values - set(value_ids.values())
    # Variants that are gone still point at values that are gone; the pair leaves together.
    if gone:
        session.execute(delete(VariantValue).where(VariantValue.value_id.in_(gone)))
        session.execute(delete(OptionValue).where(OptionValue.id.in_(gone)))
    options = {option.id for option in before.options} - set(option_ids)
    if options:
        session.execute(delete(Option).where(Option.id.in_(options)))
