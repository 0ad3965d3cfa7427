"""How good search is: judged queries over the demo catalogue, and how many of the first five answers are right.

`judge()` asks all of them of the shop in the application context. A query's precision is the share of right answers
among its first five, or among as many as there are right ones, if those are fewer; one that nothing answers is right
when nothing is shown. Grade 3 is what was meant, 1 what will do.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.app import create_app
from store.core.db import read_rows
from store.core.settings import Settings
from store.search import services
from store.search.queries import find_products
from store.shop.prices import PriceScope

FIRST = 5
_FILE = Path(__file__).with_name("judged.json")


@dataclass(frozen=True)
class Judged:
    """Precision and graded gain (nDCG) of the first five, on average; the same precision by kind; what went wrong."""

    queries: int
    precision: float
    gain: float
    by_kind: Mapping[str, float]
    wrong: Sequence[tuple[str, float, tuple[str, ...]]]

    @property
    def summary(self) -> str:
        """Return what else there is to say of the precision, in one line."""
        return f"nDCG@{FIRST} {self.gain:.3f}, {self.queries} judged queries"

    def lines(self) -> list[str]:
        """Return the report in lines of text."""
        return [
            f"precision@{FIRST} {self.precision:.3f}, {self.summary}",
            *(f"  {kind:<16} {value:.3f}" for kind, value in self.by_kind.items()),
        ]


def judge_shop(environment: Mapping[str, str]) -> Judged:
    """Ask every judged query of the demo shop that these variables lead to."""
    settings = Settings(**{name.lower(): value for name, value in environment.items()})  # type: ignore[arg-type]
    with create_app(settings).app_context():
        services.index_changes()
        return judge()


def judge(search: Callable[[str], Sequence[str]] | None = None) -> Judged:
    """Ask every judged query; `search` returns handles, the best first, and is the shop's own by default."""
    ask = search or _ask
    precisions: dict[str, list[float]] = defaultdict(list)
    gains, wrong = [], []
    for one in json.loads(_FILE.read_text(encoding="utf-8")):
        grades: dict[str, int] = one["grades"]
        shown = list(ask(one["query"]))[:FIRST]
        precision = _precision(shown, grades)
        precisions[one["kind"]].append(precision)
        gains.append(_gain(shown, grades))
        if precision < 1:
            wrong.append((one["query"], precision, tuple(shown)))
    everything = [value for values in precisions.values() for value in values]
    return Judged(
        len(everything),
        sum(everything) / len(everything),
        sum(gains) / len(gains),
        {kind: sum(values) / len(values) for kind, values in precisions.items()},
        wrong,
    )


def _ask(query: str) -> list[str]:
    ids = find_products(query, PriceScope("EUR")).product_ids[:FIRST]
    rows = read_rows("SELECT id, handle FROM products WHERE id = ANY(:ids)", {"ids": list(ids)})
    handles = {row.id: row.handle for row in rows}
    return [handles[id_] for id_ in ids]


def _precision(shown: Sequence[str], grades: Mapping[str, int]) -> float:
    if not grades:
        return 0.0 if shown else 1.0
    return sum(handle in grades for handle in shown) / min(FIRST, len(grades))


def _gain(shown: Sequence[str], grades: Mapping[str, int]) -> float:
    if not grades:
        return 0.0 if shown else 1.0
    best = sorted(grades.values(), reverse=True)[:FIRST]
    return _discounted([grades.get(handle, 0) for handle in shown]) / _discounted(best)


def _discounted(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))
