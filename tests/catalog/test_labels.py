"""Tags, brands and types: put on many products, renamed and merged everywhere."""

import pytest
from sqlalchemy import text

from store.catalog import labels
from store.catalog.checks import MAX_TAGS
from store.core.db import session
from store.core.errors import Invalid
from tests.factories.catalog import make_product

pytestmark = pytest.mark.usefixtures("db")


def make(*tags: str, vendor: str = "") -> int:
    product_id = make_product().product.id
    session.execute(
        text("UPDATE products SET tags = :tags, vendor = :vendor WHERE id = :id"),
        {"id": product_id, "tags": list(tags), "vendor": vendor},
    )
    return product_id


def tags_of(product_id: int) -> list[str]:
    return list(session.execute(text("SELECT tags FROM products WHERE id = :id"), {"id": product_id}).scalar_one())


def test_tags_are_put_on_once_and_taken_off_in_one_statement(count_sql):
    one, two, three = make("a", "b"), make("c"), make("new", "x")
    with count_sql() as statements:
        assert labels.tag_products([one, two, three], add=["new", " x "], remove=["b"]) == 2
    assert len(statements) == 1
    assert (tags_of(one), tags_of(two), tags_of(three)) == (["a", "new", "x"], ["c", "new", "x"], ["new", "x"])


def test_a_product_does_not_get_too_many_tags():
    product = make(*(f"t{number}" for number in range(MAX_TAGS)))
    with pytest.raises(Invalid):
        labels.tag_products([product], add=["one more"])


@pytest.mark.parametrize("tag", ["a,b", "x" * 256, "a\0b"])
def test_a_tag_that_can_not_be_is_refused(tag):
    with pytest.raises(Invalid):
        labels.tag_products([make()], add=[tag])


def test_a_tag_is_renamed_at_its_place_and_merged_where_both_stand(monkeypatch):
    monkeypatch.setattr(labels, "BATCH", 2)
    products = [make("a", "sumer", "z") for _number in range(5)]
    both = make("summer", "sumer")
    assert labels.rename("tag", "sumer", "summer") == 6
    assert {tuple(tags_of(one)) for one in products} == {("a", "summer", "z")}
    assert tags_of(both) == ["summer"]
    assert labels.rename("tag", "sumer", "summer") == 0
    assert [(one.name, one.count) for one in labels.list_labels("tag", search="SUM")] == [("summer", 6)]


def test_a_brand_is_merged_into_another_and_an_empty_name_takes_it_off(monkeypatch):
    monkeypatch.setattr(labels, "BATCH", 2)
    for _number in range(3):
        make(vendor="Loom Ltd")
    make(vendor="Loom")
    assert labels.rename("vendor", "Loom Ltd", "Loom") == 3
    assert [(one.name, one.count) for one in labels.list_labels("vendor")] == [("Loom", 4)]
    assert labels.suggest("vendor") == ["Loom"]
    assert labels.rename("vendor", "Loom", "") == 4
    assert labels.list_labels("vendor") == []


def test_renaming_is_a_job_and_a_bad_name_is_refused_at_once():
    assert labels.rename_soon("tag", "a", " b  c ") == "b c"
    queued = session.execute(text("SELECT payload FROM outbox WHERE task = 'catalog.rename_label'")).scalar_one()
    assert queued == {"kind": "tag", "old": "a", "new": "b c"}
    with pytest.raises(Invalid):
        labels.rename_soon("tag", "a", "b,c")
    with pytest.raises(Invalid):
        labels.rename_soon("price", "a", "b")
