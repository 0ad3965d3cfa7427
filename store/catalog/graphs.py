"""The verbs that change products made to order: axes and values, prices, what does not go together, blanks.

Each locks the product, refuses when somebody else has saved it meanwhile, and lets the variants that have been made
already follow: they get the prices, pictures and items that the graph now says, and those whose choice is gone are
taken off. The caller opens the transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import delete, insert, select, update

from store.catalog.addressing import get_locked
from store.catalog.checks import MAX_LENGTHS
from store.catalog.drafts import PriceDraft
from store.catalog.following import follow, take_over
from store.catalog.handles import make_handle
from store.catalog.models import (
    BasePrice,
    Blank,
    ChoiceOverride,
    Option,
    OptionExclusion,
    OptionValue,
    OptionValuePrice,
    OverridePrice,
    Product,
    VariantPattern,
    VariantValue,
)
from store.core.clock import now
from store.core.db import run, session
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.money import MAX_MINOR

MAX_AXES = 4
MAX_VALUES = 1000
MAX_BLANKS = 5000
MAX_EXCEPTIONS = 5000

_LONGEST_REASON = 200

_OF_A_KIT = """
    SELECT 1 FROM variants v JOIN kit_parts kp ON v.id IN (kp.kit_id, kp.part_id)
     WHERE v.product_id = :id AND v.deleted_at IS NULL LIMIT 1
"""


@dataclass(frozen=True)
class ValueDraft:
    """A value as it should be; `deltas` are what it adds to the price, in minor units by currency.

    `was` is the name that a renamed value has had so far.
    """

    value: str
    swatch: str | None = None
    sku_part: str = ""
    deltas: Mapping[str, int] = field(default_factory=dict)
    was: str = ""


@dataclass(frozen=True)
class AxisDraft:
    """An axis with its values in their order."""

    name: str
    values: tuple[ValueDraft, ...]


@dataclass(frozen=True)
class OverrideDraft:
    """An exception for all choices that hold these values."""

    value_ids: tuple[int, ...]
    prices: Mapping[str, PriceDraft] = field(default_factory=dict)
    sku: str = ""
    blocked: bool = False
    reason: str = ""
    image_id: int | None = None


@dataclass(frozen=True)
class BlankDraft:
    """What lies on the shelf for these values: which item, and how many of it one choice takes."""

    value_ids: tuple[int, ...]
    item_id: int
    quantity: int = 1


def begin(product_id: int, *, expected_version: int | None = None) -> None:
    """Make a product to order from now on; its options stay as axes. Nothing when it is made to order already.

    What it has of variants stays what it costs and has in stock: the lowest price becomes the base, other prices
    exceptions, their items blanks. Raises `Invalid` for a kit and for what is in one.
    """
    product = get_locked(product_id, expected_version=expected_version)
    if product.made_to_order:
        return
    if run(_OF_A_KIT, {"id": product_id}):
        raise Invalid(_("What is in a set, or is one, can't be made to order: sets count their parts by themselves."))
    take_over(product_id)
    values = session.execute(
        select(OptionValue).join(Option, Option.id == OptionValue.option_id).where(Option.product_id == product_id)
    ).scalars()
    by_option: dict[int, set[str]] = {}
    for value in values:
        taken = by_option.setdefault(value.option_id, set())
        value.sku_part = value.sku_part or _sku_part(value.value, taken)
        taken.add(value.sku_part)
    session.flush()
    _close(product)


def save_terms(
    product_id: int,
    *,
    sku: str,
    weight_grams: int,
    prices: Mapping[str, PriceDraft],
    expected_version: int | None = None,
) -> None:
    """Set the first part of its SKUs, the weight, and what it costs before its values add to it."""
    product = _made_to_order(product_id, expected_version)
    if not all(_is_price(price) for price in prices.values()):
        raise Invalid(_("A price is zero or more."), field="prices")
    pattern = session.get_one(VariantPattern, product_id)
    pattern.sku, pattern.weight_grams = _text(sku, "sku").strip(), weight_grams
    before = {
        price.currency: price
        for price in session.execute(
            select(BasePrice).where(BasePrice.product_id == product_id, BasePrice.price_list_id.is_(None))
        ).scalars()
    }
    for currency, row in before.items():
        if currency not in prices:
            session.delete(row)
    for currency, price in prices.items():
        row = before.get(currency) or BasePrice(product_id=product_id, currency=currency)
        row.amount_minor, row.compare_at_minor = price.amount_minor, price.compare_at_minor
        session.add(row)
    session.flush()
    _close(product)


def save_axes(product_id: int, axes: Sequence[AxisDraft], *, expected_version: int | None = None) -> None:
    """Make the axes and their values like the drafts, in this order; new axes go behind those that stay.

    A value is itself by its name, or by the one it `was`. One that is gone takes its exceptions, its blanks and the
    variants that were made of it along; what was ordered keeps its story.
    """
    product = _made_to_order(product_id, expected_version)
    _check_axes(axes)
    stored = {
        option.name: option
        for option in session.execute(select(Option).where(Option.product_id == product_id)).scalars()
    }
    kept = [axis.name for axis in axes if axis.name in stored]
    if any(stored[one].position > stored[two].position for one, two in pairwise(kept)) or kept != [
        axis.name for axis in axes[: len(kept)]
    ]:
        raise Invalid(_("Axes stay in their order; a new one comes last."), field="axes")
    gone = set(stored) - set(kept)
    if gone:
        _drop_values({value.id for name in gone for value in stored[name].values}, product_id)
        session.execute(delete(Option).where(Option.id.in_([stored[name].id for name in gone])))
        session.expire_all()
    for position, axis in enumerate(axes):
        option = stored.get(axis.name)
        if option is None:
            option = Option(product_id=product_id, name=axis.name)
        option.position = position
        session.add(option)
        session.flush()
        _save_values(option, axis.values, product_id)
    _close(product)


def save_exclusions(
    product_id: int, pairs: Iterable[tuple[int, int, str]], *, expected_version: int | None = None
) -> None:
    """Say which values don't go together, each pair with a reason that shoppers can read, or none."""
    product = _made_to_order(product_id, expected_version)
    axis_of = _axis_of(product_id)
    rows = {}
    for one, other, reason in pairs:
        if one not in axis_of or other not in axis_of:
            raise Invalid(_("This value is not there any more."), field="exclusions")
        if axis_of[one] == axis_of[other]:
            raise Invalid(_("Two values of one axis exclude each other anyway."), field="exclusions")
        rows[min(one, other), max(one, other)] = _reason(reason)
    if len(rows) > MAX_EXCEPTIONS:
        raise Invalid(_("These are too many pairs: at most %(most)s.", most=MAX_EXCEPTIONS), field="exclusions")
    session.execute(delete(OptionExclusion).where(OptionExclusion.product_id == product_id))
    if rows:
        session.execute(
            insert(OptionExclusion),
            [
                {"value_id": first, "other_value_id": second, "product_id": product_id, "reason": reason}
                for (first, second), reason in rows.items()
            ],
        )
    _close(product)


def save_override(product_id: int, draft: OverrideDraft, *, expected_version: int | None = None) -> None:
    """Set the exception for some values, in place of the one there; a draft that says nothing takes it away."""
    product = _made_to_order(product_id, expected_version)
    values = _in_axis_order(draft.value_ids, _axis_of(product_id), field="override")
    if not values:
        raise Invalid(_("Choose at least one value."), field="override")
    if not all(_is_price(price) for price in draft.prices.values()):
        raise Invalid(_("A price is zero or more."), field="prices")
    if draft.sku and len(values) < len(set(_axis_of(product_id).values())):
        raise Invalid(_("Only a whole choice, with a value on each axis, has a SKU of its own."), field="sku")
    key = "-".join(map(str, values))
    session.execute(
        delete(ChoiceOverride).where(ChoiceOverride.product_id == product_id, ChoiceOverride.option_key == key)
    )
    if draft.blocked or draft.sku or draft.image_id or draft.prices:
        row = ChoiceOverride(
            product_id=product_id,
            option_key=key,
            sku=_text(draft.sku, "sku").strip() or None,
            blocked=draft.blocked,
            reason=_reason(draft.reason),
            image_id=draft.image_id,
        )
        session.add(row)
        session.flush()
        session.add_all(
            OverridePrice(
                override_id=row.id,
                currency=currency,
                amount_minor=price.amount_minor,
                compare_at_minor=price.compare_at_minor,
            )
            for currency, price in draft.prices.items()
        )
    session.flush()
    _close(product)


def save_blanks(product_id: int, drafts: Iterable[BlankDraft], *, expected_version: int | None = None) -> None:
    """Set which items lie on the shelf for which values, in place of all that was set before.

    An item is part of one kind of blank only: a choice takes it once, so that what is left of it can be told.
    """
    product = _made_to_order(product_id, expected_version)
    axis_of = _axis_of(product_id)
    wanted: dict[tuple[int, ...], BlankDraft] = {}
    kind_of_item: dict[int, tuple[int, ...]] = {}
    for draft in drafts:
        values = _in_axis_order(draft.value_ids, axis_of, field="blanks")
        if values in wanted:
            raise Invalid(_("Two blanks are for the same values."), field="blanks")
        if not 1 <= draft.quantity <= 999:
            raise Invalid(_("A choice takes between 1 and 999 of a blank."), field="blanks")
        kind = tuple(axis_of[id_] for id_ in values)
        if kind_of_item.setdefault(draft.item_id, kind) != kind:
            raise Invalid(_("One item can't be two different parts of the same choice."), field="blanks")
        wanted[values] = draft
    if len(wanted) > MAX_BLANKS:
        raise Invalid(_("These are too many blanks: at most %(most)s.", most=MAX_BLANKS), field="blanks")
    stored = {
        tuple(blank.value_ids): blank
        for blank in session.execute(select(Blank).where(Blank.product_id == product_id)).scalars()
    }
    gone = [blank.id for values, blank in stored.items() if values not in wanted]
    if gone:
        session.execute(delete(Blank).where(Blank.id.in_(gone)))
    new = []
    for values, draft in wanted.items():
        blank = stored.get(values)
        if blank is None:
            options = sorted({axis_of[id_] for id_ in values})
            new.append(
                {"product_id": product_id, "option_ids": options, "value_ids": list(values),
                 "item_id": draft.item_id, "quantity": draft.quantity}
            )  # fmt: skip
        elif (blank.item_id, blank.quantity) != (draft.item_id, draft.quantity):
            session.execute(
                update(Blank).where(Blank.id == blank.id).values(item_id=draft.item_id, quantity=draft.quantity)
            )
    if new:
        session.execute(insert(Blank), new)
    _close(product)


def _made_to_order(product_id: int, expected_version: int | None) -> Product:
    product = get_locked(product_id, expected_version=expected_version)
    if not product.made_to_order:
        raise Invalid(_("This product is not made to order."), product_id=product_id)
    return product


def _close(product: Product) -> None:
    """Let what was made already follow, and count as one more edit."""
    follow(product.id)
    session.flush()
    run(
        "UPDATE products SET version = version + 1, updated_at = :moment WHERE id = :id",
        {"id": product.id, "moment": now()},
    )
    session.refresh(product)


def _check_axes(axes: Sequence[AxisDraft]) -> None:
    if not 1 <= len(axes) <= MAX_AXES:
        raise Invalid(_("A product made to order has one to %(most)s axes.", most=MAX_AXES), field="axes")
    names = [_text(axis.name.strip(), "option") for axis in axes]
    if not all(names) or len(set(names)) != len(names):
        raise Invalid(_("Each axis needs a name of its own."), field="axes")
    for axis in axes:
        if not axis.values:
            raise Invalid(_("%(axis)s needs at least one value.", axis=axis.name), field="axes")
        if len(axis.values) > MAX_VALUES:
            raise Invalid(_("%(axis)s has more than %(most)s values.", axis=axis.name, most=MAX_VALUES), field="axes")
        values = [_text(value.value.strip(), "value") for value in axis.values]
        if not all(values) or len({value.casefold() for value in values}) != len(values):
            raise Invalid(_("%(axis)s: each value is written once.", axis=axis.name), field="axes")
        if any(abs(delta) > MAX_MINOR for value in axis.values for delta in value.deltas.values()):
            raise Invalid(_("%(axis)s: this is too much money.", axis=axis.name), field="axes")


def _save_values(option: Option, drafts: Sequence[ValueDraft], product_id: int) -> None:
    stored = {
        value.value: value
        for value in session.execute(select(OptionValue).where(OptionValue.option_id == option.id)).scalars()
    }
    known = [stored.get(draft.value) or stored.get(draft.was) for draft in drafts]
    kept = [value.id for value in known if value is not None]
    if len(set(kept)) != len(kept):
        raise Invalid(_("%(axis)s: each value is written once.", axis=option.name), field="axes")
    _drop_values({value.id for value in stored.values()} - set(kept), product_id)
    taken = {draft.sku_part for draft in drafts if draft.sku_part}
    rows = []
    for position, (draft, value) in enumerate(zip(drafts, known, strict=True)):
        row = value or OptionValue(option_id=option.id)
        part = draft.sku_part or _sku_part(draft.value, taken)
        taken.add(part)
        row.value, row.swatch, row.position, row.sku_part = draft.value, draft.swatch, position, part
        session.add(row)
        rows.append((row, draft))
    session.flush()
    session.execute(delete(OptionValuePrice).where(OptionValuePrice.value_id.in_([row.id for row, _draft in rows])))
    prices = [
        {"value_id": row.id, "currency": currency, "delta_minor": delta}
        for row, draft in rows
        for currency, delta in draft.deltas.items()
    ]
    if prices:
        session.execute(insert(OptionValuePrice), prices)


def _drop_values(gone: Collection[int], product_id: int) -> None:
    if not gone:
        return
    facts = {"product_id": product_id, "gone": list(gone)}
    run("DELETE FROM blanks WHERE product_id = :product_id AND value_ids && CAST(:gone AS bigint[])", facts)
    run(
        "DELETE FROM choice_overrides WHERE product_id = :product_id "
        "AND string_to_array(option_key, '-')::bigint[] && CAST(:gone AS bigint[])",
        facts,
    )
    for table in ("garment_photos", "artworks"):
        run(
            f"DELETE FROM {table} g USING garment_views w WHERE w.id = g.view_id AND w.product_id = :product_id "
            "AND string_to_array(g.option_key, '-')::bigint[] && CAST(:gone AS bigint[])",
            facts,
        )
    session.execute(delete(VariantValue).where(VariantValue.value_id.in_(gone)))
    session.execute(delete(OptionValue).where(OptionValue.id.in_(gone)))


def _axis_of(product_id: int) -> dict[int, int]:
    """Return the axis of each value, by ids."""
    rows = session.execute(
        select(OptionValue.id, Option.id)
        .join(Option, Option.id == OptionValue.option_id)
        .where(Option.product_id == product_id)
        .order_by(Option.position, Option.id, OptionValue.position, OptionValue.id)
    )
    return {value_id: option_id for value_id, option_id in rows}  # noqa: C416 - rows are no pairs to mypy


def _in_axis_order(value_ids: Iterable[int], axis_of: Mapping[int, int], *, field: str) -> tuple[int, ...]:
    wanted = list(value_ids)
    if any(id_ not in axis_of for id_ in wanted):
        raise Invalid(_("This value is not there any more."), field=field)
    if len({axis_of[id_] for id_ in wanted}) != len(wanted):
        raise Invalid(_("Choose at most one value of each axis."), field=field)
    places = {id_: place for place, id_ in enumerate(axis_of)}
    return tuple(sorted(wanted, key=places.__getitem__))


def _sku_part(value: str, taken: Collection[str]) -> str:
    """Return letters and digits that stand for a value in a SKU, none of those that are taken."""
    plain = make_handle(value).replace("-", "").upper()[:12]
    part, number = plain, 2
    while part in taken:
        part, number = f"{plain}{number}", number + 1
    return part


def _is_price(price: PriceDraft) -> bool:
    return 0 <= price.amount_minor <= MAX_MINOR and 0 <= (price.compare_at_minor or 0) <= MAX_MINOR


def _reason(text: str) -> str:
    # It stands within sentences that end by themselves.
    text = " ".join(text.split()).rstrip(".")
    if "\0" in text or len(text) > _LONGEST_REASON:
        raise Invalid(_("A reason has at most %(limit)s characters.", limit=_LONGEST_REASON), field="reason")
    return text


def _text(text: str, field: str) -> str:
    if "\0" in text or len(text) > MAX_LENGTHS[field]:
        raise Invalid(_("This text is longer than %(limit)s characters.", limit=MAX_LENGTHS[field]), field=field)
    return text
