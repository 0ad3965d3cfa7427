"""Cloudflare's rules as code: what `deploy/cloudflare` says, compared with a zone, and the zone made like it.

Ours are the rules whose `ref` begins with `vitrine_`. Those of others in the same phase are never touched.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from store.core.settings import PROJECT_ROOT
from store.edge.cloudflare import Cloudflare

FOLDER = PROJECT_ROOT / "deploy" / "cloudflare"
OURS = "vitrine_"

# What a rule is; the rest is Cloudflare's book-keeping. A rule is enabled unless it says otherwise.
_FIELDS = ("description", "expression", "action", "action_parameters", "ratelimit", "enabled")

Rule = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """The rules of a phase, in their order."""

    phase: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Change:
    """One rule that differs; `before` and `after` hold the fields that do."""

    kind: Literal["add", "change", "remove", "move"]
    ref: str
    before: Rule = field(default_factory=dict)
    after: Rule = field(default_factory=dict)
    rule_id: str = ""


@dataclass(frozen=True)
class Difference:
    """What it takes to make a phase of a zone like ours; `others` are the rules that stay as they are."""

    wanted: Wanted
    ruleset_id: str | None
    changes: tuple[Change, ...]
    others: int


def read(base_url: str, folder: Path = FOLDER) -> list[Wanted]:
    """Return the rules of the files for the shop's host; raises `ValueError` for a file that can't be meant."""
    host = urlsplit(base_url).hostname or ""
    if not host or "." not in host:
        raise ValueError(f"{base_url!r} is no address that Cloudflare could stand in front of")
    found = []
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = tuple(_filled(rule, host) for rule in content["rules"])
        refs = [rule.get("ref", "") for rule in rules]
        if len(set(refs)) != len(refs) or not all(ref.startswith(OURS) for ref in refs):
            raise ValueError(f"{path.name}: each rule needs a ref of its own that begins with {OURS}")
        found.append(Wanted(content["phase"], rules))
    return found


def compare(cloudflare: Cloudflare, wanted: Iterable[Wanted]) -> list[Difference]:
    """Ask the zone for its rules; return how each phase differs."""
    return [_difference(one, cloudflare.find_rules(one.phase)) for one in wanted]


def apply(cloudflare: Cloudflare, differences: Iterable[Difference]) -> int:
    """Make the zone like ours, rule by rule; return how many requests it took."""
    made = 0
    for one in differences:
        if one.changes and one.ruleset_id is None:
            cloudflare.create_rules(one.wanted.phase, one.wanted.rules)
            made += 1
        elif one.ruleset_id is not None:
            made += _apply(cloudflare, one.ruleset_id, one)
    return made


def words(differences: Iterable[Difference]) -> Iterator[str]:
    """Say line by line what would be done."""
    for one in differences:
        yield f"{one.wanted.phase}:"
        if not one.changes:
            yield "  as it should be"
        for change in one.changes:
            yield f"  {_SIGNS[change.kind]} {change.ref}"
            for name in (*change.before, *(name for name in change.after if name not in change.before)):
                if name in change.before:
                    yield f"      - {name}: {_shown(change.before[name])}"
                if name in change.after:
                    yield f"      + {name}: {_shown(change.after[name])}"
        if one.others:
            yield f"  {one.others} of others, left alone"


_SIGNS = {"add": "+", "change": "~", "remove": "-", "move": "↕"}


def _filled(rule: Mapping[str, Any], host: str) -> Rule:
    # On one line: Cloudflare takes any whitespace and shows expressions on one.
    expression = " ".join(rule["expression"].replace("{host}", host).split())
    return {**rule, "expression": expression.replace("( ", "(").replace(" )", ")")}


def _difference(wanted: Wanted, ruleset: Mapping[str, Any] | None) -> Difference:
    there = [rule for rule in (ruleset or {}).get("rules") or [] if str(rule.get("ref", "")).startswith(OURS)]
    others = len((ruleset or {}).get("rules") or []) - len(there)
    by_ref = {rule["ref"]: rule for rule in there}
    refs = [rule["ref"] for rule in wanted.rules]
    changes: list[Change] = [
        Change("remove", rule["ref"], before=_meant(rule), rule_id=rule["id"])
        for rule in there
        if rule["ref"] not in refs
    ]
    for rule in wanted.rules:
        known = by_ref.get(rule["ref"])
        if known is None:
            changes.append(Change("add", rule["ref"], after=_meant(rule)))
            continue
        before, after = _meant(known), _meant(rule)
        differing = [name for name in _FIELDS if not _same(after.get(name), before.get(name))]
        if differing:
            changes.append(
                Change(
                    "change",
                    rule["ref"],
                    before={name: before[name] for name in differing if name in before},
                    after={name: after[name] for name in differing if name in after},
                    rule_id=known["id"],
                )
            )
    kept = [rule["ref"] for rule in there if rule["ref"] in refs]
    final = kept + [ref for ref in refs if ref not in by_ref]
    changes += [Change("move", ref, rule_id=by_ref.get(ref, {}).get("id", "")) for ref in _moves(final, refs)]
    return Difference(wanted, None if ruleset is None else str(ruleset["id"]), tuple(changes), others)


def _moves(current: list[str], wanted: list[str]) -> list[str]:
    """Return which to put behind the one before it, one after the other, until the order is right."""
    moved = []
    order = list(current)
    for place, ref in enumerate(wanted):
        if order[place] != ref:
            order.remove(ref)
            order.insert(place, ref)
            moved.append(ref)
    return moved


def _apply(cloudflare: Cloudflare, ruleset_id: str, difference: Difference) -> int:
    rules = {rule["ref"]: rule for rule in difference.wanted.rules}
    refs = list(rules)
    ids: dict[str, str] = {}
    for change in difference.changes:
        if change.kind == "remove":
            cloudflare.delete_rule(ruleset_id, change.rule_id)
        elif change.kind == "add":
            cloudflare.add_rule(ruleset_id, rules[change.ref])
        elif change.kind == "change":
            cloudflare.update_rule(ruleset_id, change.rule_id, rules[change.ref])
        else:
            if not ids:
                ids = _ids(cloudflare.find_rules(difference.wanted.phase))
            place = refs.index(change.ref)
            position = {"after": ids[refs[place - 1]]} if place else {"before": _first(ids, change.ref)}
            cloudflare.update_rule(ruleset_id, ids[change.ref], {**rules[change.ref], "position": position})
    return len(difference.changes)


def _ids(ruleset: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the ids of our rules by ref, in the zone's order."""
    found = (ruleset or {}).get("rules") or []
    return {rule["ref"]: rule["id"] for rule in found if str(rule.get("ref", "")).startswith(OURS)}


def _first(ids: Mapping[str, str], ref: str) -> str:
    return next(rule_id for other, rule_id in ids.items() if other != ref)


def _meant(rule: Mapping[str, Any]) -> Rule:
    found = {name: rule[name] for name in _FIELDS if rule.get(name) not in (None, "", {})}
    return {"enabled": True, **found}


def _same(ours: Any, theirs: Any) -> bool:
    """Whether theirs is ours; inside of a setting Cloudflare may add what it takes for granted."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return all(_same(value, theirs.get(name)) for name, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return sorted(map(str, ours)) == sorted(map(str, theirs))
    return bool(ours == theirs)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
