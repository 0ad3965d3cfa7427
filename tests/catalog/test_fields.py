"""Custom fields: what may stand in them, in one spelling, and what a change of them moves."""

import random
import re
from decimal import Decimal

import pytest
from sqlalchemy import text

from store.catalog import fields
from store.core.db import session
from store.core.errors import Invalid, NotFound
from tests.factories.catalog import make_product

pytestmark = pytest.mark.usefixtures("db")


def revision_of(product_id: int) -> int:
    return int(session.execute(text("SELECT revision FROM products WHERE id = :id"), {"id": product_id}).scalar_one())


def spelled(kind: str, *texts: str, **more: object) -> list[str]:
    field = fields.Field(
        1,
        "custom",
        "f",
        "Field",
        kind,
        many=True,
        unit=str(more.get("unit", "")),
        choices=tuple(more.get("choices", ())),
        filterable=True,
        visible=True,
        position=0,
    )  # type: ignore[arg-type]
    return [value for value, _number in fields.read_values(field, texts)]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("number", "1,50", "1.5"),
        ("number", "007", "7"),
        ("number", "-0", "0"),
        ("number", "100", "100"),
        ("boolean", "YES", "true"),
        ("boolean", "0", "false"),
        ("date", "2026-11-21T00:00:00Z", "2026-11-21"),
        ("color", "#ABC", "#aabbcc"),
        ("color", "Sand  #D8C8A8", "Sand #d8c8a8"),
        ("url", "https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("text", "  two words ", "two words"),
    ],
)
def test_a_value_has_one_spelling(kind, written, kept):
    assert spelled(kind, written) == [kept]
    assert spelled(kind, kept) == [kept]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("number", "twelve"),
        ("number", "1e9"),
        ("number", "1.2.3"),
        ("number", "٣"),
        ("number", "9" * 16),
        ("number", "0.0000001"),
        ("boolean", "perhaps"),
        ("date", "2026-02-30"),
        ("date", "21.11.2026"),
        ("color", "red"),
        ("color", "#12345"),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("url", "https://a b"),
        ("url", "https://example.org:port/"),
        ("text", "a\0b"),
        ("text", "x" * 5001),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(kind, written):
    with pytest.raises(Invalid) as refused:
        spelled(kind, written)
    assert "Field" in refused.value.message


def test_a_number_may_carry_its_unit():
    assert spelled("number", "270 g/m²", unit="g/m²") == ["270"]


def test_a_choice_is_found_whatever_its_case():
    assert spelled("choice", "linen", "LINEN", "Wool", choices=("Linen", "Wool")) == ["Linen", "Wool"]
    with pytest.raises(Invalid):
        spelled("choice", "Silk", choices=("Linen", "Wool"))


def test_one_value_means_one():
    field = fields.define_field("Weight", "number", unit="g")
    with pytest.raises(Invalid):
        fields.read_values(field, ["1", "2"])


def test_a_definition_gets_its_key_from_its_name_and_keeps_its_choices_once():
    field = fields.define_field("Made in", "choice", choices=["Portugal", "", "Portugal", "Italy"])
    assert (field.namespace, field.key, field.choices) == ("custom", "made_in", ("Portugal", "Italy"))
    assert fields.find_fields({("custom", "made_in"), ("custom", "none")}) == {("custom", "made_in"): field}


@pytest.mark.parametrize(
    ("name", "kind", "more"),
    [("", "text", {}), ("A", "shape", {}), ("A", "text", {"key": "A B"}), ("A", "choice", {})],
)
def test_a_bad_definition_is_refused(name, kind, more):
    with pytest.raises(Invalid):
        fields.define_field(name, kind, **more)


def test_values_of_many_products_are_set_with_a_fixed_number_of_statements(count_sql):
    weight = fields.define_field("Weight", "number")
    material = fields.define_field("Material", "text", many=True)
    wanted = {
        make_product().product.id: {weight.id: [str(number)], material.id: ["Linen", "Wool"]} for number in range(8)
    }
    with count_sql() as statements:
        assert fields.set_field_values(wanted) == set(wanted)
    assert len(statements) == 5
    with count_sql() as statements:
        assert fields.set_field_values(wanted) == set()
    assert len(statements) == 3
    found = fields.values_of(list(wanted))
    assert all(values[material.id] == ("Linen", "Wool") for values in found.values())
    numbers = session.execute(text("SELECT number FROM custom_field_values WHERE number IS NOT NULL ORDER BY 1"))
    assert [row.number for row in numbers] == [Decimal(number) for number in range(8)]


def test_only_products_whose_values_changed_move_on():
    one, other = make_product().product.id, make_product().product.id
    field = fields.define_field("Material", "text")
    fields.set_field_values({one: {field.id: ["Linen"]}, other: {field.id: ["Wool"]}})
    before = revision_of(one), revision_of(other)
    assert fields.set_field_values({one: {field.id: ["Linen"]}, other: {field.id: ["Silk"]}}) == {other}
    assert revision_of(one) == before[0]
    assert revision_of(other) > before[1]


def test_no_text_takes_the_values_away_and_others_stay():
    product_id = make_product().product.id
    one, other = fields.define_field("A", "text"), fields.define_field("B", "text")
    fields.set_field_values({product_id: {one.id: ["x"], other.id: ["y"]}})
    before = revision_of(product_id)
    fields.set_field_values({product_id: {one.id: []}})
    assert fields.values_of([product_id]) == {product_id: {other.id: ("y",)}}
    assert revision_of(product_id) > before


def test_a_refusal_names_product_and_field_and_changes_nothing():
    product_id, other = make_product().product.id, make_product().product.id
    field = fields.define_field("Weight", "number")
    with pytest.raises(Invalid) as refused:
        fields.set_field_values({product_id: {field.id: ["1"]}, other: {field.id: ["heavy"]}})
    assert refused.value.facts == {"product_id": other, "field_id": field.id}
    assert fields.values_of([product_id]) == {product_id: {}}
    with pytest.raises(NotFound):
        fields.set_field_values({product_id: {field.id + 99: ["1"]}})


ALPHABET = "0123456789.,+-eE #abcdefABCDEF:/TZ\t\n\0\u00a0\u0663\u2212\u202e<>\"'\\;%üß🙂hǰ"


@pytest.mark.parametrize("kind", fields.KINDS)
def test_whatever_is_written_is_refused_or_kept_in_a_spelling_that_stays(kind):
    """Read again, a spelling is itself: otherwise each export and import would change it once more."""
    chance = random.Random(kind)
    begun = ("", "https://", "http://", "#", "Sand #", "2026-", "true", "-", "1")
    kept = 0
    for _turn in range(4000):
        written = chance.choice(begun) + "".join(chance.choices(ALPHABET, k=chance.randrange(14)))
        try:
            spelling = spelled(kind, written, choices=("Linen", "ſtraße", "1", "#"), unit=chance.choice(("", "g", "e")))
        except Invalid:
            continue
        kept += 1
        assert spelled(kind, *spelling, choices=("Linen", "ſtraße", "1", "#")) == spelling, written
        assert all("\0" not in value and value == value.strip() for value in spelling)
        if kind == "number":
            assert all(re.fullmatch(r"-?[0-9]+(\.[0-9]{1,6})?", value) and value != "-0" for value in spelling)
        if kind == "url":
            assert all(value.startswith(("http://", "https://")) for value in spelling)
        if kind == "color":
            assert all(re.fullmatch(r"#[0-9a-f]{6}", fields.split_colour(value)[1]) for value in spelling)
    assert kept > 20
