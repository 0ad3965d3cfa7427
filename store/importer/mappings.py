"""A user's own description of a file: which of its columns is what. Written in TOML, told in docs/import.md."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from store.core.i18n import gettext as _
from store.importer.errors import UnusableFile
from store.importer.headers import understand
from store.importer.reading import Record, Source

FORMATS = Path(__file__).parent / "formats"

_GRAMS = {
    "g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125"), "": Decimal(1),
}  # fmt: skip
_KNOWN = {"name", "delimiter", "encoding", "columns", "product_row", "fields"}
_RULES = {"column", "value", "template", "split", "join", "values", "default", "weight_unit", "when"}
_SLOT = re.compile(r"\{([^{}]+)\}")

_Cell = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Mapping:
    """What a mapping says. `columns` names the columns of files without a header row.

    With `product_row` the first row of a product describes it as a whole: when rows with options follow, it is no
    variant itself, and the options are named on the rows that have them.
    """

    name: str
    text: str
    fields: dict[str, dict[str, Any]]
    delimiter: str = ","
    encoding: str = "utf-8"
    columns: tuple[str, ...] | None = None
    product_row: bool = False


def shipped() -> list[str]:
    """Return the names of the mappings that come with the shop."""
    return sorted(path.stem for path in FORMATS.glob("*.toml"))


def load(name_or_path: str) -> Mapping:
    """Return a mapping by the name of a shipped one or from a file; raises `UnusableFile` with the reason."""
    known = FORMATS / f"{name_or_path}.toml"
    path = known if name_or_path in shipped() else Path(name_or_path)
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFile(
            _("There is no mapping %(name)s. Those that come with the shop: %(known)s.",
              name=name_or_path, known=", ".join(shipped()))
        ) from error  # fmt: skip


def parse(text: str) -> Mapping:
    """Return what a mapping says; raises `UnusableFile` naming what can't be understood."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusableFile(_("The mapping is not TOML: %(reason)s.", reason=str(error))) from error
    unknown = sorted(found.keys() - _KNOWN)
    if unknown:
        raise UnusableFile(_("The mapping says “%(name)s”, which nothing understands.", name=unknown[0]))
    delimiter, encoding = str(found.get("delimiter", ",")), str(found.get("encoding", "utf-8"))
    if len(delimiter) != 1 or encoding.lower() not in ("utf-8", "latin-1", "cp1252"):
        raise UnusableFile(_("A delimiter is one character; an encoding is utf-8, latin-1 or cp1252."))
    fields = found.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise UnusableFile(_("The mapping has no [fields]."))
    columns = found.get("columns")
    if columns is not None and not (isinstance(columns, list) and all(isinstance(one, str) for one in columns)):
        raise UnusableFile(_("In the mapping, columns is a list of names."))
    return Mapping(
        name=str(found.get("name", "")),
        text=text,
        fields={target: _rule(target, rule) for target, rule in fields.items()},
        delimiter=delimiter,
        encoding=encoding.lower(),
        columns=None if columns is None else tuple(columns),
        product_row=found.get("product_row") is True,
    )


def _rule(target: str, rule: Any) -> dict[str, Any]:
    if isinstance(rule, str):
        rule = {"column": rule}
    if not isinstance(rule, dict) or rule.keys() - _RULES or not rule.keys() & {"column", "value", "template"}:
        raise UnusableFile(_("The mapping's field “%(name)s” can't be understood.", name=target))
    return rule


class MappedSource(Source):
    """A file seen through a mapping: its records have the columns of a product file."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path, delimiter=mapping.delimiter, encoding=mapping.encoding, header=mapping.columns)
        places = {name.strip(): place for place, name in enumerate(self.header)}
        self._mapping = mapping
        self._cells = [_cell(target, rule, places) for target, rule in mapping.fields.items()]
        self._width = len(self.header)
        self.header: Sequence[str] = list(mapping.fields)
        fields = {name: place for place, name in understand(self.header).fields.items()}
        missing = [name for place, name in enumerate(self.header) if place not in fields.values()]
        if any("/" not in name for name in missing):
            raise UnusableFile(
                _("The mapping names “%(name)s”, which is no column of a product file.", name=missing[0])
            )

    def _records(self, start: int, number: int) -> Iterator[Record]:
        for record in super()._records(start, number):
            # The header row itself is read before there is anything to look up.
            if not hasattr(self, "_cells"):
                yield record
            else:
                yield Record(record.number, [cell(record.cells) for cell in self._cells], record.end)


def _cell(target: str, rule: dict[str, Any], places: dict[str, int]) -> _Cell:
    read = _read(target, rule, places)
    values = {str(old): str(new) for old, new in rule.get("values", {}).items()}
    default = str(rule.get("default", ""))
    split, join = rule.get("split"), str(rule.get("join", " > "))
    unit = _column(target, str(rule["weight_unit"]), places) if "weight_unit" in rule else None
    conditions = [
        (_column(target, str(column), places), str(wanted)) for column, wanted in rule.get("when", {}).items()
    ]

    def cell(cells: Sequence[str]) -> str:
        if any(wanted != (cells[place].strip() if place < len(cells) else "") for place, wanted in conditions):
            return ""
        found = read(cells).strip()
        found = values.get(found, found)
        if split and found:
            found = join.join(part.strip() for part in found.split(split) if part.strip())
        if unit is not None and found:
            found = _grams(found, cells[unit].strip().casefold() if unit < len(cells) else "")
        return found or default

    return cell


def _read(target: str, rule: dict[str, Any], places: dict[str, int]) -> _Cell:
    if "value" in rule:
        constant = str(rule["value"])
        return lambda _cells: constant
    if "template" in rule:
        template = str(rule["template"])
        slots = {name: _column(target, name, places) for name in _SLOT.findall(template)}
        return lambda cells: _SLOT.sub(
            lambda slot: cells[slots[slot[1]]].strip() if slots[slot[1]] < len(cells) else "", template
        )
    place = _column(target, str(rule["column"]), places)
    return lambda cells: cells[place] if place < len(cells) else ""


def _column(target: str, name: str, places: dict[str, int]) -> int:
    if name not in places:
        raise UnusableFile(
            _("The mapping takes “%(target)s” from the column “%(name)s”, which the file does not have.",
              target=target, name=name)
        )  # fmt: skip
    return places[name]


def _grams(text: str, unit: str) -> str:
    try:
        grams = Decimal(text) * _GRAMS[unit]
    except (InvalidOperation, KeyError):
        # Left as it stands, so that the row is refused with its number.
        return f"{text} {unit}"
    return str(int(grams.to_integral_value(rounding="ROUND_HALF_UP")))
