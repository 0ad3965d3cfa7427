"""What was thrown away, and how many requests Cloudflare still takes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from store.core.db import read_rows, session
from store.edge.cloudflare import BUCKET, PER_MINUTE
from store.edge.models import EdgeChange, EdgePurge, EdgeState


@dataclass(frozen=True)
class PurgeFacts:
    """One request to throw tags away."""

    id: int
    tags: tuple[str, ...]
    status: str
    attempts: int
    error: str | None
    created_at: datetime


def requests_left(moment: datetime) -> float:
    """Return how many requests the smallest plan takes now: a bucket that fills steadily, by our own count.

    1 statement.
    """
    left, counted_at = session.execute(select(EdgeState.requests_left, EdgeState.counted_at)).one()
    filled: float = left + max((moment - counted_at).total_seconds(), 0.0) * PER_MINUTE / 60
    return min(float(BUCKET), filled)


def list_purges(limit: int = 20) -> list[PurgeFacts]:
    """Return the newest requests first. 1 statement."""
    rows = session.execute(select(EdgePurge).order_by(EdgePurge.id.desc()).limit(limit)).scalars()
    return [PurgeFacts(one.id, tuple(one.tags), one.status, one.attempts, one.error, one.created_at) for one in rows]


def count_pending() -> int:
    """Return how many tags wait to be thrown away. 1 statement."""
    return session.execute(select(func.count(func.distinct(EdgeChange.tag)))).scalar_one()


@dataclass(frozen=True)
class TierFacts:
    """How many products are in a tier, and the bytes of their pictures: kept, and let go."""

    tier: str
    products: int
    kept: int
    saved: int


def storage_by_tier() -> list[TierFacts]:
    """Return every tier, S first; a picture counts once, for the best product that shows it. 1 statement."""
    return [TierFacts(row.tier, row.products, int(row.kept), int(row.saved)) for row in read_rows(_BY_TIER)]


_BY_TIER = """
    WITH pictures AS (
      SELECT s.image_id, s.kept, s.saved, min(strpos('S123', coalesce(t.tier, '1'))) AS rank
        FROM image_storage s JOIN product_images pi ON pi.image_id = s.image_id
        LEFT JOIN product_tiers t ON t.product_id = pi.product_id
       GROUP BY s.image_id)
    SELECT tier, (SELECT count(*) FROM product_tiers t WHERE t.tier = tiers.tier) AS products,
           coalesce((SELECT sum(kept) FROM pictures p WHERE p.rank = tiers.rank), 0) AS kept,
           coalesce((SELECT sum(saved) FROM pictures p WHERE p.rank = tiers.rank), 0) AS saved
      FROM unnest(ARRAY['S', '1', '2', '3']) WITH ORDINALITY AS tiers (tier, rank)
     ORDER BY tiers.rank
"""
