"""The engine's own face: each verb in a few lines over the modules beside it."""

from collections.abc import Iterable, Sequence

from store.core.db import read_rows
from store.core.errors import Unavailable
from store.search.engine import MOST_FOUND, MOST_SUGGESTED, Explanation, Hits, Match, Synonym
from store.search.folding import LONGEST_QUERY, LONGEST_WORD, fold
from store.search.postgres import indexing, ranking
from store.search.postgres.understanding import Understood, understand
from store.shop.queries import get_shop

# The languages PostgreSQL knows the endings of, by the shop's locale; others are compared word by word.
LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_COMPLETIONS = """
    SELECT v.word, v.spelling FROM search_words v
     WHERE v.word >= :begin AND v.word < :begin || chr(1114111) AND v.products > 0
     ORDER BY v.products DESC, v.word LIMIT :most
"""
# Which of the completions go together with the words before: asked of the index, for each in turn.
# Words that half of the shop says are together in the first, small tier; the last one holds whatever is left.
_IN_TIER = """
      EXISTS (SELECT FROM search_documents d WHERE d.vector @@ (c.query && '''+{tier}'''::tsquery) OFFSET 0)
"""
_TOGETHER = f"""
    SELECT spelling FROM (
      SELECT c.spelling, c.place
        FROM unnest(CAST(:queries AS tsquery[]), CAST(:spellings AS text[])) WITH ORDINALITY c (query, spelling, place)
       WHERE {" OR ".join(_IN_TIER.format(tier=tier) for tier in (1, 2, 3, 4))}
       LIMIT :most) fitting
     ORDER BY place
"""

_PLACES = """
    SELECT d.product_id, c.place,
      CASE WHEN d.head @@ c.a THEN 'title' WHEN d.head @@ c.b THEN 'fields' WHEN d.head @@ c.c THEN 'custom'
           ELSE 'description' END AS field
      FROM search_documents d
     CROSS JOIN unnest(CAST(:whole AS tsquery[]), CAST(:a AS tsquery[]), CAST(:b AS tsquery[]), CAST(:c AS tsquery[]))
           WITH ORDINALITY c (whole, a, b, c, place)
     WHERE d.product_id = ANY(:ids) AND d.vector @@ c.whole
     ORDER BY c.place
"""


class PostgresEngine:
    """Full text search over `search_documents`."""

    def index(self, product_ids: Sequence[int]) -> None:
        """Make the documents of these products anew. 9 statements."""
        if product_ids:
            indexing.index(product_ids, language())

    def forget(self, product_ids: Sequence[int]) -> None:
        """Take these products out of the index. 3 statements."""
        if product_ids:
            indexing.forget(product_ids)

    def rebuild(self) -> Iterable[int]:
        """Make every document anew, in the shop's language as it is now."""
        return indexing.rebuild(language())

    def outdated_by(self) -> str:
        """Return the two languages when the shop speaks another one than its documents. 1 statement."""
        made = read_rows("SELECT language FROM search_tiers WHERE id = 1")
        return f"{language()}:{made[0].language}" if made and made[0].language != language() else ""

    def search(
        self, query: str, *, synonyms: Sequence[Synonym] = (), literal: bool = False, unfinished: bool = False
    ) -> Hits:
        """Return what a query finds. From 2 statements up to 5, by how much of the query the shop does not say."""
        understood = understand(query, language(), synonyms=synonyms, literal=literal, unfinished=unfinished)
        found, capped, some_words = ranking.find(understood, MOST_SUGGESTED if unfinished else MOST_FOUND)
        return Hits(
            found,
            understood.searched,
            understood.corrected and bool(found),
            some_words and bool(found),
            capped,
            understood.alternatives,
        )

    def suggest(self, query: str, *, most: int) -> tuple[str, ...]:
        """Return whole queries that the typed beginning may become, the most common first. 1 or 2 statements."""
        *before, begin = fold(query[:LONGEST_QUERY]).split() or [""]
        if len(begin) < 2 or len(begin) > LONGEST_WORD:
            return ()
        rows = read_rows(_COMPLETIONS, {"begin": begin, "most": most if not before else 4 * most})
        if not before:
            return tuple(row.spelling for row in rows)
        start = " ".join(before[-4:])
        words = [f"'{word}'" for word in before[-4:]]
        fitting = read_rows(
            _TOGETHER,
            {
                "queries": [" & ".join([*words, f"'{row.word}'"]) for row in rows],
                "spellings": [row.spelling for row in rows],
                # One of them may be a word that is there already.
                "most": most + len(before),
            },
        )
        return tuple(f"{start} {row.spelling}" for row in fitting[:most] if row.spelling not in before)

    def explain(self, query: str, product_ids: Sequence[int], *, synonyms: Sequence[Synonym] = ()) -> list[Explanation]:
        """Return why these products are found. From 3 statements up to 5."""
        understood = understand(query, language(), synonyms=synonyms)
        ways = [(term, way) for term in understood.terms for way in term.ways]
        if not ways:
            return []
        asked = {"whole": "", "a": "A", "b": "B", "c": "C"}
        places = read_rows(
            _PLACES,
            {
                "ids": list(product_ids),
                **{name: [ranking.any_of([way], weight) for _term, way in ways] for name, weight in asked.items()},
            },
        )
        scores = ranking.score(understood, product_ids)
        matches: dict[int, dict[tuple[str, str], Match]] = {}
        for row in places:
            term, way = ways[row.place - 1]
            known = matches.setdefault(row.product_id, {})
            known.setdefault((term.typed, row.field), Match(term.typed, way.found, way.how, row.field))
        return [
            Explanation(product_id, scores.get(product_id, 0.0), tuple(matches.get(product_id, {}).values()))
            for product_id in product_ids
        ]


def language() -> str:
    """Return PostgreSQL's name for the shop's language; `simple` when it knows none, or there is no shop yet."""
    try:
        locale = get_shop().locale
    except Unavailable:
        return "simple"
    return LANGUAGES.get(locale.partition("-")[0].partition("_")[0].lower(), "simple")


__all__ = ["PostgresEngine", "Understood", "language"]
