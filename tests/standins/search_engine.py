"""A search engine in memory: small and slow, and all that `store.search` asks for. It shows that one can be replaced."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from store.core.db import read_rows
from store.search.engine import MOST_FOUND, MOST_SUGGESTED, Explanation, Hits, Match, Synonym
from store.search.folding import LONGEST_QUERY, fold, joined, umlauts
from store.search.postgres.spelling import allowed, distance

_WEIGHTS = {"title": 1.0, "fields": 0.6, "description": 0.1}

_PRODUCTS = """
    SELECT id, title, concat_ws(' ', vendor, product_type, array_to_string(tags, ' ')) AS fields,
      regexp_replace(description_html, '<[^>]*>', ' ', 'g') AS description
      FROM products WHERE id = ANY(:ids) AND status = 'active' AND published_at <= now()
"""


@dataclass(frozen=True)
class Word:
    """One word of a query: as typed, as understood, every way to say it, and how it was understood."""

    typed: str
    meant: str
    ways: frozenset[str]
    how: str


class MemoryEngine:
    """Words by place, for each product."""

    def __init__(self) -> None:
        self.documents: dict[int, dict[str, frozenset[str]]] = {}
        self.titles: dict[int, tuple[str, ...]] = {}

    def index(self, product_ids: Sequence[int]) -> None:
        self.forget(product_ids)
        for row in read_rows(_PRODUCTS, {"ids": list(product_ids)}):
            self.documents[row.id] = {place: frozenset(_words(getattr(row, place))) for place in _WEIGHTS}
            self.titles[row.id] = tuple(fold(row.title).split())

    def forget(self, product_ids: Sequence[int]) -> None:
        for product_id in product_ids:
            self.documents.pop(product_id, None)
            self.titles.pop(product_id, None)

    def rebuild(self) -> Iterable[int]:
        ids = [row.id for row in read_rows("SELECT id FROM products")]
        self.documents.clear()
        self.titles.clear()
        self.index(ids)
        yield len(ids)

    def outdated_by(self) -> str:
        return ""

    def search(
        self, query: str, *, synonyms: Sequence[Synonym] = (), literal: bool = False, unfinished: bool = False
    ) -> Hits:
        words = list(self._understand(query, synonyms, literal=literal, unfinished=unfinished))
        scores = {product_id: [self._score(product_id, word)[0] for word in words] for product_id in self.documents}
        every = [id_ for id_, parts in scores.items() if parts and all(parts)]
        some = [id_ for id_, parts in scores.items() if any(parts)]
        found = sorted(every or some, key=lambda id_: (-sum(scores[id_]), len(self.titles[id_]), -id_))
        most = MOST_SUGGESTED if unfinished else MOST_FOUND
        return Hits(
            tuple(found[:most]),
            " ".join(word.meant for word in words),
            corrected=bool(found) and any(word.how == "spelling" for word in words),
            some_words=bool(found) and not every,
            capped=len(found) > most,
        )

    def suggest(self, query: str, *, most: int) -> tuple[str, ...]:
        *before, begin = fold(query[:LONGEST_QUERY]).split() or [""]
        if len(begin) < 2:
            return ()
        said = Counter(
            word
            for title in self.titles.values()
            if set(before) <= set(title)
            for word in set(title) - set(before)
            if word.startswith(begin)
        )
        return tuple(" ".join([*before, word]) for word, _times in said.most_common(most))

    def explain(self, query: str, product_ids: Sequence[int], *, synonyms: Sequence[Synonym] = ()) -> list[Explanation]:
        words = list(self._understand(query, synonyms, literal=False, unfinished=False))
        found = []
        for product_id in product_ids:
            parts = [(word, *self._score(product_id, word)) for word in words]
            matches = tuple(Match(word.typed, word.meant, word.how, place) for word, score, place in parts if score)
            found.append(Explanation(product_id, sum(score for _word, score, _place in parts), matches))
        return found

    def _score(self, product_id: int, word: Word) -> tuple[float, str]:
        places = [place for place, said in self.documents.get(product_id, {}).items() if said & word.ways]
        return max(((_WEIGHTS[place], place) for place in places), default=(0.0, ""))

    def _understand(
        self, query: str, synonyms: Sequence[Synonym], *, literal: bool, unfinished: bool
    ) -> Iterator[Word]:
        typed = fold(query[:LONGEST_QUERY]).split()
        marked = query[:LONGEST_QUERY].lower().split()
        known = {word for document in self.documents.values() for said in document.values() for word in said}
        for place, word in enumerate(typed):
            ways = {_bare(word)}
            ways |= {_bare(umlauts(one)) for one in marked if fold(one) == word}
            ways |= {"".join(typed[first : first + 2]) for first in (place - 1, place) if 0 <= first < len(typed) - 1}
            if unfinished and place == len(typed) - 1:
                ways |= {one for one in known if one.startswith(word)}
            meant = {_bare(one) for synonym in synonyms for one in _meant(synonym, word)}
            if meant or ways & known or literal:
                yield Word(word, word, frozenset(ways | meant), "synonym" if meant and not ways & known else "exact")
            else:
                yield from self._guess(word)

    def _guess(self, word: str) -> Iterator[Word]:
        said = {one for title in self.titles.values() for one in title}
        halves = next(((word[:cut], word[cut:]) for cut in range(3, len(word) - 2)
                       if {word[:cut], word[cut:]} <= said), None)  # fmt: skip
        near = sorted((distance(word, one), one) for one in said if distance(word, one) <= allowed(word))
        for meant in halves or ([near[0][1]] if near else [word]):
            yield Word(word, meant, frozenset({_bare(meant)}), "spelling" if meant != word else "exact")


def _words(text: str) -> Iterator[str]:
    for way in (fold(text), umlauts(text), joined(text)):
        yield from map(_bare, way.split())


def _bare(word: str) -> str:
    """Return a word without the ending of its plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _meant(synonym: Synonym, word: str) -> tuple[str, ...]:
    says_it = _bare(word) in {_bare(fold(one)) for one in synonym.words}
    return tuple(fold(one) for one in synonym.meant or synonym.words) if says_it else ()
