"""One run over a file from the command line: read, compare, write batch by batch, and tell."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.core.db import transaction
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.importer import services
from store.importer.batches import Outcome
from store.importer.difference import CREATE, SKIPPED, UNCHANGED, UPDATE
from store.importer.errors import ImportBusy, UnusableFile
from store.importer.kinds import open_file

ALL_FINE, SOME_REFUSED, UNUSABLE = 0, 1, 2

Echo = Callable[[str], None]


def run(
    path: str | Path,
    *,
    dry_run: bool,
    echo: Echo,
    mapping: str | None = None,
    overwrite: bool = True,
    rest: float = 0.0,
) -> int:
    """Take in a file, or with `dry_run` say row by row what that would change, and write nothing.

    `mapping` is the name of a shipped mapping or the path of one. Without `overwrite` products that are there are
    passed over. `rest` is the share of its time that the run leaves to others between batches. Returns the exit status:
    0 when every row went in, 1 when some were refused, 2 when the file can't be used or another import runs. Raises
    `Unavailable` before the shop has been set up.
    """
    try:
        with transaction():
            file = open_file(Path(path), mapping=mapping, overwrite=overwrite)
        rows = file.scan()
        if dry_run:
            return _rehearse(file, echo)
        with transaction():
            run_id = services.begin(file.kind, Path(path).name, overwrite=overwrite, rows=rows)
    except (UnusableFile, ImportBusy) as error:
        echo(_plain(str(error)))
        return UNUSABLE
    counts = Counter[str]()
    worker = file.worker(run_id=run_id)

    def tell(outcome: Outcome) -> None:
        counts.update(_count(outcome))
        _say(outcome, echo, all_rows=False)

    try:
        services.apply_all(run_id, worker, tell=tell, rest=rest)
    except UnusableFile as error:
        echo(_plain(str(error)))
        return UNUSABLE
    _sum_up(counts, echo)
    for notice in file.notices:
        echo(_plain(notice))
    if counts["pictures"]:
        echo(
            ngettext(
                "%(num)s picture is being fetched in the background.",
                "%(num)s pictures are being fetched in the background.",
                counts["pictures"],
            )
        )
    return SOME_REFUSED if counts["refused"] else ALL_FINE


def _rehearse(file: Any, echo: Echo) -> int:
    counts = Counter[str]()
    worker = file.worker(run_id=None)
    for portion in worker.portions():
        outcome = worker.compare(portion)
        counts.update(_count(outcome))
        _say(outcome, echo, all_rows=True)
    _sum_up(counts, echo)
    for notice in file.notices:
        echo(_plain(notice))
    echo(_("This was a dry run: nothing has been written."))
    return SOME_REFUSED if counts["refused"] else ALL_FINE


def _count(outcome: Outcome) -> dict[str, int]:
    return services.count(outcome)


def _say(outcome: Outcome, echo: Echo, *, all_rows: bool) -> None:
    names = {CREATE: _("create"), UPDATE: _("update"), UNCHANGED: _("unchanged"), SKIPPED: _("skipped")}
    lines: list[tuple[int, list[str]]] = []
    for change in outcome.changes:
        if change.verdict == UNCHANGED and not all_rows:
            continue
        head = f"{_row(change.row)}  {names[change.verdict]:<10} {change.handle}  {change.label}"
        lines.append((change.row, [head, *(f"{'':<22}{words}" for words in change.changes)]))
    for refusal in outcome.refusals:
        head = f"{_row(refusal.row)}  {_('refused'):<10} {refusal.column}: {refusal.reason}"
        lines.append((refusal.row, [head]))
    for _number, group in sorted(lines, key=lambda pair: pair[0]):
        for line in group:
            echo(_plain(line.rstrip()))


def _sum_up(counts: Counter[str], echo: Echo) -> None:
    echo(
        _(
            "Rows: %(create)s create, %(update)s update, %(unchanged)s unchanged, %(refused)s refused.",
            create=counts[CREATE],
            update=counts[UPDATE],
            unchanged=counts[UNCHANGED],
            refused=counts["refused"],
        )
    )
    if counts[SKIPPED]:
        echo(
            ngettext(
                "%(num)s row was skipped: its product is there already.",
                "%(num)s rows were skipped: their products are there already.",
                counts[SKIPPED],
            )
        )


def _row(number: int) -> str:
    return _("row %(number)s", number=f"{number:<5}")


def _plain(line: str) -> str:
    # A file's text must not be able to move the cursor of the terminal it is shown in.
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
