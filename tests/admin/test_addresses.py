"""Addresses in the back office: what leads on, what was asked for in vain, and what happens to a product's links."""

import pytest
from sqlalchemy import text

from store.admin import crud, product_addresses
from store.catalog import categories
from store.catalog.models import Collection
from store.content.models import Page
from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict
from store.redirects import services as redirects
from store.redirects import tally
from tests.admin.conftest import one
from tests.factories.catalog import make_collection, make_product


def led() -> dict[str, str | None]:
    return dict(session.execute(text("SELECT path, target FROM redirects ORDER BY path")).all())


def test_a_redirect_is_made_by_hand_found_and_deleted(desk, journal):
    make_product("mug")
    made = desk.send(
        "/admin/addresses/new",
        {"path": "https://old.example/Tassen/Becher.html", "target": "/products/mug", "answer": "lead"},
    )
    assert made.status_code == 303
    assert desk.client.get("/tassen/becher.html").headers["Location"] == "/products/mug"
    page = desk.get("/admin/addresses/?q=becher")
    assert "/tassen/becher.html" in page.text
    assert "Nothing matches" in desk.get("/admin/addresses/?q=bowl").text
    row_id = one("SELECT id FROM redirects").id
    assert desk.send(f"/admin/addresses/{row_id}/deletion").status_code == 303
    assert led() == {}
    assert [line[:2] for line in journal()] == [("lead_on", "address"), ("delete", "address")]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"path": "/old", "target": "/products/nothing"}, "There is no page at /products/nothing"),
        ({"path": "/products/mug", "target": "/collections/all"}, "a page always wins"),
        ({"path": "/old", "target": "https://other.example/"}, "leads out of the shop"),
        ({"path": "/old", "target": "http://other.example/", "external": "1"}, "https://"),
        ({"path": "/old", "target": "javascript:alert(1)", "external": "1"}, "https://"),
        ({"path": "/products/cup", "target": "/b"}, "round in circles"),
        ({"path": "/admin/x", "target": "/products/mug"}, "Write the address"),
        ({"path": "", "target": ""}, "an address"),
    ],
)
def test_what_would_mislead_visitors_is_refused_with_the_reason_and_keeps_what_was_typed(desk, sent, sentence):
    make_product("mug")
    redirects.add("/b", "/products/cup")
    page = desk.send("/admin/addresses/new", {"answer": "lead", **sent})
    assert page.status_code in (409, 422)
    assert sentence in page.text
    assert f'value="{sent["path"]}"' in page.text
    assert led() == {"/b": "/products/cup"}


def test_an_address_asked_for_in_vain_is_led_to_the_nearest_page_in_two_clicks(desk):
    make_product("linen-bowl", title="Linen bowl")
    redirects.record_visits(tally.Visits({}, {"/products/linnen-bowl": 7, "/products/qqqq": 1}), day=now().date())
    page = desk.get("/admin/addresses/missed").text
    assert page.index("/products/linnen-bowl") < page.index("/products/qqqq")
    assert "nothing is near" in page
    assert "path=/products/linnen-bowl&amp;target=/products/linen-bowl" in page
    form = desk.get("/admin/addresses/new?path=/products/linnen-bowl&target=/products/linen-bowl").text
    assert 'value="/products/linnen-bowl"' in form
    desk.send(
        "/admin/addresses/new", {"path": "/products/linnen-bowl", "target": "/products/linen-bowl", "answer": "lead"}
    )
    assert desk.get("/admin/addresses/missed").text
    assert "linnen" not in desk.get("/admin/addresses/missed").text
    desk.send("/admin/addresses/missed/removal", {"path": "/products/qqqq"})
    assert "Nobody asked" in desk.get("/admin/addresses/missed").text


def test_a_product_gets_another_address_and_the_old_one_leads_to_it(desk, journal):
    made = make_product("mug", title="Mug")
    path = f"/admin/addresses/products/{made.product.id}/address"
    assert "The old address will lead here" in desk.get(path).text
    assert desk.send(path, {"handle": "big-mug"}).status_code == 303
    assert desk.client.get("/products/mug").headers["Location"] == "/products/big-mug"
    assert journal() == [("rename", "product", str(made.product.id))]
    assert "/products/mug" in desk.get(path).text
    assert desk.send(path, {"handle": "Big Mug"}).status_code == 422
    make_product("cup")
    refused = desk.send(path, {"handle": "cup"})
    assert refused.status_code == 409
    assert 'value="cup"' in refused.text


def test_a_product_is_taken_off_with_the_nearest_shelf_proposed(desk):
    shelf = make_collection("kitchen")
    made = make_product("mug", collection=shelf)
    make_product("cup", collection=shelf)
    path = f"/admin/addresses/products/{made.product.id}/retirement"
    assert 'value="/collections/kitchen"' in desk.get(path).text
    assert desk.send(path, {"answer": "lead", "target": "/collections/nowhere", "status": "draft"}).status_code == 422
    assert desk.send(path, {"answer": "lead", "target": "/products/mug", "status": "draft"}).status_code == 409
    assert desk.send(path, {"answer": "gone", "status": "archived"}).status_code == 303
    assert desk.client.get("/products/mug").status_code == 410
    assert one("SELECT status FROM products WHERE handle = 'mug'").status == "archived"


def test_a_product_is_merged_into_another(desk, journal):
    gone, stays = make_product("mug-old", title="Mug (old)"), make_product("mug", title="Mug")
    path = f"/admin/addresses/products/{gone.product.id}/merger"
    for wrong in ("", "nothing", "mug mug-old", "mug-old"):
        assert desk.send(path, {"into": wrong}).status_code == 422
    assert desk.send(path, {"into": "https://shop.example/products/mug"}).status_code == 303
    assert desk.client.get("/products/mug-old").headers["Location"] == "/products/mug"
    assert journal() == [("merge", "product", str(gone.product.id))]
    assert stays.product.id


def test_products_are_put_beside_another_ordered_and_taken_out(desk):
    made = make_product("mug")
    others = [make_product(handle).product.id for handle in ("bowl", "cup", "vase")]
    path = f"/admin/addresses/products/{made.product.id}/beside"
    desk.send(path, {"add": "bowl, cup vase"})
    pins = "SELECT array_agg(other_id ORDER BY position) AS ids FROM product_pins"
    assert one(pins).ids == others
    desk.send(path, {f"place-{others[2]}": "0", f"out-{others[0]}": "1"})
    assert one(pins).ids == [others[2], others[1]]
    for wrong in ("mug", "nothing"):
        refused = desk.send(path, {"add": wrong})
        assert refused.status_code == 422
        assert f">{wrong}</textarea>" in refused.text
    assert one(pins).ids == [others[2], others[1]]


def test_a_renamed_collection_and_page_lead_on_and_deleting_asks_where_to(desk):
    shelf = make_collection("summer", title="Summer")
    make_collection("winter", title="Winter")
    session.add(Page(kind="page", handle="about", title="About"))
    session.commit()
    page_id = one("SELECT id FROM pages").id
    seen = desk.hidden(f"/admin/collections/{shelf.id}", "seen")
    values = {"title": "Summer", "handle": "hot", "position": "0", "seen": seen}
    assert desk.send(f"/admin/collections/{shelf.id}", values).status_code == 303
    seen = desk.hidden(f"/admin/pages/{page_id}", "seen")
    values = {"title": "About", "kind": "policy", "handle": "about", "position": "0", "seen": seen}
    assert desk.send(f"/admin/pages/{page_id}", values).status_code == 303
    assert led() == {"/collections/summer": "/collections/hot", "/pages/about": "/policies/about"}
    path = f"/admin/collections/{shelf.id}/deletion"
    assert "Another page (301)" in desk.get(path).text
    assert desk.send(path, {"answer": "lead", "target": "/collections/hot"}).status_code == 422
    assert session.get(Collection, shelf.id) is not None
    assert desk.send(path, {"answer": "lead", "target": "/collections/winter"}).status_code == 303
    assert led()["/collections/summer"] == "/collections/winter"


def test_a_category_leads_on_when_it_is_renamed_and_to_the_one_above_when_it_goes(desk):
    home = categories.add_category("Home")
    cups = categories.add_category("Cups", parent_id=home.id)
    session.commit()
    place = f"/admin/categories/{cups.id}"
    values = {"title": "Cups", "parent_id": home.id, "handle": "mugs", "seen": desk.hidden(place, "seen")}
    assert desk.send(place, values).status_code == 303
    assert led() == {"/categories/cups": "/categories/mugs"}
    assert desk.send(f"{place}/deletion").status_code == 303
    assert led() == {"/categories/cups": "/categories/home", "/categories/mugs": "/categories/home"}
    assert desk.send(f"/admin/categories/{home.id}/deletion").status_code == 303
    assert set(led().values()) == {"/collections/all"}


@pytest.mark.parametrize(
    ("path", "data", "address"),
    [
        ("/admin/collections/new", {"title": "Summer", "handle": "summer", "position": "0"}, "/collections/summer"),
        ("/admin/categories/new", {"title": "Summer", "parent_id": "", "handle": ""}, "/categories/summer"),
        ("/admin/pages/new", {"title": "S", "kind": "page", "handle": "summer", "position": "0"}, "/pages/summer"),
    ],
)
def test_what_is_made_at_an_old_address_has_it_for_itself(desk, path, data, address):
    redirects.add(address, "/collections/all")
    redirects.add("/sommer", address)
    session.commit()
    assert led()["/sommer"] == "/collections/all"
    assert desk.send(path, data).status_code == 303
    assert led() == {"/sommer": address}


def test_what_is_not_saved_leads_nowhere(desk, monkeypatch):
    made = make_product("mug")
    shelf = make_collection("summer")
    values = {"title": "Summer", "handle": "hot", "position": "0"}
    values["seen"] = desk.hidden(f"/admin/collections/{shelf.id}", "seen")

    def refuse(*_args: object, **_more: object) -> None:
        raise Conflict("The journal is full.")

    for module in (crud, product_addresses):
        monkeypatch.setattr(module, "record", refuse)
    path = f"/admin/addresses/products/{made.product.id}"
    desk.send(f"{path}/address", {"handle": "cup"})
    desk.send(f"{path}/retirement", {"answer": "gone", "target": "", "status": "draft"})
    desk.send(f"/admin/collections/{shelf.id}", values)
    desk.send(f"/admin/collections/{shelf.id}/deletion", {"answer": "gone", "target": ""})
    assert led() == {}
    assert tuple(one("SELECT handle, status FROM products")) == ("mug", "active")
    assert one("SELECT handle FROM collections").handle == "summer"


@pytest.mark.parametrize("action", ["address", "retirement", "merger"])
def test_who_may_only_look_changes_no_address(desk_of, action):
    made = make_product("mug")
    desk = desk_of("read_only")
    assert desk.get(f"/admin/addresses/products/{made.product.id}/{action}").status_code == 403
    assert (
        desk.send(
            f"/admin/addresses/products/{made.product.id}/{action}", {"handle": "x", "answer": "gone", "into": "x"}
        ).status_code
        == 403
    )
    assert desk.send("/admin/addresses/new", {"path": "/x", "target": "/", "answer": "lead"}).status_code == 403
    assert desk.get("/admin/addresses/").status_code == 200
    assert led() == {}
