"""Inventory files: one row for each variant and location, with what is there and what was counted."""

import re
from collections.abc import Sequence

from psycopg.types.json import Jsonb
from sqlalchemy import text

from store.core.db import copy_rows, session
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.importer.batches import Outcome
from store.importer.difference import UNCHANGED, UPDATE, RowChange
from store.importer.errors import Refusal
from store.importer.reading import Record, Source
from store.importer.row_wise import Rows
from store.inventory import services as inventory

NOT_STOCKED = "not stocked"
NAMES = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    **{f"option{n}_name": (f"Option{n} Name",) for n in (1, 2, 3)},
    **{f"option{n}_value": (f"Option{n} Value",) for n in (1, 2, 3)},
    "sku": ("SKU",),
    "location": ("Location",),
    "current": ("On hand (current)",),
    "new": ("On hand (new)", "On hand"),
}
_UNITS = re.compile(r"[0-9]{1,7}", re.ASCII)

_VARIANTS = text("""
    SELECT p.handle, v.id, v.sku, vi.item_id,
           (SELECT array_agg(ov.value ORDER BY o.position, o.id)
              FROM variant_values vv JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = vv.option_id
             WHERE vv.variant_id = v.id) AS values
      FROM products p JOIN variants v ON v.product_id = p.id AND v.deleted_at IS NULL
      LEFT JOIN variant_items vi ON vi.variant_id = v.id
     WHERE p.handle = ANY(:handles)
""")
_LOCATIONS = text("SELECT id, code, name FROM locations")
_LEVEL = text("SELECT id, on_hand FROM stock_levels WHERE item_id = :item AND location_id = :location FOR UPDATE")
_NEW_LEVEL = text("INSERT INTO stock_levels (item_id, location_id) VALUES (:item, :location) RETURNING id")


class StockRows(Rows):
    """Sets counts. One that moved since the file was made is refused, so that no sale is forgotten."""

    def __init__(self, source: Source, *, run_id: int | None, actor: str = "import") -> None:
        super().__init__(source, NAMES, ("handle", "location", "new"), run_id=run_id, actor=actor)

    def apply(self, portion: Sequence[Record], *, keep: bool) -> Outcome:
        outcome = Outcome()
        handles = {self.get(record, "handle").casefold() for record in portion}
        variants: dict[tuple[str, tuple[str, ...]], list[int | None]] = {}
        for row in session.execute(_VARIANTS, {"handles": list(handles)}):
            variants.setdefault((row.handle, tuple(row.values or ())), []).append(row.item_id)
        locations = {}
        for row in session.execute(_LOCATIONS):
            locations[row.code.casefold()] = locations[row.name.casefold()] = row.id
        kept = []
        for record in sorted(portion, key=lambda one: one.number):
            try:
                change = self._row(record, variants, locations)
            except _Refused as refused:
                outcome.refusals.append(Refusal(record.number, self.headers[refused.column], refused.message))
                continue
            handle = self.get(record, "handle")
            label = " / ".join([*_values(self, record), self.get(record, "location")])
            if change is None:
                outcome.unchanged += 1
                outcome.changes.append(RowChange(record.number, handle, UNCHANGED, label))
                continue
            level_id, before, after = change
            words = _("on hand: %(before)s → %(after)s", before=before, after=after)
            outcome.changes.append(RowChange(record.number, handle, UPDATE, label, [words]))
            outcome.updated += 1
            if keep:
                name = f"{handle} {label}"
                kept.append(
                    (self._run_id, level_id, name, "update", Jsonb({"on_hand": before}), Jsonb({"on_hand": after}))
                )
        copy_rows("import_changes", ("run_id", "subject_id", "name", "action", "before", "after"), kept)
        return outcome

    def _row(
        self,
        record: Record,
        variants: dict[tuple[str, tuple[str, ...]], list[int | None]],
        locations: dict[str, int],
    ) -> tuple[int, int, int] | None:
        """Set a row's count; return the level with the count before and after, or `None` when it is as it was."""
        items = variants.get((self.get(record, "handle").casefold(), _values(self, record)))
        if items is None:
            raise _Refused("handle", _("there is no such product or variant"))
        location_id = locations.get(self.get(record, "location").casefold())
        if location_id is None:
            raise _Refused("location", _("there is no such location"))
        cell = self.get(record, "new")
        if len(items) != 1 or items[0] is None:
            if not cell or cell.casefold() == NOT_STOCKED:
                return None
            raise _Refused("handle", _("it has no stock of its own that could be counted"))
        level = session.execute(_LEVEL, {"item": items[0], "location": location_id}).one_or_none()
        if not cell:
            return None
        if cell.casefold() == NOT_STOCKED:
            if level is None:
                return None
            raise _Refused("new", _("%(count)s lie there; set it to 0 instead", count=level.on_hand))
        if not _UNITS.fullmatch(cell) or int(cell) > 1_000_000:
            raise _Refused("new", _("“%(cell)s” is no number of pieces", cell=cell[:40]))
        current = self.get(record, "current")
        before = level.on_hand if level is not None else 0
        if _UNITS.fullmatch(current) and int(current) != before and int(cell) != before:
            raise _Refused(
                "new",
                _("%(then)s were there when the file was made, now there are %(now)s", then=current, now=before),
            )
        if level is not None and before == int(cell):
            return None
        level_id = (
            level.id if level else session.execute(_NEW_LEVEL, {"item": items[0], "location": location_id}).scalar_one()
        )
        try:
            inventory.adjust(level_id, reason="import", actor=self._actor, set_to=int(cell))
        except Invalid as error:
            raise _Refused("new", error.message) from error
        return level_id, before, int(cell)


class _Refused(Exception):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


def _values(rows: Rows, record: Record) -> tuple[str, ...]:
    found = tuple(value for n in (1, 2, 3) if (value := rows.get(record, f"option{n}_value")))
    return () if found == ("Default Title",) else found
