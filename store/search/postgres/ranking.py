"""From an understood query to products in order: one statement, whatever the query.

What is found is decided by the index alone. How many are looked at is bounded: popular products first, tier by tier,
until there are enough, so that a word which half of the shop says costs no more than a rare one.
"""

import math
from collections.abc import Sequence
from typing import Any

from store.core.db import read_rows
from store.search.engine import MOST_FOUND
from store.search.postgres.understanding import Term, Understood, Way

# What a word counts for by where it stands: title, describing fields, custom fields, description.
WEIGHTS = {"A": 1.0, "B": 0.6, "C": 0.4, "D": 0.12}
# What a guess counts for, compared with what was typed.
_GUESSED = 0.7

_TIER = """
      (SELECT product_id, title, head, vector FROM search_documents
        WHERE vector @@ (CAST(:query AS tsquery) && '''+{tier}'''::tsquery) LIMIT :most)
"""

_FOUND = f"""
    WITH found AS MATERIALIZED (
      {" UNION ALL ".join(_TIER.format(tier=tier) for tier in (1, 2, 3, 4))} LIMIT :most)
    SELECT f.product_id, (
        SELECT sum(t.rarity * CASE
            WHEN f.head @@ t.near_a THEN {WEIGHTS["A"]} WHEN f.head @@ t.near_b THEN {WEIGHTS["B"]}
            WHEN f.head @@ t.far_a THEN {WEIGHTS["A"] * _GUESSED} WHEN f.head @@ t.near_c THEN {WEIGHTS["C"]}
            WHEN f.head @@ t.far_b THEN {WEIGHTS["B"] * _GUESSED} WHEN f.head @@ t.far_c THEN {WEIGHTS["C"] * _GUESSED}
            WHEN t.everywhere OR f.vector @@ t.whole THEN {WEIGHTS["D"]} ELSE 0 END)
          FROM unnest(CAST(:near_a AS tsquery[]), CAST(:near_b AS tsquery[]), CAST(:near_c AS tsquery[]),
               CAST(:far_a AS tsquery[]), CAST(:far_b AS tsquery[]), CAST(:far_c AS tsquery[]),
               CAST(:whole AS tsquery[]), CAST(:rarity AS float8[]), CAST(:everywhere AS boolean[]))
               t (near_a, near_b, near_c, far_a, far_b, far_c, whole, rarity, everywhere))
        + CASE WHEN f.title = :phrase THEN 0.8
               WHEN f.title LIKE :phrase || ' %' THEN 0.35
               WHEN ' ' || f.title || ' ' LIKE '% ' || :phrase || ' %' THEN 0.25 ELSE 0 END
        + 0.2 / (1 + length(f.title) - length(replace(f.title, ' ', '')))
        + CASE WHEN p.available THEN 0.15 ELSE 0 END + 0.04 * ln(1 + greatest(p.popularity, 0)) AS score
      FROM found f JOIN products p ON p.id = f.product_id
     ORDER BY score DESC, p.popularity DESC, f.product_id DESC
"""


def find(understood: Understood) -> tuple[tuple[int, ...], bool, bool]:
    """Return the products that say every word, the best first; whether it was cut; whether some words had to do.

    1 statement; 1 more when no product says all of several words.
    """
    needed = [term for term in understood.terms if term.needed and term.ways]
    if not needed:
        return (), False, False
    rows = _rows(" & ".join(any_of(term.ways) for term in needed), understood, everywhere=True)
    some = False
    if not rows and len(needed) > 1:
        some = True
        rows = _rows(" | ".join(any_of(term.ways) for term in needed), understood, everywhere=False)
        best = rows[0].score if rows else 0
        # A product that says the least of the words only in passing is no answer.
        rows = [row for row in rows if row.score >= best * 0.5]
    return tuple(row.product_id for row in rows), len(rows) >= MOST_FOUND, some


def score(understood: Understood, product_ids: Sequence[int]) -> dict[int, float]:
    """Return how products score, also those that would not be found. 1 statement."""
    query = " | ".join(any_of(term.ways) for term in understood.terms if term.ways)
    wanted = set(product_ids)
    rows = _rows(query, understood, everywhere=False) if query else []
    return {row.product_id: row.score for row in rows if row.product_id in wanted}


def any_of(ways: Sequence[Way], weight: str = "") -> str:
    """Return a tsquery that any of these ways fulfils."""
    parts = [
        "("
        + " & ".join(f"'{lexeme.replace(chr(39), '')}'{':' + weight if weight else ''}" for lexeme in way.lexemes)
        + ")"
        for way in ways
    ]
    return "(" + " | ".join(dict.fromkeys(parts)) + ")"


def _rows(query: str, understood: Understood, *, everywhere: bool) -> list[Any]:
    terms = [term for term in understood.terms if term.ways]
    parameters: dict[str, Any] = {
        "query": query,
        "most": MOST_FOUND,
        "phrase": " ".join(term.shown if term.corrected else term.typed for term in understood.terms),
        "whole": [any_of(term.ways) for term in terms],
        "rarity": _rarities(terms),
        "everywhere": [everywhere and term.needed for term in terms],
    }
    for name, is_near in (("near", True), ("far", False)):
        for weight, letters in (("a", "A"), ("b", "AB"), ("c", "ABC")):
            parameters[f"{name}_{weight}"] = [
                any_of(ways, letters) if (ways := [way for way in term.ways if way.is_near == is_near]) else None
                for term in terms
            ]
    return list(read_rows(_FOUND, parameters))


def _rarities(terms: Sequence[Term]) -> list[float]:
    """Return what each word counts for: a rare one more than one that many products say."""
    raw = [1 / (1 + math.log1p(term.products)) if term.needed else 0.05 for term in terms]
    total = sum(raw) or 1.0
    return [one / total for one in raw]
