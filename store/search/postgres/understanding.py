"""From what was typed to what is looked up: each word with every way in which a product may say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from store.core.db import read_rows
from store.search.engine import Synonym
from store.search.folding import LONGEST_QUERY, LONGEST_WORD, MOST_WORDS, fold, joined, plain, umlauts
from store.search.postgres.spelling import Known, choose, edits, splits

_MOST_COMPLETIONS = 8
_MOST_NEAR = 40

# A word of this many letters that nobody says may still be the beginning of one that is said.
_SHORTEST_BEGINNING = 4

_LOOK_UP = f"""
    SELECT a.word, w.word IS NOT NULL OR kin.products IS NOT NULL AS known, coalesce(w.spelling, a.word) AS spelling,
      greatest(w.products, kin.products, 0) AS products,
      tsvector_to_array(to_tsvector('simple', a.word)) AS plain, a.stems,
      (SELECT json_agg(json_build_array(c.word, c.spelling, c.products)) FROM (
         SELECT v.word, v.spelling, v.products FROM search_words v
          WHERE a.begins AND v.word > a.word AND v.word < a.word || chr(1114111) AND v.products > 0
          ORDER BY v.products DESC, v.word LIMIT {_MOST_COMPLETIONS}) c) AS completions
      FROM (
        SELECT word, begins, place, tsvector_to_array(to_tsvector(CAST(:language AS regconfig), word)) AS stems
          FROM unnest(CAST(:words AS text[]), CAST(:begins AS boolean[])) WITH ORDINALITY a (word, begins, place)) a
      LEFT JOIN search_words w ON w.word = a.word
     CROSS JOIN LATERAL (SELECT sum(v.products) AS products FROM search_words v WHERE v.stem = a.stems[1]) kin
     ORDER BY a.place
"""

# By trigrams, and by all words one slip away, which trigrams miss in short words.
_NEAR = f"""
    SELECT a.word AS typed, v.word, v.spelling, v.products
      FROM unnest(CAST(:words AS text[])) a (word)
     CROSS JOIN LATERAL (
       SELECT v.word, v.spelling, v.products FROM search_words v
        WHERE v.word % a.word AND v.products > 0
          AND length(v.word) BETWEEN length(a.word) - 2 AND length(a.word) + 2
        ORDER BY similarity(v.word, a.word) DESC, v.products DESC LIMIT {_MOST_NEAR}) v
    UNION
    SELECT e.typed, v.word, v.spelling, v.products
      FROM unnest(CAST(:typed AS text[]), CAST(:edits AS text[])) e (typed, word)
      JOIN search_words v ON v.word = e.word AND v.products > 0
    UNION ALL
    SELECT ' ' || s.typed, l.spelling || ' ' || r.spelling, l.word || ' ' || r.word, least(l.products, r.products)
      FROM unnest(CAST(:whole AS text[]), CAST(:lefts AS text[]), CAST(:rights AS text[])) s (typed, l, r)
      JOIN search_words l ON l.word = s.l AND l.products > 0
      JOIN search_words r ON r.word = s.r AND r.products > 0
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to say a word: lexemes that must all be there. `how` is one of `Match.how`."""

    how: str
    found: str
    lexemes: tuple[str, ...]

    @property
    def is_near(self) -> bool:
        """Whether it counts as what was typed, not as a guess."""
        return self.how in ("exact", "form", "joined", "synonym")


@dataclass(slots=True)
class Term:
    """One word of a query, in how many products' heads it stands, and every way to say it."""

    typed: str
    shown: str
    ways: list[Way]
    products: int = 0
    needed: bool = True
    corrected: bool = False
    is_said: bool = False


@dataclass(slots=True)
class Understood:
    """A query, word by word; `searched` is what people are told was searched."""

    terms: list[Term] = field(default_factory=list)
    folded: str = ""
    searched: str = ""
    corrected: bool = False
    alternatives: tuple[str, ...] = ()


@dataclass(slots=True)
class _Looked:
    word: str
    known: bool
    spelling: str
    products: int
    plain: tuple[str, ...]
    stems: tuple[str, ...]
    completions: tuple[Known, ...]


def understand(
    query: str, language: str, *, synonyms: Sequence[Synonym] = (), literal: bool = False, unfinished: bool = False
) -> Understood:
    """Return a query word by word. 1 statement; 1 more when a word is unknown, and 1 more when it is then found."""
    query = query[:LONGEST_QUERY]
    words = [word[:LONGEST_WORD] for word in fold(query).split()][:MOST_WORDS]
    if not words:
        return Understood()
    written = plain(query).split()
    rules = _rules(words, synonyms)
    extra = [*_extra_words(words, rules), *(one for one in map(umlauts, written) if one and " " not in one)]
    looked = _look_up([*words, *extra], words[-1] if unfinished else None, language)
    understood = Understood(folded=" ".join(words))
    for place, word in enumerate(words):
        shown = written[place] if len(written) > place and fold(written[place]) == word else word
        understood.terms.append(_term(looked[word], shown, unfinished=unfinished and place == len(words) - 1))
    _add_umlauts(understood.terms, looked)
    _add_joined(query, words, understood.terms, looked)
    if not literal:
        _correct(understood, looked, language)
    _add_synonyms(rules, understood.terms, looked)
    _relax_small_words(understood.terms, looked)
    understood.searched = " ".join(term.shown for term in understood.terms)
    understood.corrected = any(term.corrected for term in understood.terms)
    return understood


def _look_up(words: Sequence[str], begun: str | None, language: str) -> dict[str, _Looked]:
    words = list(dict.fromkeys(words))
    begins = [len(word) >= (2 if word == begun else _SHORTEST_BEGINNING) for word in words]
    rows = read_rows(_LOOK_UP, {"words": words, "begins": begins, "language": language})
    return {
        row.word: _Looked(
            row.word,
            row.known,
            row.spelling,
            row.products,
            tuple(row.plain),
            tuple(row.stems),
            tuple(Known(*one) for one in row.completions or ()),
        )
        for row in rows
    }


def _term(one: _Looked, shown: str, *, unfinished: bool) -> Term:
    term = Term(one.word, shown, [], one.products)
    if one.plain:
        term.ways.append(Way("exact", one.word, one.plain))
    if one.stems and one.stems != one.plain:
        term.ways.append(Way("form", one.word, one.stems))
    if unfinished or not one.known:
        term.ways += [Way("prefix", known.spelling, (known.word,)) for known in one.completions]
        term.products = max([term.products, *(known.products for known in one.completions)])
    return term


def _add_umlauts(terms: Sequence[Term], looked: Mapping[str, _Looked]) -> None:
    """`Tücher` is also looked for as `tuecher`, should the shop write it so; its documents know both already."""
    for term in terms:
        other = umlauts(term.shown)
        if other != term.typed and " " not in other:
            term.ways.append(Way("exact", other, (other,)))
            term.is_said = other in looked and looked[other].known


def _add_joined(query: str, words: Sequence[str], terms: Sequence[Term], looked: Mapping[str, _Looked]) -> None:
    """`t-shirt` and `t shirt` also find what is called tshirt; both words then stand for the one."""
    hyphened = set(joined(query).split()) - set(words)
    for place, (left, right) in enumerate(pairwise(words)):
        whole = left + right
        if whole in hyphened or (whole in looked and looked[whole].known):
            for term in terms[place : place + 2]:
                term.ways.append(Way("joined", whole, (whole,)))


def _extra_words(words: Sequence[str], rules: Sequence["_Rule"]) -> list[str]:
    pairs = [left + right for left, right in pairwise(words)]
    said = [word for rule in rules for meant in rule.meant for word in meant.split()]
    return [word for word in (*pairs, *said) if len(word) <= LONGEST_WORD]


@dataclass(frozen=True, slots=True)
class _Rule:
    first: int
    length: int
    meant: tuple[str, ...]


def _rules(words: Sequence[str], synonyms: Sequence[Synonym]) -> list[_Rule]:
    """Return where the query says something that staff call the same as something else."""
    if not synonyms:
        return []
    by_word = _by_first_word(tuple(synonyms))
    return [
        _Rule(first, len(parts), meant)
        for first, word in enumerate(words)
        for parts, meant in by_word.get(_bare(word), ())
        if parts == tuple(map(_bare, words[first : first + len(parts)]))
    ]


@lru_cache(maxsize=4)
def _by_first_word(synonyms: tuple[Synonym, ...]) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Return what staff say by its first word: all its words, and what they mean."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for synonym in synonyms:
        for said in synonym.words:
            meant = tuple(fold(one) for one in synonym.meant or synonym.words if one != said)
            # `Häferl` is also typed haferl and haeferl.
            for written in dict.fromkeys((fold(said), umlauts(said))):
                parts = tuple(map(_bare, written.split()))
                if parts:
                    found.setdefault(parts[0], []).append((parts, meant))
    return found


def _bare(word: str) -> str:
    # Staff write one of singular and plural; shoppers type the other.
    return word.rstrip("s")


def _add_synonyms(rules: Sequence[_Rule], terms: Sequence[Term], looked: Mapping[str, _Looked]) -> None:
    for rule in rules:
        for meant in rule.meant:
            parts = [looked[word] for word in meant.split() if word in looked]
            ways = [tuple(lexeme for one in parts for lexeme in one.plain)]
            ways.append(tuple(lexeme for one in parts for lexeme in one.stems or one.plain))
            for term in terms[rule.first : rule.first + rule.length]:
                term.ways += [Way("synonym", meant, lexemes) for lexemes in dict.fromkeys(ways) if lexemes]
                term.products = max([term.products, *(one.products for one in parts)])
                if term.corrected:
                    term.corrected, term.shown = False, term.typed
                    term.ways = [way for way in term.ways if way.how != "spelling"]


def _relax_small_words(terms: Sequence[Term], looked: Mapping[str, _Looked]) -> None:
    """Words that say nothing (`for`, `a`) are not asked for where others are."""
    small = [
        term
        for term in terms
        if not any(way.how not in ("exact", "joined") for way in term.ways)
        and term.typed in looked
        and (not looked[term.typed].stems or (len(term.typed) == 1 and not term.typed.isdigit()))
    ]
    if len(small) < len(terms):
        for term in small:
            term.needed = False


def _correct(understood: Understood, looked: Mapping[str, _Looked], language: str) -> None:
    """Replace words that nobody says by those that were probably meant, and remember other guesses."""
    lost = [
        term
        for term in understood.terms
        if not looked[term.typed].known
        and not term.is_said
        and all(way.how in ("exact", "form") for way in term.ways)
        and not any(letter.isdigit() for letter in term.typed)
        and len(term.typed) > 2
    ]
    if not lost:
        return
    words = [term.typed for term in lost]
    typed_edits = [(word, edit) for word in words for edit in edits(word)]
    typed_splits = [(word, *halves) for word in words for halves in splits(word)]
    rows = read_rows(
        _NEAR,
        {
            "words": [word for word in words if len(word) > 4],
            "typed": [word for word, _edit in typed_edits],
            "edits": [edit for _word, edit in typed_edits],
            "whole": [one[0] for one in typed_splits],
            "lefts": [one[1] for one in typed_splits],
            "rights": [one[2] for one in typed_splits],
        },
    )
    guesses = {
        word: choose(word, [Known(row.word, row.spelling, row.products) for row in rows if row.typed == word])
        for word in words
    }
    parted = {row.typed[1:]: (row.word, row.spelling) for row in sorted(rows, key=lambda row: row.products)
              if row.typed.startswith(" ")}  # fmt: skip
    meant = [guesses[word][0].word for word in words if guesses[word]]
    meant += [half for _shown, halves in parted.values() for half in halves.split()]
    if not meant:
        return
    fresh = _look_up(meant, None, language)
    for term in lost:
        found = guesses[term.typed]
        if term.typed in parted and not (found and found[0].products > 0 and len(term.typed) < 6):
            shown, halves = parted[term.typed]
            _mean(term, shown, [fresh[half] for half in halves.split()])
        elif found:
            _mean(term, found[0].spelling, [fresh[found[0].word]])
    understood.alternatives = tuple(dict.fromkeys(one.spelling for term in lost for one in guesses[term.typed][1:4]))


def _mean(term: Term, shown: str, words: Sequence[_Looked]) -> None:
    term.shown, term.corrected = shown, True
    term.ways.append(Way("spelling", shown, tuple(lexeme for one in words for lexeme in one.plain)))
    stems = tuple(lexeme for one in words for lexeme in one.stems or one.plain)
    term.ways.append(Way("spelling", shown, stems))
    term.products = max(one.products for one in words)
