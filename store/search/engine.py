"""What a search engine must be able to do. PostgreSQL is the one there is; another one replaces it here.

An engine ranks; it never decides what may be seen. `store.search.queries` asks the catalogue again about every product
that an engine names, so that one whose index lags shows nothing that is hidden, unpriced or gone.

`tests/contracts/search_engine.py` holds what any engine must keep to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

# No shopper pages further; facets and the order are made of the best this many.
MOST_FOUND = 480
# While somebody types, a few of the best will do.
MOST_SUGGESTED = 96


@dataclass(frozen=True, slots=True)
class Synonym:
    """Words that staff call the same. With `meant`, whoever says one of `words` also means those."""

    words: tuple[str, ...]
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """Products by rank, the best first.

    `searched` is the query as it was understood, in words for people; `corrected` says that it is not what was typed.
    `some_words` says that nothing holds all words and these products hold some. `capped` says there are more.
    """

    product_ids: tuple[int, ...] = ()
    searched: str = ""
    corrected: bool = False
    some_words: bool = False
    capped: bool = False
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Why a product was found: the word as typed, how it was understood, by which word, and where it stands.

    `how` is exact, form, prefix, spelling, synonym or joined; `place` is title, fields, custom or description.
    """

    typed: str
    found: str
    how: str
    place: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A product's score and what it is made of."""

    product_id: int
    score: float
    matches: tuple[Match, ...]


class Engine(Protocol):
    """A search engine. Queries are as typed; ids are of products."""

    def index(self, product_ids: Sequence[int]) -> None:
        """Make these products' documents anew, in the transaction in progress; those not on sale are forgotten."""

    def forget(self, product_ids: Sequence[int]) -> None:
        """Take these products out of the index."""

    def rebuild(self) -> Iterable[int]:
        """Make every document anew, each step in a transaction of its own; gives how many are done after each."""

    def outdated_by(self) -> str:
        """Return what made every document out of date, such as another language; empty when nothing did."""

    def search(
        self, query: str, *, synonyms: Sequence[Synonym] = (), literal: bool = False, unfinished: bool = False
    ) -> Hits:
        """Return what a query finds. `literal` corrects nothing; `unfinished` takes the last word as begun only."""

    def suggest(self, query: str, *, most: int) -> tuple[str, ...]:
        """Return whole queries that the typed beginning may become, the most common first."""

    def explain(self, query: str, product_ids: Sequence[int], *, synonyms: Sequence[Synonym] = ()) -> list[Explanation]:
        """Return why these products are found, in the order of `product_ids`."""
