"""Two people, one form: what each of them changed is told apart field by field, and nothing that was typed is lost.

A form carries prints of what it was filled from. A field that only one of two people changed needs no question; where
both did, the second sees both and chooses.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wtforms import BooleanField, Field, SelectField

from store.core.errors import Conflict
from store.core.i18n import gettext as _

SEEN = "seen"
CHOICE = "take-"
THEIRS = "theirs"


@dataclass(frozen=True)
class Clash:
    """A field that two people changed: what the second typed, and what the first has saved."""

    name: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Settled:
    """The fields as they are to be saved; `taken` are those in which somebody else's words were kept."""

    values: dict[str, str]
    clashes: tuple[Clash, ...]
    taken: tuple[str, ...]


class Stale(Conflict):
    """Somebody else saved in the moment between reading what is stored and locking it: look at it again."""


def prints(stored: Mapping[str, str]) -> str:
    """Return what a form carries of the values it was filled from."""
    return ",".join(f"{name}:{_print(value)}" for name, value in stored.items())


def settle(
    stored: Mapping[str, str],
    sent: Mapping[str, str],
    seen: str,
    *,
    choices: Mapping[str, str],
    labels: Mapping[str, str],
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> Settled:
    """Return the fields of `stored` as a form that was filled some time ago means them.

    `sent` is what was typed; a field it lacks was not on that form and stays as it is stored. `seen` is what `prints`
    gave when the form was filled; `choices` says for `take-<field>` whether the stored words win. `words` says what the
    values of a field are called, where they are not shown as they are.
    """
    before = dict(part.rpartition(":")[::2] for part in seen.split(","))
    values, clashes, taken = {}, [], []
    for name, theirs in stored.items():
        mine = _plain(sent.get(name, theirs))
        values[name] = mine
        if mine == _plain(theirs):
            continue
        if choices.get(f"{CHOICE}{name}") == THEIRS or _print(mine) == before.get(name):
            values[name] = theirs
            taken.append(labels.get(name, name))
        elif _print(theirs) != before.get(name):
            said = (words or {}).get(name, {})
            clashes.append(Clash(name, labels.get(name, name), said.get(mine, mine), said.get(theirs, theirs)))
    return Settled(values, tuple(clashes), tuple(taken))


def words_of(fields: Iterable[Field]) -> dict[str, dict[str, str]]:
    """Return what the values of fields are called: the choices of lists, yes and no of boxes."""
    words = {}
    for field in fields:
        if isinstance(field, SelectField):
            words[field.name] = {str(value): str(label) for value, label in field.choices or ()}
        elif isinstance(field, BooleanField):
            words[field.name] = {"True": _("Yes"), "False": _("No")}
    return words


def clash_sentence() -> str:
    """Return what to tell whoever comes second."""
    return _(
        "Somebody else saved this while you were editing. What you entered is still in the form. What you both changed "
        "is listed: choose, and save."
    )


def saved_sentence(settled: Settled) -> str:
    """Return what to tell after saving: also which of somebody else's changes stayed."""
    if not settled.taken:
        return _("Saved.")
    return _("Saved. What was changed meanwhile was kept: %(fields)s.", fields=", ".join(settled.taken)[:300])


def _plain(value: str) -> str:
    # Browsers send the line breaks of a text area in their own way.
    return value.replace("\r\n", "\n").strip()


def _print(value: str) -> str:
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:10]
