"""Collections by rule at the desk: previewed, saved, looked up by a job, refused in sentences."""

import re

import pytest
from sqlalchemy import text

from store.catalog import categories, fields, membership
from store.catalog.rules import Rule
from store.core.db import session
from tests.admin.conftest import one
from tests.factories.catalog import make_collection, make_product

LINEN = {"match": "all", "sort": "newest", "field-0": "title", "relation-0": "contains", "value-0": "linen"}


@pytest.fixture
def shelf():
    """A collection by hand with a mug in it, beside two things of linen outside of it."""
    collection = make_collection("shelf", title="Shelf")
    make_product(title="Mug", collection=collection)
    make_product(title="Linen tee")
    make_product(title="Linen hat", status="draft")
    return collection.id


def send(desk, collection_id: int, do: str = "save", **more: object):
    path = f"/admin/collection-rules/{collection_id}"
    return desk.send(path, {**LINEN, "seen": desk.hidden(path, "seen"), "do": do, **more})


def titles_in(collection_id: int) -> list[str]:
    return list(
        session.execute(
            text("SELECT p.title FROM collection_products cp JOIN products p ON p.id = cp.product_id "
                 "WHERE cp.collection_id = :id ORDER BY p.title"), {"id": collection_id}
        ).scalars()
    )  # fmt: skip


def test_a_preview_says_who_would_come_and_leave_and_saves_nothing(desk, shelf, journal):
    page = send(desk, shelf, do="preview").get_data(as_text=True)
    assert "2 products would be in it" in page
    assert "2 come, 1 leaves." in page
    assert "Linen tee" in page
    assert re.search(r"Linen hat</a> <span class=\"quiet\">Draft", page)
    assert titles_in(shelf) == ["Mug"]
    assert membership.list_rules(shelf) == []
    assert one("SELECT kind FROM collections").kind == "manual"
    assert journal() == []


def test_rules_are_saved_and_a_job_looks_the_products_up(desk, shelf, journal):
    answer = send(desk, shelf)
    assert answer.status_code == 303
    assert answer.location.endswith(f"/admin/collections/{shelf}#products")
    assert titles_in(shelf) == ["Mug"]
    payload = one("SELECT payload FROM outbox WHERE task = 'catalog.refresh_collection'").payload
    assert payload == {"collection_id": shelf}
    membership.refresh(**payload)
    assert titles_in(shelf) == ["Linen hat", "Linen tee"]
    assert journal() == [("edit_rules", "collections", str(shelf))]
    page = desk.get(f"/admin/collections/{shelf}").get_data(as_text=True)
    assert "Title contains linen" in page
    assert "by rule" in desk.get("/admin/collections/").get_data(as_text=True)
    send(desk, shelf)
    assert len(journal()) == 1


def test_the_page_follows_what_is_chosen_without_complaining(desk, shelf):
    """As the browser sends it after each change, and as the first press without scripts does: `do` is not there."""
    categories.add_category("Clothes")
    fields.define_field("Material", "choice", choices=["Linen"])
    material = f"custom.{fields.list_fields()[0].id}"
    page = send(desk, shelf, do="", **{"field-0": "category", "value-0": "", "field-5": material, "value-5": "",
                                       "field-6": "price", "relation-6": "starts", "value-6": ""})  # fmt: skip
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert ">Clothes</option>" in html
    assert ">Linen</option>" in html
    # A comparison that does not fit the new field gives way to one that does.
    assert re.findall(r'<option value="(\w+)"', html.partition('id="relation-6"')[2].partition("</select>")[0]) == [
        "is", "greater", "less"]  # fmt: skip
    assert 'name="field-7"' in html
    assert "field__error" not in html
    assert "Add a rule to see which products it finds." in html


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"field-0": "price", "relation-0": "less", "value-0": "cheap"}, "This is not an amount of money: cheap"),
        ({"value-0": ""}, "Write what to look for."),
        ({"field-0": "stock", "relation-0": "greater", "value-0": "many"}, "Enter a number such as 12 or 0.5."),
        ({"field-0": "published", "relation-0": "after", "value-0": "31.12."}, "Enter a day such as 2026-11-21."),
        ({"field-0": "published", "relation-0": "within", "value-0": "0"}, "Enter a number of days from 1 to 3650."),
        ({"field-0": "category", "value-0": ""}, "Please choose one."),
        ({"field-0": "available", "value-0": ""}, "Choose yes or no."),
        ({"value-0": "x" * 501}, "This is longer than 500 letters."),
        ({"out-0": "1"}, "Add a rule first"),
        ({"field-0": "nothing"}, "Add a rule first"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_where_it_stands(desk, shelf, wrong, sentence):
    answer = send(desk, shelf, **wrong)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert one("SELECT kind FROM collections").kind == "manual"


def test_too_many_rules_are_refused(desk, shelf):
    many = {f"{part}-{number}": value for number in range(40)
            for part, value in (("field", "title"), ("relation", "is"), ("value", "x"))}  # fmt: skip
    answer = send(desk, shelf, **many)
    assert answer.status_code == 422
    assert "at most 30 rules" in answer.get_data(as_text=True)


def test_a_rule_that_is_ticked_goes(desk, shelf):
    send(desk, shelf, **{"field-1": "vendor", "relation-1": "is", "value-1": "Loom", "out-0": "1"})
    assert membership.list_rules(shelf) == [Rule("vendor", "is", "Loom")]


def test_who_saves_second_sees_the_other_rules_and_loses_nothing(desk, shelf):
    path = f"/admin/collection-rules/{shelf}"
    seen = desk.hidden(path, "seen")
    assert send(desk, shelf, **{"value-0": "wool"}).status_code == 303
    late = desk.send(path, {**LINEN, "seen": seen, "do": "save"})
    assert late.status_code == 409
    html = late.get_data(as_text=True)
    assert "Somebody else changed the rules" in html
    assert "Title contains wool" in html
    assert 'value="linen"' in html
    assert membership.list_rules(shelf) == [Rule("title", "contains", "wool")]
    again = re.search(r'name="seen" value="(\w+)"', html)
    assert desk.send(path, {**LINEN, "seen": again[1], "do": "save"}).status_code == 303
    assert membership.list_rules(shelf) == [Rule("title", "contains", "linen")]


def test_products_that_rules_choose_can_not_be_put_in_by_hand(desk, shelf):
    send(desk, shelf)
    refused = desk.send(f"/admin/collections/{shelf}/products", {"add": "mug"})
    assert refused.status_code == 409
    assert "Rules choose the products of this collection." in refused.get_data(as_text=True)


def test_by_hand_again_the_products_stay_and_the_rules_go(desk, shelf, journal):
    send(desk, shelf)
    membership.refresh(shelf)
    assert desk.send(f"/admin/collection-rules/{shelf}/by-hand").status_code == 303
    assert one("SELECT kind FROM collections").kind == "manual"
    assert (titles_in(shelf), membership.list_rules(shelf)) == (["Linen hat", "Linen tee"], [])
    assert desk.send(f"/admin/collection-rules/{shelf}/by-hand").status_code == 303
    assert [action for action, _subject, _id in journal()] == ["edit_rules", "edit_rules"]
    assert 'name="add"' in desk.get(f"/admin/collections/{shelf}").get_data(as_text=True)


def test_a_look_can_be_asked_for(desk, shelf):
    assert desk.send(f"/admin/collection-rules/{shelf}/look").status_code == 303
    assert one("SELECT count(*) AS total FROM outbox WHERE task = 'catalog.refresh_collection'").total == 1


def test_a_rule_about_what_is_gone_says_so(desk, shelf):
    place = categories.add_category("Clothes").id
    field = fields.define_field("Weight", "number", unit="g").id
    membership.save_rules(
        shelf,
        [
            Rule("category", "is", str(place)),
            Rule(f"custom.{field}", "greater", "100"),
            Rule("available", "is", "true"),
        ],
        match="any",
        sort="title",
    )
    page = desk.get(f"/admin/collections/{shelf}").get_data(as_text=True)
    assert "Category is Clothes" in page
    assert "Weight is more than 100 g" in page
    assert "Can be bought is yes" in page
    categories.delete_category(place)
    fields.delete_field(field)
    page = desk.get(f"/admin/collections/{shelf}").get_data(as_text=True)
    assert "A category that is not here any more" in page
    assert "A custom field that is not here any more" in page
    assert desk.get(f"/admin/collection-rules/{shelf}").status_code == 200


def test_a_long_collection_shows_its_beginning_and_keeps_the_rest(desk, monkeypatch):
    monkeypatch.setattr("store.admin.collections._MOST_PLACED", 3)
    monkeypatch.setattr("store.admin.collections._MOST_JOURNALED", 4)
    shelf = make_collection("long", title="Long")
    made = [make_product(title=f"P{number}", collection=shelf).product.id for number in range(6)]
    session.execute(text("UPDATE collection_products SET position = product_id - :first"), {"first": made[0]})
    page = desk.get(f"/admin/collections/{shelf.id}").get_data(as_text=True)
    assert "6 products" in page
    assert "The first 3 are shown" in page
    new = make_product("new", title="New").product.id
    sent = {
        f"place-{made[0]}": "3",
        f"place-{made[1]}": "1",
        f"place-{made[2]}": "2",
        f"out-{made[2]}": "1",
        "add": "new",
    }
    assert desk.send(f"/admin/collections/{shelf.id}/products", sent).status_code == 303
    order = session.execute(text("SELECT product_id FROM collection_products ORDER BY position")).scalars().all()
    assert order == [made[1], made[0], *made[3:], new]
    row = one("SELECT before, after FROM staff_actions")
    assert row.before == {"count": 6, "out": [made[2]]}
    assert row.after == {"count": 6, "in": [new]}


def test_only_roles_that_edit_products_may(desk_of, shelf):
    reader = desk_of("support")
    assert reader.get(f"/admin/collection-rules/{shelf}").status_code == 403
    assert reader.send(f"/admin/collection-rules/{shelf}/by-hand").status_code == 403
