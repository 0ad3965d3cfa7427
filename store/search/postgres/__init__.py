"""The search engine in PostgreSQL: full text, a vocabulary with trigrams, and nothing else to run."""

from store.search.postgres.engine import PostgresEngine

__all__ = ["PostgresEngine"]
