"""Redirects and missed addresses as staff look for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session

PAGE_SIZE = 50
MISSED_SIZE = 20
MISSED_DAYS = 30

# What is at an address by its folder; everything else is believed to be there.
_PAGES = {
    "products": "SELECT 1 FROM products WHERE handle = :handle AND status = 'active'",
    "collections": "SELECT 1 FROM collections WHERE handle = :handle UNION ALL SELECT 1 WHERE :handle = 'all'",
    "categories": "SELECT 1 FROM categories WHERE handle = :handle",
    "pages": "SELECT 1 FROM pages WHERE handle = :handle AND kind = 'page'",
    "policies": "SELECT 1 FROM pages WHERE handle = :handle AND kind = 'policy'",
}


@dataclass(frozen=True)
class Beside:
    """A product that staff put beside another."""

    id: int
    title: str
    status: str
    available: bool


def list_redirects(*, search: str = "", page: int = 1) -> Sequence[Any]:
    """Return one page of redirects, the newest first (1 statement)."""
    return session.execute(
        text(
            "SELECT id, path, target, status, reason, actor, hits, last_hit_on, created_at FROM redirects "
            "WHERE path ILIKE :pattern OR target ILIKE :pattern ORDER BY created_at DESC, id DESC "
            "LIMIT :size OFFSET :first"
        ),
        {"pattern": _pattern(search), "size": PAGE_SIZE, "first": (page - 1) * PAGE_SIZE},
    ).all()


def count_redirects(*, search: str = "") -> int:
    """Return how many redirects `list_redirects` goes through (1 statement)."""
    return int(
        session.execute(
            text("SELECT count(*) FROM redirects WHERE path ILIKE :pattern OR target ILIKE :pattern"),
            {"pattern": _pattern(search)},
        ).scalar_one()
    )


def list_missed(*, search: str = "", page: int = 1) -> Sequence[Any]:
    """Return the addresses asked for in vain that do not lead on yet, the most wanted first (1 statement)."""
    return session.execute(
        text(
            "SELECT m.path, sum(m.hits) AS hits, max(m.day) AS last_on, count(*) OVER () AS total "
            "FROM missed_addresses m WHERE m.day > :since AND m.path ILIKE :pattern "
            "AND NOT EXISTS (SELECT FROM redirects r WHERE r.path = rtrim(lower(m.path), '/')) "
            "GROUP BY m.path ORDER BY hits DESC, m.path LIMIT :size OFFSET :first"
        ),
        {
            "since": now().date() - timedelta(days=MISSED_DAYS),
            "pattern": _pattern(search),
            "size": MISSED_SIZE,
            "first": (page - 1) * MISSED_SIZE,
        },
    ).all()


def is_live(path: str) -> bool:
    """Whether a page is at this address of the shop, as far as that can be told (at most 1 statement)."""
    parts = path.partition("#")[0].partition("?")[0].strip("/").split("/")
    if len(parts) != 2 or parts[0] not in _PAGES:
        return True
    return session.execute(text(_PAGES[parts[0]]), {"handle": parts[1]}).first() is not None


def has_page(path: str) -> bool:
    """Whether a page of the catalogue or a written page is at this very address (at most 1 statement)."""
    parts = path.strip("/").split("/")
    return len(parts) == 2 and parts[0] in _PAGES and is_live(path)


def find_redirect(path: str) -> Any:
    """Return the redirect of an address, or `None` (1 statement)."""
    return session.execute(
        text("SELECT id, path, target, hits FROM redirects WHERE path = :path"), {"path": path}
    ).first()


def list_leading_to(path: str) -> Sequence[str]:
    """Return the first addresses that lead to this one (1 statement)."""
    return (
        session.execute(
            text("SELECT path FROM redirects WHERE page = :path ORDER BY created_at DESC LIMIT 20"), {"path": path}
        )
        .scalars()
        .all()
    )


def list_pins(product_id: int) -> list[Beside]:
    """Return the products that staff put beside one, in their order (1 statement)."""
    rows = session.execute(
        text(
            "SELECT p.id, p.title, p.status, p.available FROM product_pins pp JOIN products p ON p.id = pp.other_id "
            "WHERE pp.product_id = :id ORDER BY pp.position, p.id"
        ),
        {"id": product_id},
    )
    return [Beside(*row) for row in rows]


def list_bought_together(product_id: int, *, limit: int = 6) -> Sequence[Any]:
    """Return what is bought together with a product, with the number of orders (1 statement)."""
    return session.execute(
        text(
            "SELECT p.id, p.title, b.orders FROM bought_together b JOIN products p ON p.id = b.other_id "
            "WHERE b.product_id = :id ORDER BY b.orders DESC, b.other_id LIMIT :limit"
        ),
        {"id": product_id, "limit": limit},
    ).all()


def _pattern(search: str) -> str:
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
