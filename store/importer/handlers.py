"""Registers the importer's jobs."""

from store.importer import jobs

__all__ = ["jobs"]
