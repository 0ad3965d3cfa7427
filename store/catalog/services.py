"""The verbs that change products, shared by the import, the seed and the back office.

They write whole drafts: `save_products` compares with what is there and touches only what differs, so saving the same
draft twice changes nothing, not even a time stamp. The caller opens the transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, text, update

from store.catalog import addressing, revising, writing
from store.catalog.checks import checked
from store.catalog.drafts import ProductDraft, StoredProduct, find_stored
from store.catalog.errors import ProductChanged, SkuTaken
from store.catalog.handles import make_handle
from store.catalog.models import Product
from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid
from store.core.i18n import gettext as _

# One look by index for each SKU, whatever the planner believes of tables that are being filled.
_SKU_OWNERS = text("""
    SELECT v.sku, p.handle, v.id FROM variants v
     CROSS JOIN LATERAL (SELECT handle FROM products WHERE id = v.product_id OFFSET 0) p
     WHERE v.sku = ANY(:skus)
""")


@dataclass(frozen=True)
class Saved:
    """What became of a draft: `variant_ids` by their values, of which `new_variant_ids` were made just now."""

    product_id: int
    handle: str
    created: bool
    changed: bool
    variant_ids: Mapping[tuple[str, ...], int]
    new_variant_ids: frozenset[int]


def save_product(draft: ProductDraft, *, expected_version: int | None = None) -> Saved:
    """Create the product of the draft's handle, or make the existing one like the draft.

    A draft without a handle is a new product and gets a free one from its title. `expected_version` is the one the
    editor has seen; raises `ProductChanged` when it is no longer that. Also raises `Invalid` and `SkuTaken`.
    """
    if not draft.handle:
        draft = replace(draft, handle=free_handle(draft.title))
    if expected_version is not None:
        stored = find_stored([draft.handle], lock=True).get(draft.handle)
        if stored is None or stored.version != expected_version:
            raise ProductChanged(draft.handle)
    return save_products([draft])[0]


def save_products(drafts: Sequence[ProductDraft], *, are_checked: bool = False) -> list[Saved]:
    """Create or update many products, all or none; new ones cost a fixed number of statements for all of them.

    `are_checked` says that the drafts come from `checks.checked`. Raises `Invalid` (with the `handle` of the product
    in its facts) and `SkuTaken`.
    """
    if not are_checked:
        drafts = [checked(draft) for draft in drafts]
    stored = find_stored([draft.handle for draft in drafts], lock=True)
    _refuse_taken_skus(drafts, stored)
    new = [draft for draft in drafts if draft.handle not in stored]
    saved = {
        written.handle: Saved(
            product_id=written.product_id,
            handle=written.handle,
            created=True,
            changed=True,
            variant_ids=written.variant_ids,
            new_variant_ids=frozenset(written.variant_ids.values()),
        )
        for written in writing.insert_products(new)
    }
    if new:
        addressing.arrived(draft.handle for draft in new if draft.status == "active")
    for draft in drafts:
        before = stored.get(draft.handle)
        if before is not None:
            saved[draft.handle] = _update(before, draft)
    return [saved[draft.handle] for draft in drafts]


def archive(product_id: int, *, expected_version: int | None = None) -> None:
    """Take a product off the shelves for good; what was sold of it keeps its history.

    Raises `NotFound`, and `ProductChanged` when it is no longer at the version that was seen.
    """
    product = addressing.get_locked(product_id, expected_version=expected_version)
    if product.status != "archived":
        addressing.take_down(product_id, addressing.propose_target(product_id))


def free_handle(title: str) -> str:
    """Return the handle for a title, numbered when another product has it."""
    base = make_handle(title)[:240]
    taken = set(
        session.execute(
            select(Product.handle).where((Product.handle == base) | Product.handle.startswith(f"{base}-"))
        ).scalars()
    )
    number = 2
    handle = base
    while handle in taken:
        handle = f"{base}-{number}"
        number += 1
    return handle


def find_sku_owners(skus: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return who has these SKUs: the product's handle and the variant's id, by SKU. 1 statement."""
    if not skus:
        return {}
    rows = session.execute(_SKU_OWNERS, {"skus": list(skus)})
    return {row.sku: (row.handle, row.id) for row in rows}


def _refuse_taken_skus(drafts: Iterable[ProductDraft], stored: Mapping[str, StoredProduct]) -> None:
    wanted: dict[str, str] = {}
    for draft in drafts:
        for variant in draft.variants:
            if variant.sku is None:
                continue
            if wanted.setdefault(variant.sku, draft.handle) != draft.handle:
                raise SkuTaken(variant.sku, wanted[variant.sku])
    for sku, (handle, _variant_id) in find_sku_owners(wanted).items():
        # Within a product SKUs may move from variant to variant.
        if wanted[sku] != handle and not _gives_up(sku, handle, drafts, stored):
            raise SkuTaken(sku, handle)


def _gives_up(sku: str, handle: str, drafts: Iterable[ProductDraft], stored: Mapping[str, StoredProduct]) -> bool:
    owner = next((draft for draft in drafts if draft.handle == handle), None)
    return owner is not None and handle in stored and all(variant.sku != sku for variant in owner.variants)


def _update(before: StoredProduct, draft: ProductDraft) -> Saved:
    if before.made_to_order and (draft.options or draft.variants):
        raise Invalid(_("The options of a product made to order are edited in the back office."), field="options")
    written = revising.update_product(before, draft)
    if written.changed:
        values = {**revising.changed_columns(before.draft, draft), "updated_at": now(), "version": Product.version + 1}
        session.execute(update(Product).where(Product.id == before.id).values(values))
        addressing.status_changed(before.id, draft.handle, before=before.draft.status, after=draft.status)
    return Saved(
        product_id=before.id,
        handle=draft.handle,
        created=False,
        changed=written.changed,
        variant_ids=written.variant_ids,
        new_variant_ids=written.new_variant_ids,
    )
