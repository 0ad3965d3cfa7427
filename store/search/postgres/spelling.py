"""What was probably meant by a word that the shop does not know. Pure, but for the list of words near it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"

# Of longer words one edit is too small a part to try them all out; trigrams find those.
_LONGEST_EDITED = 12
_SHORTEST_CORRECTED = 3
_SHORTEST_SPLIT = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A word of the shop near another one, as people spell it, and in how many products' heads it stands."""

    word: str
    spelling: str
    products: int


def edits(word: str) -> Iterator[str]:
    """Give every word one slip of the finger away: a letter too few, too many, wrong, or two in the wrong order."""
    if not _SHORTEST_CORRECTED <= len(word) <= _LONGEST_EDITED:
        return
    halves = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    for left, right in halves:
        if right:
            yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in _ALPHABET:
            if right and right[0] != letter:
                yield left + letter + right[1:]
            yield left + letter + right


def splits(word: str) -> list[tuple[str, str]]:
    """Return the ways to read one word as two."""
    return [
        (word[:cut], word[cut:])
        for cut in range(_SHORTEST_SPLIT, len(word) - _SHORTEST_SPLIT + 1)
        if len(word) <= _LONGEST_EDITED * 2
    ]


def allowed(word: str) -> int:
    """Return how many slips may lie between what was typed and what was meant."""
    return 0 if len(word) < _SHORTEST_CORRECTED else 1 if len(word) < 5 else 2


def choose(word: str, near: Iterable[Known]) -> list[Known]:
    """Return the words that were probably meant, the best first; none when all are too far away."""
    judged = []
    for one in near:
        slips = distance(word, one.word)
        if one.word == word or slips > allowed(word):
            continue
        # A first letter is rarely wrong, and what many products say is meant more often than what one says.
        cost = slips + 0.4 * (one.word[0] != word[0]) - 0.12 * min(one.products.bit_length(), 10)
        # An ending is dropped or added more easily than a letter inside.
        cost -= 0.3 * (one.word.startswith(word[:-1]) or word.startswith(one.word[:-1]))
        judged.append((cost, -one.products, one.word, one))
    return [one for _cost, _products, _word, one in sorted(judged, key=lambda found: found[:3])]


def distance(one: str, other: str) -> int:
    """Return how many slips lie between two words; swapped neighbours are one slip (optimal string alignment)."""
    if abs(len(one) - len(other)) > 3:
        return 99
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, twin in enumerate(other, start=1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != twin))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == twin:
                steps = min(steps, earlier[j - 2] + 1)
            row.append(steps)
    return row[-1]
