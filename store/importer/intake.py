"""A product file as the shop understands it: its columns, its products one after the other, and their hashes."""

import hashlib
from collections.abc import Iterator
from collections.abc import Mapping as Table
from pathlib import Path

from store.catalog.fields import list_fields
from store.importer.errors import Refusal
from store.importer.grouping import Group, Grouper, Scan
from store.importer.headers import understand
from store.importer.mappings import MappedSource, Mapping
from store.importer.patches import ProductPatch, Terms, read_product
from store.importer.reading import Source, row_of
from store.shop.queries import get_shop, list_markets

# Grows when the same rows would lead to something else than before.
_READING = "1"


class Intake:
    """A product file with what its cells mean in this shop; raises `UnusableFile`. 3 statements."""

    def __init__(self, path: Path, *, mapping: Mapping | None = None, overwrite: bool = True) -> None:
        self.overwrite = overwrite
        currency = get_shop().currency
        markets: dict[str, tuple[str, str]] = {}
        for market in list_markets():
            markets[market.code.casefold()] = markets[market.name.casefold()] = (market.code, market.currency)
        self.source = source = Source(path) if mapping is None else MappedSource(path, mapping)
        self.columns = understand(source.header, markets, currency)
        rules = {f"{one.namespace}.{one.key}": one for one in list_fields()}
        foreign = tuple(dict.fromkeys(self.columns.currencies))
        self.terms = Terms(
            currency,
            foreign,
            {name: rules[name] for name in sorted(rules)},
            product_row=mapping is not None and mapping.product_row,
        )
        self._grouper = Grouper(source, self.columns)
        self.sku_rows: dict[str, int] = {}
        self._scan = Scan()
        asked = [name for name in self.terms.fields if f"field:{name}" in self.columns.headers]
        about = (
            _READING, self.columns.fields, currency, foreign, [(name, rules[name]) for name in asked], overwrite,
            "" if mapping is None else mapping.text,
        )  # fmt: skip
        self._about = repr(about).encode(errors="replace")

    def scan(self) -> Scan:
        """Read the whole file once; raises `UnusableFile` when not all of it can be read."""
        self._scan = self._grouper.scan()
        return self._scan

    @property
    def found(self) -> Scan:
        """What the scan has found."""
        return self._scan

    def know(self, scan: Scan, *, sku_rows: Table[str, int]) -> None:
        """Go by what an earlier scan has found, and the rows of repeated SKUs that were met since."""
        self._scan = scan
        self.sku_rows = dict(sku_rows)

    def groups(self, start: int | None = None, number: int | None = None) -> Iterator[Group]:
        """Yield the products from the front, or from where an earlier one ended."""
        return self._grouper.groups(self._scan, start, number)

    def hash_of(self, group: Group) -> bytes:
        """Return what tells these rows, as this shop reads them, from all others."""
        digest = hashlib.blake2b(self._about, digest_size=16)
        digest.update("\x1e".join("\x1f".join(record.cells) for record in group.records).encode(errors="replace"))
        return digest.digest()

    def read(self, group: Group) -> tuple[ProductPatch | None, list[Refusal]]:
        """Return what a product's rows ask for, and those that can't be read."""
        group = self._grouper.settle(group)
        if not group.handle or not group.records:
            return None, group.refusals
        rows = [row_of(record, self.columns) for record in group.records]
        patch, refusals = read_product(
            group.handle, rows, self.terms, self.sku_rows, lambda sku: self._grouper.repeats(sku, self._scan)
        )
        return patch, [*group.refusals, *refusals]
