"""Collections by rule: conditions that staff put together, and whom they find before anything is saved."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from sqlalchemy import select
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.catalog import categories, membership
from store.catalog.fields import Field, list_fields
from store.catalog.models import Collection
from store.catalog.rules import KINDS, LABELS, MAX_DAYS, MAX_RULES, RELATIONS, Rule, checked, kind_of, relations_of
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.queue import enqueue
from store.staff.roles import Permission
from store.web import markets

MATCHES = {"all": lazy_gettext("all of these"), "any": lazy_gettext("any of these")}
SORTS = {
    "newest": lazy_gettext("Newest first"),
    "popular": lazy_gettext("Best sold first"),
    "price-up": lazy_gettext("Cheapest first"),
    "price-down": lazy_gettext("Dearest first"),
    "title": lazy_gettext("By title"),
}
_NUMBERED = re.compile(r"field-([0-9]{1,3})", re.ASCII)
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules as they stand in the form, each under the number of its row."""

    rules: Mapping[int, Rule]
    match: str
    sort: str


class CollectionRulesScreen(Screen):
    """The rules of one collection."""

    permission = Permission.VIEW_PRODUCTS

    def is_visible(self) -> bool:
        """Stay out of the navigation: it is reached from the collection."""
        return False

    @expose("/")
    def index(self) -> Response:
        """Go where the collections are."""
        return redirect(url_for("collections.index_view"), 303)

    @expose("/<int:collection_id>", methods=("GET", "POST"))
    def edit(self, collection_id: int) -> Response:
        """Show the rules and whom they find; `do` is preview or save, and nothing while somebody is still choosing."""
        require(Permission.EDIT_PRODUCTS)
        row, asked = _find(collection_id), request.form.get("do", "")
        fields = {field.id: field for field in list_fields()}
        if request.method == "GET":
            return self._show(row, _saved(row), fields)
        draft = _sent(fields)
        errors = _errors_in(draft, fields) if asked else {}
        problem = _problem_in(draft) if asked == "save" else ""
        if asked != "save" or errors or problem:
            return self._show(
                row, draft, fields, errors=errors, problem=problem, status=422 if errors or problem else 200
            )
        try:
            with transaction():
                self._save(collection_id, draft, fields)
        except (Conflict, Invalid) as error:
            return self._show(row, draft, fields, problem=error.message, status=error.status)
        return done(
            _("Saved. Its products are being looked up and are in it within seconds."),
            url_for("collections.edit_view", record_id=collection_id, _anchor="products"),
        )

    @expose("/<int:collection_id>/look", methods=("POST",))
    def look_again(self, collection_id: int) -> Response:
        """Have its products looked up anew by a job."""
        require(Permission.EDIT_PRODUCTS)
        _find(collection_id)
        with transaction():
            enqueue("catalog.refresh_collection", collection_id=collection_id)
        return done(_("Its products are being looked up."), _page_of(collection_id))

    @expose("/<int:collection_id>/by-hand", methods=("POST",))
    def choose_by_hand(self, collection_id: int) -> Response:
        """Keep the products that are in it now, and let staff choose from here on."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            row = _find(collection_id, lock=True)
            if row.kind == "rule":
                before = _journaled(_saved(row))
                membership.choose_by_hand(collection_id)
                record("edit_rules", "collections", collection_id, before=before, after={"kind": "manual"})
        return done(_("Its products stay, and you choose from now on."), _page_of(collection_id))

    def _save(self, collection_id: int, draft: Draft, fields: Mapping[int, Field]) -> None:
        row = _find(collection_id, lock=True)
        before = _saved(row)
        if request.form.get("seen") != _fingerprint(row, before):
            raise Conflict(_("Somebody else changed the rules while you were editing. Save again to keep yours."))
        rules = checked(list(draft.rules.values()), fields, markets.current_shop().currency)
        after = Draft(dict(enumerate(rules)), draft.match, draft.sort)
        membership.save_rules(collection_id, rules, match=draft.match, sort=draft.sort)
        if row.kind == "manual" or _journaled(before) != _journaled(after):
            record("edit_rules", "collections", collection_id, before=_journaled(before), after=_journaled(after))

    def _show(
        self,
        row: Collection,
        draft: Draft,
        fields: Mapping[int, Field],
        *,
        errors: Mapping[int, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        saved = _saved(row)
        complete = [rule for place, rule in draft.rules.items() if rule.value and place not in (errors or {})]
        words = Words(fields)
        return self.page(
            "admin/collections/rules.html",
            status,
            row=row,
            draft=draft,
            rows=[_row(place, rule, fields, words) for place, rule in draft.rules.items()],
            errors=errors or {},
            next=max(draft.rules, default=-1) + 1,
            full=len(draft.rules) >= MAX_RULES,
            matches=MATCHES,
            sorts=SORTS,
            looks_at=_looks_at(fields),
            preview=membership.preview(complete, match=draft.match, sort=draft.sort, collection_id=row.id)
            if complete
            else None,
            seen=_fingerprint(row, saved),
            problem=problem,
            saved_words=words.of_all(saved.rules.values()) if status == Conflict.status else (),
            currency=markets.current_shop().currency,
            max_days=MAX_DAYS,
        )


class Words:
    """Says rules in sentences; the tree is read once, when a rule asks for it."""

    def __init__(self, fields: Mapping[int, Field]) -> None:
        self._fields = fields
        self._places: dict[str, str] | None = None

    @property
    def places(self) -> dict[str, str]:
        """Return the categories as rules name them, with their paths in words."""
        if self._places is None:
            self._places = {str(branch.id): branch.words for branch in categories.list_branches()}
        return self._places

    def of_all(self, rules: Any) -> list[tuple[str, bool]]:
        """Return each rule in words, and whether what it looks at is still there."""
        return [self.of(rule) for rule in rules]

    def of(self, rule: Rule) -> tuple[str, bool]:
        """Return a rule in words, and whether what it looks at is still there."""
        kind = kind_of(rule.field, self._fields)
        if kind is None:
            return _("A custom field that is not here any more: no product meets this."), False
        value = rule.value
        if kind == "category":
            if value not in self.places:
                return _("A category that is not here any more: no product meets this."), False
            value = self.places[value]
        elif kind == "flag":
            value = _("yes") if value == "true" else _("no")
        custom_id = rule.custom_id
        name = LABELS[rule.field] if custom_id is None else self._fields[custom_id].name
        if rule.relation == "within":
            return _("%(field)s is in the last %(days)s days", field=name, days=value), True
        unit = "" if custom_id is None else self._fields[custom_id].unit
        return " ".join(filter(None, (str(name), str(RELATIONS[rule.relation]), value, unit))), True


def _find(collection_id: int, *, lock: bool = False) -> Collection:
    query = select(Collection).where(Collection.id == collection_id).execution_options(populate_existing=True)
    row = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if row is None:
        raise NotFound(_("This collection is not here any more."))
    return row


def _saved(row: Collection) -> Draft:
    return Draft(dict(enumerate(membership.list_rules(row.id))), row.match, row.sort)


def _sent(fields: Mapping[int, Field]) -> Draft:
    """Read the rows that look at something and are not ticked to be taken out."""
    sent, rules = request.form, {}
    for place in sorted({int(found[1]) for name in sent if (found := _NUMBERED.fullmatch(name))})[: 2 * MAX_RULES]:
        name = sent.get(f"field-{place}", "")
        kind = kind_of(name, fields)
        if kind is None or f"out-{place}" in sent:
            continue
        known, relation = relations_of(kind), sent.get(f"relation-{place}", "")
        # Whoever chose another field before this page could follow keeps a comparison that fits it.
        rules[place] = Rule(
            name, relation if relation in known else known[0], sent.get(f"value-{place}", "").strip()[:_LONGEST]
        )
    match, sort = sent.get("match", ""), sent.get("sort", "")
    return Draft(rules, match if match in MATCHES else "all", sort if sort in SORTS else "newest")


def _errors_in(draft: Draft, fields: Mapping[int, Field]) -> dict[int, str]:
    errors, currency = {}, markets.current_shop().currency
    for place, rule in draft.rules.items():
        try:
            checked([rule], fields, currency)
        except Invalid as error:
            errors[place] = error.message
    return errors


def _problem_in(draft: Draft) -> str:
    if not draft.rules:
        return _("Add a rule first: without one the collection would be empty.")
    if len(draft.rules) > MAX_RULES:
        return _("A collection has at most %(limit)s rules.", limit=MAX_RULES)
    return ""


def _row(place: int, rule: Rule, fields: Mapping[int, Field], words: Words) -> dict[str, Any]:
    """Return what the template needs to ask for a value in the way that fits: a list, a day, a number or words."""
    kind = kind_of(rule.field, fields) or "gone"
    options: Sequence[tuple[str, Any]] = ()
    own = fields.get(rule.custom_id or 0)
    if kind == "flag":
        options = [("true", _("yes")), ("false", _("no"))]
    elif kind == "category":
        options = list(words.places.items())
    elif own is not None and own.kind == "choice" and rule.relation in ("is", "is_not"):
        options = [(choice, choice) for choice in own.choices]
    return {
        "place": place,
        "field": rule.field,
        "relation": rule.relation,
        "value": rule.value,
        "kind": "days" if rule.relation == "within" else kind,
        "options": options,
        "unit": own.unit if own is not None else "",
        "relations": [] if kind == "gone" else [(name, RELATIONS[name]) for name in relations_of(kind)],
    }


def _looks_at(fields: Mapping[int, Field]) -> list[tuple[str, list[tuple[str, Any]]]]:
    own = [(f"custom.{field.id}", field.name) for field in fields.values()]
    groups: list[tuple[str, list[tuple[str, Any]]]] = [(_("Product"), [(name, LABELS[name]) for name in KINDS])]
    return [*groups, (_("Custom fields"), own)] if own else groups


def _journaled(draft: Draft) -> dict[str, object]:
    return {
        "kind": "rule",
        "match": draft.match,
        "sort": draft.sort,
        "rules": [f"{rule.field} {rule.relation} {rule.value}" for rule in draft.rules.values()],
    }


def _fingerprint(row: Collection, draft: Draft) -> str:
    return hashlib.sha256(repr((row.kind, _journaled(draft))).encode()).hexdigest()[:24]


def _page_of(collection_id: int) -> str:
    return url_for("collections.edit_view", record_id=collection_id, _anchor="products")
