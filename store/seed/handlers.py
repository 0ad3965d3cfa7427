"""Registers the jobs of the demo shop."""

from store.seed import later

__all__ = ["later"]
