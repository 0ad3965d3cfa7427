"""The language of rules: what a collection may look at in a product, how it compares, and the SQL that says so.

A rule that points at something that is gone, a category or a custom field, is met by no product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from store.catalog.fields import Field
from store.core.clock import now
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money

MAX_RULES = 30
MAX_DAYS = 3650
_MAX_VALUE = 500

# What a collection looks at; custom fields come besides, as `custom.<id>`.
KINDS: Mapping[str, str] = {
    "title": "text",
    "tag": "text",
    "vendor": "text",
    "type": "text",
    "category": "category",
    "price": "money",
    "compare_at": "flag",
    "available": "flag",
    "stock": "number",
    "option": "text",
    "created": "moment",
    "published": "moment",
}
LABELS: Mapping[str, Any] = {
    "title": lazy_gettext("Title"),
    "tag": lazy_gettext("Tag"),
    "vendor": lazy_gettext("Brand"),
    "type": lazy_gettext("Type"),
    "category": lazy_gettext("Category"),
    "price": lazy_gettext("Lowest price"),
    "compare_at": lazy_gettext("Reduced"),
    "available": lazy_gettext("Can be bought"),
    "stock": lazy_gettext("Pieces in stock"),
    "option": lazy_gettext("Option value"),
    "created": lazy_gettext("Made on"),
    "published": lazy_gettext("On sale since"),
}
RELATIONS: Mapping[str, Any] = {
    "is": lazy_gettext("is"),
    "is_not": lazy_gettext("is not"),
    "contains": lazy_gettext("contains"),
    "not_contains": lazy_gettext("does not contain"),
    "starts": lazy_gettext("starts with"),
    "greater": lazy_gettext("is more than"),
    "less": lazy_gettext("is less than"),
    "after": lazy_gettext("is on or after"),
    "before": lazy_gettext("is before"),
    "within": lazy_gettext("is in the last … days"),
}
_NEGATIVE = {"is_not": "is", "not_contains": "contains"}

_TEXT = {
    "is": "lower({x}) = lower(:{p})",
    "contains": "strpos(lower({x}), lower(:{p})) > 0",
    "starts": "starts_with(lower({x}), lower(:{p}))",
}
_NUMBER = {"is": "{x} = :{p}", "greater": "{x} > :{p}", "less": "{x} < :{p}"}
_COMPARISONS: Mapping[str, Mapping[str, str]] = {
    "text": _TEXT,
    "number": _NUMBER,
    "money": _NUMBER,
    "flag": {"is": "{x} = :{p}"},
    # Days of UTC: a rule means the same on every machine.
    "moment": {"after": "{x} >= :{p}", "before": "{x} < :{p}", "within": "{x} >= :{p} AND {x} <= :now"},
    "day": {
        "is": "{x} = :{p}",
        "after": "{x} >= :{p}",
        "before": "{x} < :{p}",
        "within": "{x} >= :{p} AND {x} <= :today",
    },
    "category": {
        "is": "{x} IN (SELECT below.id FROM categories above JOIN categories below "
        "ON starts_with(below.path, above.path) WHERE above.id = :{p})"
    },
}
_CUSTOM_KINDS = {"number": "number", "boolean": "flag", "date": "day"}

# The lowest base price in the shop's own currency: what rules compare and sort by.
_BASE = "FROM product_prices pr WHERE pr.product_id = p.id AND pr.currency = :currency AND pr.price_list_id IS NULL"
LOW = f"(SELECT pr.low_minor {_BASE})"
_REDUCED = f"coalesce((SELECT pr.compare_at_minor > pr.low_minor {_BASE}), false)"
_STOCK = """(SELECT coalesce(sum(s.on_hand - s.reserved - s.allocated), 0)
    FROM variants v JOIN variant_items vi ON vi.variant_id = v.id JOIN stock_levels s ON s.item_id = vi.item_id
    WHERE v.product_id = p.id AND v.deleted_at IS NULL)"""
_SCALARS: Mapping[str, str] = {
    "title": "p.title",
    "vendor": "p.vendor",
    "type": "p.product_type",
    "category": "p.category_id",
    "price": LOW,
    "compare_at": _REDUCED,
    "available": "p.available",
    "stock": _STOCK,
    "created": "p.created_at",
    "published": "p.published_at",
}
# Of those that have many values a product meets the rule when one of them does.
_AMONG: Mapping[str, tuple[str, str]] = {
    "tag": ("EXISTS (SELECT FROM unnest(p.tags) AS had (x) WHERE {test})", "had.x"),
    "option": (
        "EXISTS (SELECT FROM options o JOIN option_values ov ON ov.option_id = o.id "
        "WHERE o.product_id = p.id AND {test})",
        "ov.value",
    ),
    "custom": (
        "EXISTS (SELECT FROM custom_field_values f WHERE f.product_id = p.id AND f.field_id = {field} AND {test})",
        "f.value",
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition: `field` is a name of `KINDS` or `custom.<id>`; `value` is as staff wrote it, checked."""

    field: str
    relation: str
    value: str

    @property
    def custom_id(self) -> int | None:
        """Return the id of the custom field it looks at."""
        name, _dot, number = self.field.partition(".")
        return int(number) if name == "custom" and number.isascii() and number.isdecimal() else None

    @property
    def by_clock(self) -> bool:
        """Return whether it may turn without any change that is noted: by time, or with the stock of a level."""
        return self.relation == "within" or self.field == "stock"


def kind_of(name: str, fields: Mapping[int, Field]) -> str | None:
    """Return how a field's values compare; `None` for one that is not there any more."""
    custom_id = Rule(name, "", "").custom_id
    if custom_id is None:
        return KINDS.get(name)
    return _CUSTOM_KINDS.get(fields[custom_id].kind, "text") if custom_id in fields else None


def relations_of(kind: str) -> list[str]:
    """Return the relations that make sense for a kind of value, in the order in which they are offered."""
    known = set(_COMPARISONS[kind])
    if kind in ("text", "number", "category", "day"):
        known |= {negative for negative, positive in _NEGATIVE.items() if positive in known}
    return [name for name in RELATIONS if name in known]


def checked(rules: Sequence[Rule], fields: Mapping[int, Field], currency: str) -> list[Rule]:
    """Return the rules with their values in one spelling; raises `Invalid` with the rule's `place` in its facts."""
    if len(rules) > MAX_RULES:
        raise Invalid(_("A collection has at most %(limit)s rules.", limit=MAX_RULES), field="rules")
    read = []
    for place, rule in enumerate(rules):
        kind = kind_of(rule.field, fields)
        if kind is None or rule.relation not in relations_of(kind):
            raise Invalid(_("This comparison does not fit what it looks at."), field="rules", place=place)
        try:
            value, _parameter = _read(rule, kind, currency, now().date())
        except Invalid as error:
            raise Invalid(error.message, field="rules", place=place) from error
        read.append(replace(rule, value=value))
    return read


def condition(
    rules: Sequence[Rule], *, match: str, fields: Mapping[int, Field], currency: str, today: date
) -> tuple[str, dict[str, Any]]:
    """Return a condition over a product row `p`, with its parameters beside `:now`, `:today` and `:currency`.

    Without rules it is met by nothing: a collection that was just begun is empty, not everything.
    """
    tests, parameters = [], {}
    for number, rule in enumerate(rules):
        test, own = _test(rule, f"rule{number}", fields, currency, today)
        tests.append(test)
        parameters.update(own)
    joined = (" AND " if match == "all" else " OR ").join(f"({test})" for test in tests)
    return joined or "false", parameters


def _test(
    rule: Rule, parameter: str, fields: Mapping[int, Field], currency: str, today: date
) -> tuple[str, dict[str, Any]]:
    kind = kind_of(rule.field, fields)
    if kind is None or rule.relation not in relations_of(kind):
        return "false", {}
    try:
        _value, wanted = _read(rule, kind, currency, today)
    except Invalid:
        return "false", {}
    parameters = {parameter: wanted}
    positive = _NEGATIVE.get(rule.relation, rule.relation)
    pattern = _COMPARISONS[kind][positive]
    name = "custom" if rule.custom_id is not None else rule.field
    if name in _AMONG:
        around, operand = _AMONG[name]
        if name == "custom" and kind == "number":
            operand = "f.number"
        if name == "custom" and kind == "flag":
            parameters[parameter] = "true" if wanted else "false"
        test = pattern.format(x=operand, p=parameter)
        option, colon, value = rule.value.partition(": ")
        if name == "option" and colon:
            parameters |= {parameter: value, f"{parameter}_name": option}
            test = f"lower(o.name) = lower(:{parameter}_name) AND {test}"
        test = around.format(test=test, field=rule.custom_id)
    else:
        test = f"coalesce({pattern.format(x=_SCALARS[rule.field], p=parameter)}, false)"
    if rule.relation in _NEGATIVE:
        test = f"NOT {test}"
    if rule.field == "category":
        test = f"EXISTS (SELECT FROM categories WHERE id = :{parameter}) AND {test}"
    return test, parameters


def _read(rule: Rule, kind: str, currency: str, today: date) -> tuple[str, Any]:
    """Return a rule's value in its one spelling, and as the database compares it."""
    value = " ".join(rule.value.split())
    if len(value) > _MAX_VALUE or "\0" in value:
        raise Invalid(_("This is longer than %(limit)s letters.", limit=_MAX_VALUE))
    if rule.relation == "within":
        days = _whole(value)
        if not 1 <= days <= MAX_DAYS:
            raise Invalid(_("Enter a number of days from 1 to %(limit)s.", limit=MAX_DAYS))
        start = today - timedelta(days=days)
        return str(days), start.isoformat() if kind == "day" else f"{start.isoformat()}T00:00:00Z"
    if kind == "category":
        return value, _whole(value)
    if kind == "flag":
        if value not in ("true", "false"):
            raise Invalid(_("Choose yes or no."))
        return value, value == "true"
    if kind in ("moment", "day"):
        try:
            day = date.fromisoformat(value).isoformat()
        except ValueError:
            raise Invalid(_("Enter a day such as 2026-11-21.")) from None
        return day, day if kind == "day" else f"{day}T00:00:00Z"
    if kind == "number":
        try:
            number = Decimal(value.replace(",", "."))
            if not number.is_finite() or abs(number) > 10**15:
                raise InvalidOperation
        except InvalidOperation:
            raise Invalid(_("Enter a number such as 12 or 0.5.")) from None
        return value, number
    if kind == "money":
        money = Money.parse(value.replace(",", ".") if value.count(",") == 1 and "." not in value else value, currency)
        return str(money.decimal()), money.minor
    if not value:
        raise Invalid(_("Write what to look for."))
    return value, value


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise Invalid(_("Please choose one."))
    return int(value)
