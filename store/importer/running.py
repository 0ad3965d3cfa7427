"""One run over a file: read, compare, write batch by batch, and tell."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from store.catalog.drafts import PictureDraft, ProductDraft, find_stored
from store.catalog.services import Saved, find_sku_owners, save_products
from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.importer.difference import CREATE, UNCHANGED, UPDATE, RowChange, describe
from store.importer.errors import Refusal, UnusableFile
from store.importer.merging import Plan, World, merge
from store.importer.patches import ProductPatch, StockPatch, read_products
from store.importer.reading import read_rows
from store.inventory.queries import find_stock_rules
from store.inventory.services import OpeningStock, create_items_for_variants, set_stock_rule
from store.media.queries import find_by_source
from store.media.services import add_sources
from store.shop.queries import get_shop

ALL_FINE, SOME_REFUSED, UNUSABLE = 0, 1, 2

# Products a transaction. Others wait for its locks no longer than it takes to write these.
BATCH = 100

# Deadlock and lock timeout: somebody else is at the same products for long.
_BUSY = ("40P01", "55P03")

Echo = Callable[[str], None]

logger = log.get_logger(__name__)


@dataclass
class _Outcome:
    changes: list[RowChange] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    pictures: int = 0


def run(path: str | Path, *, dry_run: bool, echo: Echo) -> int:
    """Take in a product file, or with `dry_run` say row by row what that would change, and write nothing.

    Returns the exit status: 0 when every row went in, 1 when some were refused, 2 when the file can't be used. Raises
    `Unavailable` before the shop has been set up.
    """
    with transaction():
        currency = get_shop().currency
    try:
        rows = read_rows(Path(path))
    except UnusableFile as error:
        echo(_plain(str(error)))
        return UNUSABLE
    patches, refusals = read_products(rows, currency)
    outcome = _Outcome(refusals=refusals)
    for start in range(0, len(patches), BATCH):
        _add(outcome, _batch(patches[start : start + BATCH], currency, dry_run=dry_run))
    _report(outcome, echo, dry_run=dry_run)
    return SOME_REFUSED if outcome.refusals else ALL_FINE


def _add(outcome: _Outcome, more: _Outcome) -> None:
    outcome.changes += more.changes
    outcome.refusals += more.refusals
    outcome.pictures += more.pictures


def _batch(patches: Sequence[ProductPatch], currency: str, *, dry_run: bool) -> _Outcome:
    try:
        return retrying(lambda: _compare(patches, currency) if dry_run else _write(patches, currency))
    except (StoreError, IntegrityError, DataError, OperationalError) as error:
        if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) not in _BUSY:
            raise
        if len(patches) == 1:
            return _Outcome(refusals=_refuse(patches[0], error))
    # One product stands against all of them, so each goes alone.
    outcome = _Outcome()
    for patch in patches:
        _add(outcome, _batch([patch], currency, dry_run=dry_run))
    return outcome


def _refuse(patch: ProductPatch, error: Exception) -> list[Refusal]:
    column = patch.column_names.get("handle", "Handle")
    if isinstance(error, StoreError):
        reason = error.message
    elif isinstance(error, OperationalError):
        reason = _("somebody else is changing this product; import the file again")
    else:
        logger.warning("import row met the database", handle=patch.handle, error=str(error)[:300])
        reason = _("the database can't take this product as it is")
    return [Refusal(row, column, reason) for row in patch.rows]


def _compare(patches: Sequence[ProductPatch], currency: str) -> _Outcome:
    # Whatever is wrong with this code, a dry run can't write.
    session.execute(text("SET TRANSACTION READ ONLY"))
    world = _world(patches, currency, lock=False)
    outcome, plans = _plan(patches, world)
    outcome.pictures = len(_new_pictures(plans, world))
    session.rollback()
    return outcome


def _write(patches: Sequence[ProductPatch], currency: str) -> _Outcome:
    world = _world(patches, currency, lock=True)
    outcome, plans = _plan(patches, world)
    moving = [plan for plan in plans if plan.stored is None or plan.stored.draft != plan.draft]
    new_pictures = _new_pictures(moving, world)
    outcome.pictures = len(new_pictures)
    ids = add_sources(new_pictures)
    numbers = {world.picture_ids[url]: image_id for url, image_id in ids.items()}
    saved = save_products([_with_pictures(plan.draft, numbers) for plan in moving])
    by_handle = {one.handle: one for one in saved}
    openings = [one for plan in plans for one in _stock(plan, by_handle.get(plan.draft.handle), world)]
    create_items_for_variants(openings, actor="import", reason="import")
    return outcome


def _world(patches: Sequence[ProductPatch], currency: str, *, lock: bool) -> World:
    stored = find_stored([patch.handle for patch in patches], lock=lock)
    skus = {sku for patch in patches for variant in patch.variants if (sku := variant.columns.get("sku"))}
    urls = dict.fromkeys(
        [picture.url for patch in patches for picture in patch.pictures or ()]
        + [variant.picture_url for patch in patches for variant in patch.variants if variant.picture_url]
    )
    known = find_by_source(urls)
    unknown = {url: -number for number, url in enumerate((url for url in urls if url not in known), start=1)}
    return World(
        currency=currency,
        moment=now(),
        stored=stored,
        sku_owners=find_sku_owners(skus),
        picture_ids=known | unknown,
        stock_rules=find_stock_rules([id_ for one in stored.values() for id_ in one.variant_ids.values()]),
    )


def _plan(patches: Sequence[ProductPatch], world: World) -> tuple[_Outcome, list[Plan]]:
    outcome = _Outcome()
    plans = []
    for patch in patches:
        plan = merge(patch, world)
        if isinstance(plan, list):
            outcome.refusals += plan
            continue
        outcome.refusals += plan.refusals
        outcome.changes += describe(plan, world)
        plans.append(plan)
    return outcome, plans


def _new_pictures(plans: Sequence[Plan], world: World) -> dict[str, str]:
    urls = {image_id: url for url, image_id in world.picture_ids.items() if image_id < 0}
    found: dict[str, str] = {}
    for plan in plans:
        for picture in plan.draft.pictures:
            if picture.image_id in urls:
                found.setdefault(urls[picture.image_id], picture.alt)
    return found


def _with_pictures(draft: ProductDraft, numbers: dict[int, int]) -> ProductDraft:
    return replace(
        draft,
        pictures=tuple(
            PictureDraft(numbers.get(picture.image_id, picture.image_id), picture.alt) for picture in draft.pictures
        ),
        variants=tuple(
            replace(variant, image_ids=tuple(numbers.get(image_id, image_id) for image_id in variant.image_ids))
            for variant in draft.variants
        ),
    )


def _stock(plan: Plan, saved: Saved | None, world: World) -> list[OpeningStock]:
    openings = []
    known = plan.stored.variant_ids if plan.stored else {}
    ids = saved.variant_ids if saved else known
    patches = {variant.values: variant for variant in plan.patch.variants}
    for variant in plan.draft.variants:
        variant_id = ids[variant.values]
        patch = patches.get(variant.values)
        stock = patch.stock if patch else StockPatch()
        rule = world.stock_rules.get(variant_id)
        if saved is not None and variant_id in saved.new_variant_ids:
            tracked = stock.tracked if stock.tracked is not None else stock.quantity is not None
            on_hand = max(stock.quantity or 0, 0)
            openings.append(OpeningStock(variant_id, variant.sku, on_hand, stock.policy or "deny", tracked))
        elif rule is not None and patch is not None:
            wanted = (
                variant.sku,
                rule.tracked if stock.tracked is None else stock.tracked,
                rule.policy if stock.policy is None else stock.policy,
            )
            if wanted != (rule.sku, rule.tracked, rule.policy):
                set_stock_rule(rule.item_id, sku=wanted[0], tracked=wanted[1], policy=wanted[2])
    return openings


def _report(outcome: _Outcome, echo: Echo, *, dry_run: bool) -> None:
    names = {CREATE: _("create"), UPDATE: _("update"), UNCHANGED: _("unchanged")}
    lines: list[tuple[int, list[str]]] = []
    for change in outcome.changes:
        if change.verdict == UNCHANGED and not dry_run:
            continue
        head = f"{_row(change.row)}  {names[change.verdict]:<10} {change.handle}  {change.label}"
        lines.append((change.row, [head, *(f"{'':<22}{words}" for words in change.changes)]))
    for refusal in outcome.refusals:
        head = f"{_row(refusal.row)}  {_('refused'):<10} {refusal.column}: {refusal.reason}"
        lines.append((refusal.row, [head]))
    for _number, group in sorted(lines, key=lambda pair: pair[0]):
        for line in group:
            echo(_plain(line.rstrip()))
    counts = Counter(change.verdict for change in outcome.changes)
    echo(
        _(
            "Rows: %(create)s create, %(update)s update, %(unchanged)s unchanged, %(refused)s refused.",
            create=counts[CREATE],
            update=counts[UPDATE],
            unchanged=counts[UNCHANGED],
            refused=len({refusal.row for refusal in outcome.refusals}),
        )
    )
    if outcome.pictures and not dry_run:
        echo(
            ngettext(
                "%(num)s picture is being fetched in the background.",
                "%(num)s pictures are being fetched in the background.",
                outcome.pictures,
            )
        )
    if dry_run:
        echo(_("This was a dry run: nothing has been written."))


def _row(number: int) -> str:
    return _("row %(number)s", number=f"{number:<5}")


def _plain(line: str) -> str:
    # A file's text must not be able to move the cursor of the terminal it is shown in.
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
