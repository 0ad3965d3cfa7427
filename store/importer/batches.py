"""Products a transaction: compared with the shop, written, and remembered so that they can be undone and skipped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from store.catalog.drafts import PictureDraft, ProductDraft
from store.catalog.services import Saved, save_products
from store.core import log
from store.core.db import copy_rows, retrying, session
from store.core.errors import StoreError
from store.core.i18n import gettext as _
from store.importer import world as worlds
from store.importer.difference import SKIPPED, RowChange, describe
from store.importer.errors import Refusal
from store.importer.grouping import Group
from store.importer.intake import Intake
from store.importer.merging import Plan, World, merge
from store.importer.patches import ProductPatch, StockPatch
from store.importer.snapshots import Rules, Snapshot, to_json
from store.inventory.services import OpeningStock, create_items_for_variants, set_stock_rule
from store.media.services import add_sources

# Products a transaction. Others wait for its locks no longer than it takes to write these.
BATCH = 200

# Deadlock and lock timeout: somebody else is at the same products for long.
_BUSY = ("40P01", "55P03")

_MARKS = text("""
    SELECT p.handle, m.rows_hash FROM products p JOIN import_marks m ON m.product_id = p.id AND m.revision = p.revision
     WHERE p.handle = ANY(:handles)
""")
_EXISTING = text("SELECT handle FROM products WHERE handle = ANY(:handles)")
_KEEP_MARKS = text("""
    INSERT INTO import_marks (product_id, rows_hash, revision)
    SELECT p.id, n.hash, p.revision
      FROM unnest(CAST(:handles AS text[]), CAST(:hashes AS bytea[])) AS n(handle, hash)
      JOIN products p ON p.handle = n.handle
    ON CONFLICT (product_id) DO UPDATE SET rows_hash = excluded.rows_hash, revision = excluded.revision
""")

logger = log.get_logger(__name__)


@dataclass
class Outcome:
    """What became of some products: rows that stayed as they were are only counted where nobody asks for more."""

    changes: list[RowChange] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unchanged: int = 0
    pictures: int = 0
    created: int = 0
    updated: int = 0

    def add(self, more: "Outcome") -> None:
        """Take in what became of further products."""
        self.changes += more.changes
        self.refusals += more.refusals
        self.unchanged += more.unchanged
        self.pictures += more.pictures
        self.created += more.created
        self.updated += more.updated


# Called within the transaction of a batch: how many rows it had, where the file goes on and at which row, what became
# of them.
AfterBatch = Callable[[int, int, int, Outcome], None]


@dataclass(frozen=True)
class Work:
    """One product of the file: its rows, and their hash."""

    group: Group
    hash: bytes

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.group.records)


class Batches:
    """Compares or writes products of one file; `run_id` is where what was before is kept, `None` keeps nothing."""

    def __init__(self, intake: Intake, *, run_id: int | None, actor: str = "import") -> None:
        self._intake = intake
        self._run_id = run_id
        self._actor = actor

    def scan(self) -> int:
        """Read the whole file once and return how many rows it has; raises `UnusableFile`."""
        return self._intake.scan().rows

    def portions(self, start: int | None = None, number: int | None = None) -> Iterator[list[Group]]:
        """Yield the products of the file, as many as go into a transaction."""
        portion: list[Group] = []
        rows = 0
        for group in self._intake.groups(start, number):
            portion.append(group)
            rows += len(group.records)
            if len(portion) >= BATCH or rows >= 4 * BATCH:
                yield portion
                portion, rows = [], 0
        if portion:
            yield portion

    def rows_in(self, groups: Sequence[Group]) -> int:
        """Return how many rows a portion has."""
        return sum(len(group.records) for group in groups)

    def end_of(self, groups: Sequence[Group]) -> tuple[int, int]:
        """Return where the file goes on after a portion, and the number of the row there."""
        return groups[-1].end, groups[-1].next_row

    def compare(self, groups: Sequence[Group]) -> Outcome:
        """Say what would become of products, and write nothing."""
        return retrying(lambda: self._compare(self._work(groups)))

    def write(self, groups: Sequence[Group], *, after: AfterBatch | None = None) -> Outcome:
        """Write products in a transaction of their own; where one stands against all, each goes alone.

        `after` is called within each transaction with what became of its products.
        """
        return self._write_some(self._work(groups), after)

    def _work(self, groups: Sequence[Group]) -> list[Work]:
        return [Work(group, self._intake.hash_of(group)) for group in groups]

    def _write_some(self, works: list[Work], after: AfterBatch | None) -> Outcome:
        def once() -> Outcome:
            outcome = self._write(works)
            if after is not None:
                _tell(after, works, outcome)
            return outcome

        try:
            return retrying(once)
        except (StoreError, IntegrityError, DataError, OperationalError) as error:
            if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) not in _BUSY:
                raise
            if len(works) == 1:
                outcome = Outcome(refusals=self._refuse(works[0], error))
                if after is not None:
                    retrying(lambda: _tell(after, works, outcome))
                return outcome
        outcome = Outcome()
        for work in works:
            outcome.add(self._write_some([work], after))
        return outcome

    def _refuse(self, work: Work, error: Exception) -> list[Refusal]:
        column = self._intake.columns.headers.get("handle", "Handle")
        if isinstance(error, StoreError):
            reason = error.message
        elif isinstance(error, OperationalError):
            reason = _("somebody else is changing this product; import the file again")
        else:
            logger.warning("import row met the database", handle=work.group.handle, error=str(error)[:300])
            reason = _("the database can't take this product as it is")
        return [Refusal(record.number, column, reason) for record in work.group.records]

    def _compare(self, works: list[Work]) -> Outcome:
        # Whatever is wrong with this code, a dry run can't write.
        session.execute(text("SET TRANSACTION READ ONLY"))
        outcome, patches, _by_handle = self._read(works)
        world = worlds.read(patches, self._intake.terms.currency, lock=False)
        plans = self._plan(outcome, patches, world)
        outcome.pictures = len(_new_pictures(plans, world))
        session.rollback()
        return outcome

    def _write(self, works: list[Work]) -> Outcome:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('imports'))"))
        outcome, patches, by_handle = self._read(works)
        if not patches:
            return outcome
        world = worlds.read(patches, self._intake.terms.currency, lock=True)
        plans = self._plan(outcome, patches, world)
        moving = [plan for plan in plans if plan.stored is None or plan.stored.draft != plan.draft]
        new_pictures = _new_pictures(moving, world)
        outcome.pictures = len(new_pictures)
        ids = add_sources(new_pictures)
        numbers = {world.picture_ids[url]: image_id for url, image_id in ids.items()}
        categories = worlds.add_categories([plan.draft.category_id for plan in moving], world)
        worlds.add_fields([plan.draft for plan in moving], self._intake.columns.field_names)
        drafts = [_settled(plan.draft, numbers, categories) for plan in moving]
        saved = {one.handle: one for one in save_products(drafts, are_checked=True)}
        finals = {draft.handle: draft for draft in drafts}
        outcome.created = sum(plan.stored is None for plan in moving)
        outcome.updated = len(moving) - outcome.created
        changed_rules: dict[str, Rules] = {}
        openings = []
        for plan in plans:
            found, rules = _stock(plan, saved.get(plan.draft.handle), world)
            openings += found
            if rules:
                changed_rules[plan.draft.handle] = rules
        create_items_for_variants(openings, actor=self._actor, reason="import")
        if self._run_id is not None:
            self._remember(plans, finals, saved, changed_rules, world)
        self._mark(plans, by_handle, outcome)
        return outcome

    def _read(self, works: list[Work]) -> tuple[Outcome, list[ProductPatch], dict[str, Work]]:
        """Leave out what is as it was when it was last taken in, and read the others."""
        handles = [work.group.handle for work in works]
        marks = {row.handle: row.rows_hash for row in session.execute(_MARKS, {"handles": handles})}
        outcome = Outcome()
        by_handle: dict[str, Work] = {}
        fresh = []
        for work in works:
            if not work.group.refusals and marks.get(work.group.handle) == work.hash:
                outcome.unchanged += work.rows
            else:
                fresh.append(work)
        existing: set[str] = set()
        if not self._intake.overwrite and fresh:
            existing = set(session.execute(_EXISTING, {"handles": [one.group.handle for one in fresh]}).scalars())
        patches = []
        for work in fresh:
            if work.group.handle in existing:
                outcome.changes += [
                    RowChange(record.number, work.group.handle, SKIPPED) for record in work.group.records
                ]
                continue
            patch, refusals = self._intake.read(work.group)
            outcome.refusals += refusals
            if patch is not None:
                patches.append(patch)
                by_handle[patch.handle] = work
        return outcome, patches, by_handle

    def _plan(self, outcome: Outcome, patches: Sequence[ProductPatch], world: World) -> list[Plan]:
        plans = []
        for patch in patches:
            plan = merge(patch, world)
            if isinstance(plan, list):
                outcome.refusals += plan
                continue
            outcome.refusals += plan.refusals
            outcome.changes += describe(plan, world)
            plans.append(plan)
        return plans

    def _remember(
        self,
        plans: Sequence[Plan],
        finals: dict[str, ProductDraft],
        saved: dict[str, Saved],
        changed_rules: dict[str, Rules],
        world: World,
    ) -> None:
        rows = []
        for plan in plans:
            handle = plan.draft.handle
            product = saved.get(handle)
            if product is None and handle not in changed_rules:
                continue
            before = None
            old_rules: Rules = {}
            if plan.stored is not None:
                old_rules = {
                    values: (rule.tracked, rule.policy)
                    for values, variant_id in plan.stored.variant_ids.items()
                    if (rule := world.stock_rules.get(variant_id)) is not None
                }
                # The ids tell whose stock comes back when a variant that was taken off does.
                ids = list(plan.stored.variant_ids.items())
                before = Jsonb({**to_json(Snapshot(plan.stored.draft, old_rules)), "ids": ids})
            rules = {**old_rules, **changed_rules.get(handle, {})}
            final = finals.get(handle, plan.draft)
            product_id = product.product_id if product else plan.stored.id if plan.stored else None
            action = "create" if plan.stored is None else "update"
            rows.append((self._run_id, product_id, handle, action, before, Jsonb(to_json(Snapshot(final, rules)))))
        copy_rows("import_changes", ("run_id", "subject_id", "name", "action", "before", "after"), rows)

    def _mark(self, plans: Sequence[Plan], by_handle: dict[str, Work], outcome: Outcome) -> None:
        refused = {refusal.row for refusal in outcome.refusals}
        whole = [
            by_handle[plan.draft.handle]
            for plan in plans
            if not any(record.number in refused for record in by_handle[plan.draft.handle].group.records)
        ]
        if whole:
            parameters = {"handles": [one.group.handle for one in whole], "hashes": [one.hash for one in whole]}
            session.execute(_KEEP_MARKS, parameters)


def _tell(after: AfterBatch, works: Sequence[Work], outcome: Outcome) -> None:
    last = works[-1].group
    after(sum(work.rows for work in works), last.end, last.next_row, outcome)


def _new_pictures(plans: Sequence[Plan], world: World) -> dict[str, str]:
    urls = {image_id: url for url, image_id in world.picture_ids.items() if image_id < 0}
    found: dict[str, str] = {}
    for plan in plans:
        for picture in plan.draft.pictures:
            if picture.image_id in urls:
                found.setdefault(urls[picture.image_id], picture.alt)
    return found


def _settled(draft: ProductDraft, numbers: dict[int, int], categories: dict[int, int]) -> ProductDraft:
    category_id = draft.category_id
    if category_id is not None:
        category_id = categories.get(category_id, category_id)
    if not any(picture.image_id < 0 for picture in draft.pictures):
        return draft if category_id == draft.category_id else replace(draft, category_id=category_id)
    return replace(
        draft,
        category_id=category_id,
        pictures=tuple(
            PictureDraft(numbers.get(picture.image_id, picture.image_id), picture.alt) for picture in draft.pictures
        ),
        variants=tuple(
            replace(variant, image_ids=tuple(numbers.get(image_id, image_id) for image_id in variant.image_ids))
            for variant in draft.variants
        ),
    )


def _stock(plan: Plan, saved: Saved | None, world: World) -> tuple[list[OpeningStock], Rules]:
    openings = []
    rules: dict[tuple[str, ...], tuple[bool, str]] = {}
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
            rules[variant.values] = (tracked, stock.policy or "deny")
        elif rule is not None and patch is not None:
            wanted = (
                variant.sku,
                rule.tracked if stock.tracked is None else stock.tracked,
                rule.policy if stock.policy is None else stock.policy,
            )
            if wanted != (rule.sku, rule.tracked, rule.policy):
                set_stock_rule(rule.item_id, sku=wanted[0], tracked=wanted[1], policy=wanted[2])
                rules[variant.values] = wanted[1:]
    return openings, rules
