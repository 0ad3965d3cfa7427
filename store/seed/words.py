"""Words for catalogues that nobody writes: few of them often, most of them hardly ever, as in any language."""

# ruff: noqa: SIM905 - words are read as words

import random
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

_PLAIN = (
    "made hand short run finished use every evening morning colour mixed varies batch drawn measured packed paper string "
    "plain thing well studio cotton linen wool oak ash clay glass steel brass leather felt wax soft heavy light warm cool "
    "dark pale deep washed brushed woven printed glazed fired turned carved stitched lined edge corner handle lid base "
    "rim seam hem collar sleeve pocket strap buckle thread grain surface weight shape size fit cut fold drop reach shelf "
    "table floor wall window door garden kitchen bath bed hall road train river harbour field hill winter summer autumn "
    "spring rain snow frost wind sun moon star night dusk dawn house room market workshop mill yard press kiln loom bench "
    "repair lasting quiet simple honest spare small wide narrow round square double single light first last second old "
    "new open closed left right good better best kept carried given worn poured lit hung stacked rolled tied wiped aired "
    "dried cleaned mended shared borrowed gathered counted pressed chosen placed turned shown returned waiting"
).split()
_BEGINNINGS = (
    "al an ar bal ber bran cal car del dor el en fal fen gar gel hal har il jor kal ker lan lor mal mer nar nel or pel "
    "ral ros sal ser tal tor ul val ven wal wes yar zel brin crow dun esk flint grim holt kest lund marl nor pend quar "
    "rusk stell thorn ulver wick"
).split()
_MIDDLES = "a e i o u ar el in on er is al en or".split()
_ENDS = (
    "bach berg burn by dale den dorf feld ford gate ham haven heim holm kirch lund marsh mere mont mouth ness rund see "
    "stad stead stein stow sund tal thal thorpe ton vale wald wick wood worth au eck"
).split()


@lru_cache(maxsize=1)
def names() -> Sequence[str]:
    """Return some six thousand names of places and makers, the same ones always."""
    dice = random.Random(20)
    made = [a + b + c for a in _BEGINNINGS for b in _MIDDLES for c in _ENDS]
    dice.shuffle(made)
    return made[:6000]


@lru_cache(maxsize=1)
def sentences() -> Sequence[tuple[str, int]]:
    """Return sentences with their numbers of words, of words that are the rarer the later they stand in their list."""
    dice = random.Random(21)
    known = vocabulary()
    odds = list(accumulate(1 / (rank + 3) for rank in range(len(known))))
    made = []
    for _ in range(8000):
        count = dice.randint(6, 15)
        drawn = dice.choices(known, cum_weights=odds, k=count)
        made.append((" ".join(drawn).capitalize() + ".", count))
    return made


def vocabulary() -> list[str]:
    """Return every word that a description may hold, in small letters."""
    return [*dict.fromkeys(_PLAIN), *names()]


def description(dice: random.Random) -> str:
    """Return a text of forty to a hundred and twenty words as HTML."""
    known, wanted = sentences(), dice.randint(40, 108)
    parts: list[str] = []
    while wanted > 0:
        text, count = known[int(dice.random() * len(known))]
        parts.append(text)
        wanted -= count
    half = len(parts) // 2
    return f"<p>{' '.join(parts[:half])}</p><p>{' '.join(parts[half:])}</p>"
