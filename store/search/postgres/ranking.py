"""From an understood query to products in order: one statement, whatever the query.

What is found is decided by the index alone. How many are looked at is bounded: popular products first, tier by tier,
until there are enough, so that a word which half of the shop says costs no more than a rare one.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from store.core.db import read_rows
from store.search.engine import MOST_FOUND
from store.search.folding import MOST_WORDS
from store.search.postgres.understanding import Term, Understood, Way

# What a word counts for by where it stands: title, describing fields, custom fields, description.
WEIGHTS = {"A": 1.0, "B": 0.6, "C": 0.4, "D": 0.12}
# What a guess counts for, compared with what was typed.
_GUESSED = 0.7

_TIER = """
      (SELECT product_id, title, head, vector FROM search_documents
        WHERE vector @@ (CAST(:query AS tsquery) && '''+{tier}'''::tsquery) LIMIT :most)
"""

# One term's part of the score. In a search for all words whatever was found has said it somewhere.
_PART = f"""
        CAST(:rarity{{n}} AS float8) * CASE
            WHEN f.head @@ CAST(:near_a{{n}} AS tsquery) THEN {WEIGHTS["A"]}
            WHEN f.head @@ CAST(:near_b{{n}} AS tsquery) THEN {WEIGHTS["B"]}
            WHEN f.head @@ CAST(:far_a{{n}} AS tsquery) THEN {WEIGHTS["A"] * _GUESSED}
            WHEN f.head @@ CAST(:near_c{{n}} AS tsquery) THEN {WEIGHTS["C"]}
            WHEN f.head @@ CAST(:far_b{{n}} AS tsquery) THEN {WEIGHTS["B"] * _GUESSED}
            WHEN f.head @@ CAST(:far_c{{n}} AS tsquery) THEN {WEIGHTS["C"] * _GUESSED}
            WHEN CAST(:sure{{n}} AS boolean) OR f.vector @@ CAST(:whole{{n}} AS tsquery) THEN {WEIGHTS["D"]} ELSE 0 END
"""

_FOUND = f"""
    WITH found AS MATERIALIZED (
      {" UNION ALL ".join(_TIER.format(tier=tier) for tier in (1, 2, 3, 4))} LIMIT :most)
    SELECT f.product_id, {{parts}}
        + CASE WHEN f.title = :phrase THEN 0.8
               WHEN f.title LIKE :phrase || ' %' THEN 0.35
               WHEN ' ' || f.title || ' ' LIKE '% ' || :phrase || ' %' THEN 0.25 ELSE 0 END
        + 0.2 / (1 + length(f.title) - length(replace(f.title, ' ', '')))
        + CASE WHEN p.available THEN 0.15 ELSE 0 END + 0.04 * ln(1 + greatest(p.popularity, 0)) AS score
      FROM found f JOIN products p ON p.id = f.product_id
     ORDER BY score DESC, p.popularity DESC, f.product_id DESC
"""


@lru_cache(maxsize=MOST_WORDS)
def _statement(terms: int) -> str:
    return _FOUND.format(parts=" + ".join(_PART.format(n=number) for number in range(terms)))


def find(understood: Understood, most: int = MOST_FOUND) -> tuple[tuple[int, ...], bool, bool]:
    """Return the products that say every word, the best first; whether it was cut; whether some words had to do.

    1 statement; 1 more when no product says all of several words.
    """
    needed = [term for term in understood.terms if term.needed and term.ways]
    if not needed:
        return (), False, False
    rows = _rows(" & ".join(any_of(term.ways) for term in needed), understood, most, everywhere=True)
    some = False
    if not rows and len(needed) > 1:
        some = True
        rows = _rows(" | ".join(any_of(term.ways) for term in needed), understood, most, everywhere=False)
        best = rows[0].score if rows else 0
        # A product that says the least of the words only in passing is no answer.
        rows = [row for row in rows if row.score >= best * 0.5]
    return tuple(row.product_id for row in rows), len(rows) >= most, some


def score(understood: Understood, product_ids: Sequence[int]) -> dict[int, float]:
    """Return how products score, also those that would not be found. 1 statement."""
    query = " | ".join(any_of(term.ways) for term in understood.terms if term.ways)
    wanted = set(product_ids)
    rows = _rows(query, understood, MOST_FOUND, everywhere=False) if query else []
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


def statement_for(understood: Understood) -> tuple[str, dict[str, Any]]:
    """Return the statement that finds, and its parameters: for whoever wants to see its plan."""
    query = " & ".join(any_of(term.ways) for term in understood.terms if term.needed and term.ways)
    return _compose(query, understood, MOST_FOUND, everywhere=True)


def _rows(query: str, understood: Understood, most: int, *, everywhere: bool) -> list[Any]:
    return list(read_rows(*_compose(query, understood, most, everywhere=everywhere)))


def _compose(query: str, understood: Understood, most: int, *, everywhere: bool) -> tuple[str, dict[str, Any]]:
    terms = [term for term in understood.terms if term.ways]
    parameters: dict[str, Any] = {
        "query": query,
        "most": most,
        "phrase": " ".join(term.shown if term.corrected else term.typed for term in understood.terms),
    }
    for number, (term, rarity) in enumerate(zip(terms, _rarities(terms), strict=True)):
        parameters[f"rarity{number}"] = rarity
        parameters[f"sure{number}"] = everywhere and term.needed
        parameters[f"whole{number}"] = any_of(term.ways)
        for name, ways in (
            ("near", [way for way in term.ways if way.is_near]),
            ("far", [way for way in term.ways if not way.is_near]),
        ):
            for weight, letters in (("a", "A"), ("b", "AB"), ("c", "ABC")):
                parameters[f"{name}_{weight}{number}"] = any_of(ways, letters) if ways else None
    return _statement(len(terms)), parameters


def _rarities(terms: Sequence[Term]) -> list[float]:
    """Return what each word counts for: a rare one more than one that many products say."""
    raw = [1 / (1 + math.log1p(term.products)) if term.needed else 0.05 for term in terms]
    total = sum(raw) or 1.0
    return [one / total for one in raw]
