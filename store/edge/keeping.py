"""Makes storage hold what the tiers say: makes what is missing in S, lets go in 2 and 3, and never an original."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from store.core import log
from store.core.clock import now
from store.core.db import read_rows, run, session, transaction
from store.core.errors import Unavailable
from store.edge.models import ImageStorage
from store.media import on_demand, storage
from store.media.sizes import fallback_width

# What lists show of a first picture, at most, and what tier 3 keeps of it.
_LISTED_WIDTH = 640
_ONE_WIDTH = 480

# How long what came back stays.
RESTS = {"2": timedelta(days=30), "3": timedelta(days=1)}

# What shows a picture as part of a product, or does not show it.
_OF_PRODUCTS = ("product_images", "variant_images", "library_entries", "former_keys", "uploads", "image_storage")

_REFERENCES = """
    SELECT c.conrelid::regclass::text AS source, a.attname AS name
      FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.confrelid = 'images'::regclass AND cardinality(c.conkey) = 1
     ORDER BY 1, 2
"""
_PICTURES = """
    SELECT i.id, i.key, i.widths, i.formats,
           bool_or(NOT EXISTS (SELECT FROM product_images before WHERE before.product_id = pi.product_id
                                  AND (before.position, before.image_id) < (pi.position, pi.image_id))) AS is_first,
           CASE WHEN {elsewhere} THEN least(min(strpos('S123', coalesce(t.tier, '1'))), 2)
                ELSE min(strpos('S123', coalesce(t.tier, '1'))) END AS rank
      FROM images i JOIN product_images pi ON pi.image_id = i.id
      LEFT JOIN product_tiers t ON t.product_id = pi.product_id
     WHERE i.status = 'ready' AND {wanted}
     GROUP BY i.id ORDER BY i.id
"""
# The tier of a picture is the best of all products that show it, so the row of one is not enough.
_OF_PRODUCT = "i.id IN (SELECT image_id FROM product_images WHERE product_id = :id)"
_UNCOUNTED = """
    i.id IN (SELECT p.id FROM images p LEFT JOIN image_storage s ON s.image_id = p.id
              WHERE p.status = 'ready' AND (s.image_id IS NULL OR s.measured_at < :before)
                AND EXISTS (SELECT FROM product_images WHERE image_id = p.id)
              ORDER BY s.measured_at NULLS FIRST, p.id LIMIT :most)
"""
# Jobs and uploads add files, too.
_COUNTED_AGAIN = timedelta(days=7)
_UNSETTLED = """
    SELECT product_id, tier FROM product_tiers WHERE NOT settled ORDER BY strpos('S123', tier), product_id LIMIT :batch
"""
_SETTLE = "UPDATE product_tiers SET settled = true WHERE product_id = :id AND tier = :tier"
_BEGIN = """
    INSERT INTO image_storage (image_id, measured_at) SELECT id, :moment FROM images WHERE id = :id
        ON CONFLICT (image_id) DO NOTHING
"""

_CAME_BACK = """
    SELECT key, max(id) AS last FROM renditions_made WHERE due_at IS NULL GROUP BY key ORDER BY last LIMIT :most
"""
_RESTED = """
    SELECT key, max(id) AS last FROM renditions_made WHERE due_at <= :moment GROUP BY key ORDER BY last LIMIT :most
"""
_REST = "UPDATE renditions_made SET due_at = :due_at WHERE key = :key AND id <= :last AND due_at IS NULL"
_FORGET = "DELETE FROM renditions_made WHERE key = :key AND id <= :last"
_NONE = timedelta(0)

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class _Picture:
    id: int
    key: str
    widths: list[int]
    formats: list[str]
    is_first: bool
    tier: str


def settle(seconds: float = 20.0) -> bool:
    """Bring the files of moved products where they belong, S first; return whether some are left.

    Raises `Unavailable` when storage does not answer; what was done stays done.
    """
    deadline = time.monotonic() + seconds
    while True:
        products = read_rows(_UNSETTLED, {"batch": 20})
        if not products:
            return False
        for row in products:
            for picture in _pictures(_OF_PRODUCT, {"id": row.product_id}):
                keep(picture)
            with transaction():
                run(_SETTLE, {"id": row.product_id, "tier": row.tier})
            if time.monotonic() > deadline:
                return True


def sweep(most: int = 500) -> None:
    """Count the bytes of pictures that came back, and let go of those that have rested."""
    for row in read_rows(_CAME_BACK, {"most": most}):
        stay = None
        for picture in _pictures("i.key = :key", {"key": row.key}):
            measure(picture)
            stay = RESTS.get(picture.tier)
        with transaction():
            run(
                _FORGET if stay is None else _REST,
                {"key": row.key, "last": row.last, "due_at": now() + (stay or _NONE)},
            )
    for row in read_rows(_RESTED, {"moment": now(), "most": most}):
        for picture in _pictures("i.key = :key", {"key": row.key}):
            keep(picture)
        with transaction():
            run(_FORGET, {"key": row.key, "last": row.last})


def count_unseen(most: int = 1000) -> int:
    """Count the bytes of pictures that nobody has counted yet, and again of those counted longest ago."""
    before = now() - _COUNTED_AGAIN
    number = 0
    for picture in _pictures(_UNCOUNTED, {"before": before, "most": most}):
        measure(picture)
        number += 1
    return number


def keep(picture: _Picture) -> None:
    """Let go of what the tier does not keep of one picture, or make what it wants, and count the bytes."""
    place = storage.current()
    there = place.sizes(picture.key)
    dropped = {}
    for name in sorted(there):
        if not _stays(picture, name, there):
            place.delete(name)
            dropped[name] = there[name]
    if picture.tier == "S":
        for name in _all(picture):
            if name not in there:
                try:
                    on_demand.rendition(name)
                except Unavailable as error:
                    logger.warning("a rendition is not made yet", name=name, reason=error.message)
    measure(picture, dropped)


def measure(picture: _Picture, dropped: dict[str, int] | None = None) -> None:
    """Write down what is kept of a picture, and what was let go and has not come back."""
    there = storage.current().sizes(picture.key)
    with transaction():
        run(_BEGIN, {"id": picture.id, "moment": now()})
        row = session.get(ImageStorage, picture.id, with_for_update=True, populate_existing=True)
        if row is None:
            # The picture went away meanwhile.
            return
        gone = {name: size for name, size in {**row.dropped, **(dropped or {})}.items() if name not in there}
        row.dropped, row.saved, row.kept, row.measured_at = gone, sum(gone.values()), sum(there.values()), now()


def _pictures(wanted: str, parameters: dict[str, Any]) -> Iterator[_Picture]:
    for row in read_rows(_PICTURES.format(elsewhere=_elsewhere(), wanted=wanted), parameters):
        tier = "S123"[row.rank - 1]
        yield _Picture(row.id, row.key, list(row.widths), list(row.formats), row.is_first, tier)


@lru_cache(maxsize=1)
def _elsewhere() -> str:
    """Whether anything else shows a picture `i`: asked of every table that refers to pictures, whoever adds one."""
    found = [row for row in read_rows(_REFERENCES) if row.source not in _OF_PRODUCTS]
    return " OR ".join(f"EXISTS (SELECT FROM {row.source} WHERE {row.name} = i.id)" for row in found) or "false"


def _stays(picture: _Picture, name: str, there: dict[str, int]) -> bool:
    found = storage.rendition_in(name)
    if found is None or picture.tier in ("S", "1"):
        return True
    _key, width, extension = found
    if extension != "webp":
        return False
    if storage.name_of(picture.key, "master") not in there and width == max(_webp_widths(there)):
        # What all others are made from.
        return True
    if not picture.is_first:
        return False
    if picture.tier == "2":
        return width <= _LISTED_WIDTH
    return width == min(picture.widths, key=lambda one: (abs(one - _ONE_WIDTH), one), default=width)


def _webp_widths(there: dict[str, int]) -> list[int]:
    found = (storage.rendition_in(name) for name in there)
    return [one[1] for one in found if one is not None and one[2] == "webp"]


def _all(picture: _Picture) -> list[str]:
    if not picture.widths:
        return []
    names = [
        storage.name_of(picture.key, width, extension) for extension in picture.formats for width in picture.widths
    ]
    return [*names, storage.name_of(picture.key, fallback_width(picture.widths), "jpg")]
