"""Takes a run back, change by change, latest first; what somebody has changed since stays, and is told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select, text

from store.catalog import services as catalog
from store.catalog.drafts import StoredProduct, find_stored
from store.catalog.models import Product
from store.core.clock import now
from store.core.db import retrying, session
from store.core.errors import StoreError
from store.core.faults import point
from store.core.i18n import gettext as _
from store.importer.models import ImportChange, ImportMark
from store.importer.queries import get_run
from store.importer.snapshots import Snapshot, from_json, reverse
from store.inventory import services as inventory
from store.inventory.queries import StockRule, find_stock_rules
from store.redirects import services as redirects

# Changes a transaction.
BATCH = 50

# Whether anybody would miss a product: what was sold, put into a basket or counted keeps its history.
_USED = text("""
    SELECT EXISTS (SELECT 1 FROM variants v JOIN order_lines l ON l.variant_id = v.id WHERE v.product_id = :id)
        OR EXISTS (SELECT 1 FROM variants v JOIN cart_lines l ON l.variant_id = v.id WHERE v.product_id = :id)
        OR EXISTS (SELECT 1 FROM variants v JOIN variant_items i ON i.variant_id = v.id
                     JOIN stock_levels s ON s.item_id = i.item_id JOIN stock_movements m ON m.level_id = s.id
                    WHERE v.product_id = :id)
""")
_ITEMS = text("""
    SELECT vi.item_id FROM variants v JOIN variant_items vi ON vi.variant_id = v.id
     WHERE v.product_id = :id AND NOT EXISTS (
           SELECT 1 FROM variant_items o JOIN variants w ON w.id = o.variant_id
            WHERE o.item_id = vi.item_id AND w.product_id <> :id)
""")


def undo_some(run_id: int, *, actor: str) -> bool:
    """Take back the latest changes of a run that still stand; `False` when that was the last of them."""
    return retrying(lambda: _undo_some(run_id, actor))


def _undo_some(run_id: int, actor: str) -> bool:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('imports'))"))
    run = get_run(run_id, lock=True)
    changes: Sequence[ImportChange] = (
        session.execute(
            select(ImportChange)
            .where(ImportChange.run_id == run_id, ImportChange.undone_at.is_(None))
            .order_by(ImportChange.id.desc())
            .limit(BATCH)
        )
        .scalars()
        .all()
    )
    for change in changes:
        with session.begin_nested():
            change.outcome = _UNDO[run.kind](change, actor)
        change.undone_at = now()
    run.seen_at = now()
    point("importer.undo.before_commit")
    if len(changes) < BATCH:
        run.status, run.finished_at = "undone", now()
        return False
    return True


def _undo_product(change: ImportChange, actor: str) -> str:
    """Take back what a run did to a product; return in a sentence what stays, nothing when all is as before."""
    handle = session.execute(
        select(Product.handle).where(Product.id == change.subject_id).with_for_update()
    ).scalar_one_or_none()
    if handle is None:
        return _("It is not there any more.")
    stored = find_stored([handle], lock=True)[handle]
    session.execute(delete(ImportMark).where(ImportMark.product_id == stored.id))
    rules = find_stock_rules(list(stored.variant_ids.values()))
    present = Snapshot(
        stored.draft,
        {
            values: (rules[variant_id].tracked, rules[variant_id].policy)
            for values, variant_id in stored.variant_ids.items()
            if variant_id in rules
        },
    )
    after = from_json(change.after or {})
    if change.action == "create":
        return _take_away(stored, after, present)
    before = from_json(change.before or {})
    # The address is none of a run's business: who renamed the product since keeps the new one.
    before, after = (Snapshot(replace(one.draft, handle=handle), one.rules) for one in (before, after))
    back = reverse(before, after, present)
    try:
        saved = catalog.save_products([back.snapshot.draft])[0]
    except StoreError as error:
        return _("It stays as it is: %(reason)s", reason=error.message)
    _restore_rules(back.snapshot, saved.variant_ids, rules)
    ids = {tuple(values): variant_id for values, variant_id in (change.before or {}).get("ids", ())}
    new = {values: id_ for values, id_ in saved.variant_ids.items() if id_ in saved.new_variant_ids}
    stocked = inventory.hand_over({ids[values]: variant_id for values, variant_id in new.items() if values in ids})
    inventory.create_items_for_variants(
        [
            inventory.OpeningStock(variant_id, _sku(back.snapshot, values), 0, *_rule(back.snapshot, values))
            for values, variant_id in new.items()
            if variant_id not in stocked
        ],
        actor=actor,
    )
    if back.kept:
        return _("Changed since and kept: %(names)s", names=", ".join(back.kept)[:500])
    return ""


def _take_away(stored: StoredProduct, after: Snapshot, present: Snapshot) -> str:
    edited = replace(stored.draft, handle=after.draft.handle, popularity=0) != replace(after.draft, popularity=0)
    if edited or present.rules != after.rules:
        catalog.archive(stored.id)
        return _("It was changed since, so it was archived with those changes.")
    if session.execute(_USED, {"id": stored.id}).scalar_one():
        catalog.archive(stored.id)
        return _("It was sold or counted, so it was archived.")
    items = list(session.execute(_ITEMS, {"id": stored.id}).scalars())
    session.execute(text("DELETE FROM variant_items WHERE item_id = ANY(:items)"), {"items": items})
    session.execute(delete(Product).where(Product.id == stored.id))
    session.execute(text("DELETE FROM stock_levels WHERE item_id = ANY(:items)"), {"items": items})
    session.execute(text("DELETE FROM inventory_items WHERE id = ANY(:items)"), {"items": items})
    return ""


def _restore_rules(snapshot: Snapshot, variant_ids: Any, rules: dict[int, StockRule]) -> None:
    for variant in snapshot.draft.variants:
        rule = rules.get(variant_ids.get(variant.values, 0))
        wanted = snapshot.rules.get(variant.values)
        if rule is not None and wanted is not None and (rule.sku, rule.tracked, rule.policy) != (variant.sku, *wanted):
            inventory.set_stock_rule(rule.item_id, sku=variant.sku, tracked=wanted[0], policy=wanted[1])


def _sku(snapshot: Snapshot, values: tuple[str, ...]) -> str | None:
    return next((one.sku for one in snapshot.draft.variants if one.values == values), None)


def _rule(snapshot: Snapshot, values: tuple[str, ...]) -> tuple[str, bool]:
    tracked, policy = snapshot.rules.get(values, (True, "deny"))
    return policy, tracked


def _undo_count(change: ImportChange, actor: str) -> str:
    """Take a correction back by its difference: what was sold or counted since stays."""
    delta = (change.before or {})["on_hand"] - (change.after or {})["on_hand"]
    try:
        level = inventory.adjust(change.subject_id or 0, reason="import undone", actor=actor, delta=delta)
    except StoreError as error:
        return _("It stays as it is: %(reason)s", reason=error.message)
    if level.on_hand != (change.before or {})["on_hand"]:
        return _("%(count)s are there now, because the stock moved since.", count=level.on_hand)
    return ""


def _undo_redirect(change: ImportChange, actor: str) -> str:
    row = session.execute(
        text("SELECT id, target, status FROM redirects WHERE path = :path"), {"path": change.name}
    ).one_or_none()
    present = None if row is None else {"target": row.target, "status": row.status}
    if present != change.after:
        return _("It was changed since and stays as it is.")
    if row is not None and change.before is None:
        redirects.remove(row.id)
    elif change.before is not None:
        redirects.add(change.name, change.before["target"], external=True, reason="import undone", actor=actor)
    return ""


_UNDO = {"products": _undo_product, "inventory": _undo_count, "redirects": _undo_redirect}
