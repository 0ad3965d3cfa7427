"""Takes in product files that were exported from another shop. How rows are read is told in docs/import.md."""

from store.importer.running import run

__all__ = ["run"]
