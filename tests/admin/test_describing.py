"""The back office describes: custom fields, the tree, and what one product says."""

import re

import pytest
from sqlalchemy import text

from store.catalog import categories, fields
from store.core.db import session
from tests.admin.conftest import one
from tests.factories.catalog import make_product

DEFINITION = {"name": "Material", "kind": "choice", "choices": "Linen\nWool", "filterable": "y", "visible": "y",
              "namespace": "custom", "key": "", "position": "3"}  # fmt: skip


def test_staff_define_a_field_and_it_stands_in_the_journal(desk, journal):
    answer = desk.send("/admin/custom-fields/new", DEFINITION)
    assert answer.status_code == 303
    field = fields.list_fields()[0]
    assert (field.name, field.kind, field.key, field.choices, field.position) == (
        "Material", "choice", "material", ("Linen", "Wool"), 3)  # fmt: skip
    assert (field.filterable, field.visible, field.many) == (True, True, False)
    assert journal() == [("create", "custom_fields", str(field.id))]
    page = desk.get(f"/admin/custom-fields/{field.id}").get_data(as_text=True)
    assert "custom.material" in page
    assert "Linen\nWool" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, 'aria-invalid="true"'),
        ({"choices": ""}, "one on each line"),
        ({"key": "A B"}, "Only small letters"),
        ({"kind": "shape"}, "valid choice"),
    ],
)
def test_a_bad_definition_comes_back_with_what_is_wrong(desk, wrong, sentence):
    answer = desk.send("/admin/custom-fields/new", {**DEFINITION, **wrong})
    assert answer.status_code == 422
    assert sentence.lower() in answer.get_data(as_text=True).lower()


def test_a_key_is_taken_once(desk):
    desk.send("/admin/custom-fields/new", DEFINITION)
    assert desk.send("/admin/custom-fields/new", DEFINITION).status_code == 409


def edit(desk, field_id: int, **more: object):
    path = f"/admin/custom-fields/{field_id}"
    page = {"seen": desk.hidden(path, "seen"), "name": "Material", "visible": "y", "choices": "Linen\nWool", **more}
    return desk.send(path, page)


def test_a_choice_that_products_say_is_not_taken_away(desk):
    field = fields.define_field("Material", "choice", choices=["Linen", "Wool"], many=True)
    product = make_product().product.id
    fields.set_field_values({product: {field.id: ["Linen", "Wool"]}})
    refused = edit(desk, field.id, choices="Linen", many="y")
    assert refused.status_code == 422
    assert "Wool (1)" in refused.get_data(as_text=True)
    assert "1 product has several values" in edit(desk, field.id).get_data(as_text=True)
    assert edit(desk, field.id, name="Made of", many="y").status_code == 303
    assert one("SELECT task FROM outbox WHERE task = 'catalog.show_field_anew'")


def test_deleting_a_field_says_how_many_products_lose_it(desk):
    field = fields.define_field("Material", "text")
    for _number in range(3):
        fields.set_field_values({make_product().product.id: {field.id: ["Linen"]}})
    path = f"/admin/custom-fields/{field.id}/deletion"
    assert "3 products lose what they say here." in desk.get(path).get_data(as_text=True)
    assert desk.send(path).status_code == 303
    assert fields.list_fields() == []
    assert session.execute(text("SELECT count(*) FROM custom_field_values")).scalar() == 0


def test_many_values_go_in_the_background(desk, monkeypatch):
    monkeypatch.setattr(fields, "BATCH", 1)
    field = fields.define_field("Material", "text")
    for _number in range(3):
        fields.set_field_values({make_product().product.id: {field.id: ["Linen"]}})
    desk.send(f"/admin/custom-fields/{field.id}/deletion")
    assert not fields.list_fields()[0].visible
    assert one("SELECT payload FROM outbox WHERE task = 'catalog.delete_field'").payload == {"field_id": field.id}
    fields.delete_field(field.id)
    assert fields.list_fields() == []


def fill(desk, product, sent):
    place = f"/admin/product-fields/{product}"
    return desk.send(place, {"seen": desk.hidden(place, "seen"), **sent})


def test_staff_fill_in_a_product(desk, journal):
    product = make_product().product.id
    material = fields.define_field("Material", "choice", choices=["Linen", "Wool"], many=True).id
    weight = fields.define_field("Weight", "number", unit="g").id
    care = fields.define_field("Care", "text", many=True).id
    place = categories.add_category("Clothes").id
    page = desk.get(f"/admin/products/{product}").get_data(as_text=True)
    assert f'name="field-{weight}"' in page
    sent = {
        "category": place,
        f"field-{material}": ["Wool"],
        f"field-{weight}": "1,5",
        f"field-{care}": "Dry\r\n\r\nCool",
    }
    assert fill(desk, product, sent).status_code == 303
    assert fields.values_of([product])[product] == {material: ("Wool",), weight: ("1.5",), care: ("Dry", "Cool")}
    assert one("SELECT category_id FROM products").category_id == place
    assert journal() == [("edit", "product", str(product))]
    fill(desk, product, sent)
    assert len(journal()) == 1
    fill(desk, product, {"category": ""})
    assert fields.values_of([product])[product] == {}


def test_two_who_describe_one_product_both_keep_theirs_or_choose(desk, desk_of):
    product = make_product().product.id
    weight = fields.define_field("Weight", "number").id
    care = fields.define_field("Care", "text", many=True).id
    sand, clay = categories.add_category("Sand").id, categories.add_category("Clay").id
    place = f"/admin/product-fields/{product}"
    opened = desk.hidden(place, "seen")
    theirs = {"category": sand, f"field-{weight}": "5", "seen": opened}
    assert desk_of("manager").send(place, theirs).status_code == 303
    mine = {"category": clay, f"field-{care}": "Dry\r\nCool", "seen": opened}
    shown = desk.send(place, mine)
    assert shown.status_code == 409
    clash = shown.text.partition('id="saved-title"')[2].partition("</section>")[0]
    assert "Sand" in clash
    assert "Clay" in clash
    assert "Weight" not in clash
    assert "Dry\nCool" in shown.text
    assert 'value="5"' in shown.text
    assert one("SELECT category_id FROM products").category_id == sand
    again = re.search(r'name="seen" value="([^"]*)"', shown.text)[1]
    chosen = mine | {"seen": again, f"field-{weight}": "5", "take-category": "theirs"}
    assert desk.send(place, chosen).status_code == 303
    assert one("SELECT category_id FROM products").category_id == sand
    assert fields.values_of([product])[product] == {weight: ("5",), care: ("Dry", "Cool")}


def test_a_value_that_does_not_fit_comes_back_with_what_is_wrong(desk):
    product = make_product().product.id
    weight = fields.define_field("Weight", "number").id
    answer = fill(desk, product, {f"field-{weight}": "heavy"})
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert 'value="heavy"' in html
    assert "Weight: please enter a number" in html
    assert fill(desk, product, {"category": "99999"}).status_code == 422
    assert desk.send("/admin/product-fields/99999", {}).status_code == 404


def test_only_roles_that_edit_products_may(desk_of):
    product = make_product().product.id
    field = fields.define_field("Weight", "number").id
    reader = desk_of("support")
    assert reader.send(f"/admin/product-fields/{product}", {f"field-{field}": "1"}).status_code == 403
    assert reader.send("/admin/custom-fields/new", DEFINITION).status_code == 403
    assert reader.send("/admin/categories/new", {"title": "A"}).status_code == 403


def test_staff_grow_a_tree_and_move_in_it(desk):
    assert desk.send("/admin/categories/new", {"title": "Clothes", "parent_id": "", "handle": ""}).status_code == 303
    clothes = categories.find_paths(["Clothes"])["Clothes"]
    assert f'<option selected value="{clothes}">' in desk.get(f"/admin/categories/new?in={clothes}").get_data(
        as_text=True
    )
    desk.send("/admin/categories/new", {"title": "Tees", "parent_id": clothes})
    desk.send("/admin/categories/new", {"title": "Hats", "parent_id": clothes})
    tees, hats = (categories.find_paths([path])[path] for path in ("Clothes > Tees", "Clothes > Hats"))
    assert desk.send(f"/admin/categories/{hats}/place", {"to": "earlier"}).status_code == 303
    assert [one_.title for one_ in categories.list_branches()] == ["Clothes", "Hats", "Tees"]
    path = f"/admin/categories/{tees}"
    seen = desk.hidden(path, "seen")
    assert desk.send(path, {"title": "Tees", "handle": "t-shirts", "parent_id": "", "seen": seen}).status_code == 303
    assert [one_.words for one_ in categories.list_branches()] == ["Clothes", "Clothes > Hats", "Tees"]
    assert one("SELECT target FROM redirects WHERE path = '/categories/tees'").target == "/categories/t-shirts"


def test_a_category_is_not_offered_to_stand_below_itself(desk):
    ids = categories.categories_by_path(["A > B"])
    a = categories.find_paths(["A"])["A"]
    page = desk.get(f"/admin/categories/{a}").get_data(as_text=True)
    assert f'value="{ids["A > B"]}"' not in page
    seen = desk.hidden(f"/admin/categories/{a}", "seen")
    sent = {"title": "A", "handle": "a", "parent_id": ids["A > B"], "seen": seen}
    assert desk.send(f"/admin/categories/{a}", sent).status_code == 422


def test_deleting_a_category_says_where_what_is_in_it_goes(desk):
    categories.categories_by_path(["A > B > C"])
    b = categories.find_paths(["A > B"])["A > B"]
    categories.set_category([make_product().product.id], b)
    page = desk.get(f"/admin/categories/{b}/deletion").get_data(as_text=True)
    assert "1 category in it moves up, to the category above." in page
    assert "1 product moves up." in page
    assert desk.send(f"/admin/categories/{b}/deletion").status_code == 303
    assert [one_.words for one_ in categories.list_branches()] == ["A", "A > C"]
    assert one("SELECT target FROM redirects WHERE path = '/categories/b'").target == "/categories/a"
