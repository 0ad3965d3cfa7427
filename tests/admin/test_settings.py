"""Collections, delivery, pages and staff: plain forms that ask before they delete and lose nobody's work."""

import re

import pytest
from sqlalchemy import text

from store.content.models import Page
from store.core.db import session
from tests.admin.conftest import one
from tests.factories.catalog import make_collection, make_product
from tests.factories.staff import PASSWORD, make_staff

COLLECTION = {"title": "Summer", "handle": "summer", "position": "3", "description_html": "<p>Light.</p>"}
PAGE = {"title": "About", "kind": "page", "handle": "about", "position": "1", "body_html": "<p>We make mugs.</p>"}
METHOD = {
    "name": "Bicycle",
    "code": "bicycle",
    "description": "By noon",
    "countries": "AT, DE",
    "min_days": "1",
    "max_days": "2",
    "position": "5",
}


def seen(desk, path):
    return desk.hidden(path, "seen")


@pytest.fixture
def page(shop):
    row = Page(**{**PAGE, "position": 1})
    session.add(row)
    session.commit()
    return f"/admin/pages/{row.id}"


@pytest.mark.parametrize(
    ("path", "data", "table"),
    [
        ("/admin/collections/new", COLLECTION, "collections"),
        ("/admin/pages/new", PAGE, "pages"),
        ("/admin/delivery/new", METHOD, "shipping_methods"),
    ],
)
def test_something_is_made_changed_and_deleted_and_the_journal_tells(desk, journal, path, data, table):
    answer = desk.send(path, data)
    assert answer.status_code == 303
    place = answer.headers["Location"]
    label = "title" if "title" in data else "name"
    changed = {**data, label: "Another name", "seen": seen(desk, place)}
    assert desk.send(place, changed).status_code == 303
    assert "Another name" in desk.get(place).get_data(as_text=True)
    question = desk.get(f"{place}/deletion").get_data(as_text=True)
    assert "Delete Another name?" in question
    assert "Delete for good" in question
    assert desk.get(place).status_code == 200
    assert desk.send(f"{place}/deletion").status_code == 303
    assert desk.get(place).status_code == 404
    assert [entry[:2] for entry in journal()] == [("create", table), ("edit", table), ("delete", table)]
    before, after = one("SELECT before, after FROM staff_actions WHERE action = 'edit'")
    assert (before, after) == ({label: data[label]}, {label: "Another name"})


def test_deleting_is_never_a_link(desk, page):
    desk.get(f"{page}/deletion")
    assert desk.get(page).status_code == 200


def test_when_two_save_a_page_the_second_keeps_their_words_and_is_told(desk, desk_of, page):
    mine = {**PAGE, "title": "Mine", "seen": seen(desk, page)}
    assert desk_of("manager").send(page, {**PAGE, "title": "Theirs", "seen": seen(desk, page)}).status_code == 303
    answer = desk.send(page, mine)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else saved this while you were editing." in shown
    assert 'value="Mine"' in shown
    assert "Theirs" in shown.partition('id="saved-title"')[2].partition("</section>")[0]
    assert one("SELECT title FROM pages")[0] == "Theirs"


def test_what_only_one_of_two_changed_is_merged_without_a_question(desk, desk_of, page):
    opened = seen(desk, page)
    assert desk_of("manager").send(page, {**PAGE, "title": "Theirs", "seen": opened}).status_code == 303
    answer = desk.send(page, {**PAGE, "body_html": "<p>Mine</p>", "seen": opened})
    assert answer.status_code == 303
    assert tuple(one("SELECT title, body_html FROM pages")) == ("Theirs", "<p>Mine</p>")
    assert "What was changed meanwhile was kept: Title" in desk.get(page).text


def test_whoever_comes_second_may_take_what_is_saved_for_one_field_and_keep_another(desk, desk_of, page):
    opened = seen(desk, page)
    theirs = {**PAGE, "title": "Theirs", "body_html": "<p>Theirs</p>", "seen": opened}
    assert desk_of("manager").send(page, theirs).status_code == 303
    mine = {**PAGE, "title": "Mine", "body_html": "<p>Mine</p>", "seen": opened}
    shown = desk.send(page, mine)
    assert shown.status_code == 409
    again = re.search(r'name="seen" value="([^"]*)"', shown.text)[1]
    assert desk.send(page, {**mine, "seen": again, "take-title": "theirs", "take-body_html": "mine"}).status_code == 303
    assert tuple(one("SELECT title, body_html FROM pages")) == ("Theirs", "<p>Mine</p>")


def test_after_a_mistake_the_second_still_overwrites_nothing(desk, desk_of, page):
    opened = seen(desk, page)
    assert desk_of("manager").send(page, {**PAGE, "title": "Theirs", "seen": opened}).status_code == 303
    mine = {**PAGE, "body_html": "<p>Mine</p>", "seen": opened}
    shown = desk.send(page, {**mine, "position": "many"})
    assert shown.status_code == 422
    title = re.search(r'name="title"[^>]*value="([^"]*)"', shown.text)[1]
    again = re.search(r'name="seen" value="([^"]*)"', shown.text)[1]
    assert desk.send(page, {**mine, "title": title, "position": "2", "seen": again}).status_code == 303
    assert tuple(one("SELECT title, body_html, position FROM pages")) == ("Theirs", "<p>Mine</p>", 2)


def test_a_number_that_only_somebody_else_changed_stands_in_the_form_that_comes_back(desk, desk_of, page):
    opened = seen(desk, page)
    theirs = {**PAGE, "title": "Theirs", "position": "8", "seen": opened}
    assert desk_of("manager").send(page, theirs).status_code == 303
    shown = desk.send(page, {**PAGE, "title": "Mine", "seen": opened})
    assert shown.status_code == 409
    assert re.search(r'name="position"[^>]*value="8"', shown.text)


def test_what_is_chosen_from_a_list_clashes_in_its_own_words(desk, desk_of):
    mia = make_staff("support", name="Mia", email="mia@shop.test")
    place, account = f"/admin/staff/{mia.id}", {"name": "Mia", "email": "mia@shop.test", "active": "y"}
    opened = seen(desk, place)
    assert desk_of("owner").send(place, {**account, "role": "manager", "seen": opened}).status_code == 303
    shown = desk.send(place, {**account, "role": "owner", "seen": opened})
    assert shown.status_code == 409
    clash = shown.text.partition('id="saved-title"')[2].partition("</section>")[0]
    assert re.search(r"desk-saved\">(Manager|Catalogue)[^<]*</span>", clash), clash
    assert one("SELECT role FROM staff WHERE id = :id", id=mia.id)[0] == "manager"


def test_a_saved_form_without_a_change_leaves_no_line(desk, page, journal):
    desk.send(page, {**PAGE, "seen": seen(desk, page)})
    assert journal() == []


@pytest.mark.parametrize(
    ("path", "data", "sentence"),
    [
        ("/admin/collections/new", {**COLLECTION, "handle": "All Things"}, "Only small letters"),
        ("/admin/collections/new", {**COLLECTION, "handle": "all"}, "Only small letters"),
        ("/admin/collections/new", {**COLLECTION, "handle": "taken"}, "Another one has this already."),
        ("/admin/collections/new", {**COLLECTION, "position": "-1"}, "Please enter 0 or more."),
        ("/admin/collections/new", {**COLLECTION, "title": ""}, "Please fill this in."),
        ("/admin/pages/new", {**PAGE, "kind": "banner"}, "Not a valid choice"),
        ("/admin/pages/new", {**PAGE, "title": "x" * 300}, "Please use at most 255 characters."),
        ("/admin/delivery/new", {**METHOD, "max_days": "0"}, "This can&#39;t be before the first day."),
        ("/admin/delivery/new", {**METHOD, "countries": "Austria"}, "Two capital letters each"),
        ("/admin/delivery/new", {**METHOD, "code": "standard"}, "Another one has this already."),
    ],
)
def test_what_can_not_be_saved_says_why_at_its_field(desk, path, data, sentence):
    make_collection("taken")
    answer = desk.send(path, data)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_a_page_of_the_same_kind_and_address_is_refused_by_the_database_in_words(desk, page):
    answer = desk.send("/admin/pages/new", PAGE)
    assert answer.status_code == 409
    assert "Another one has this name or address already." in answer.get_data(as_text=True)


def test_what_acts_is_taken_out_of_a_page(desk, page):
    desk.send(page, {**PAGE, "body_html": "<p>Hi<script>x()</script></p>", "seen": seen(desk, page)})
    assert one("SELECT body_html FROM pages")[0] == "<p>Hi</p>"


def test_lists_are_searched(desk, page):
    assert "About" in desk.get("/admin/pages/?search=mugs").get_data(as_text=True)
    assert "Nothing matches." in desk.get("/admin/pages/?search=zebra").get_data(as_text=True)
    assert desk.get("/admin/pages/?sort=1&desc=1&page=99&search=%25'\\").status_code == 200


def products_of(collection):
    rows = session.execute(
        text("SELECT product_id FROM collection_products WHERE collection_id = :id ORDER BY position"),
        {"id": collection.id},
    )
    return list(rows.scalars())


def test_products_are_put_into_a_collection_ordered_and_taken_out(desk, journal):
    summer = make_collection("summer")
    mug, vase, pot = (make_product(handle).product.id for handle in ("mug", "vase", "pot"))
    place = f"/admin/collections/{summer.id}"
    desk.send(f"{place}/products", {"add": "mug, https://shop.example/products/vase pot"})
    assert products_of(summer) == [mug, vase, pot]
    desk.send(f"{place}/products", {f"place-{mug}": "3", f"place-{vase}": "2", f"place-{pot}": "1"})
    assert products_of(summer) == [pot, vase, mug]
    desk.send(f"{place}/products", {f"out-{vase}": "1"})
    assert products_of(summer) == [pot, mug]
    assert [entry[0] for entry in journal()] == ["edit_products"] * 3


def test_two_who_order_one_collection_both_move_what_they_moved(desk, desk_of):
    summer = make_collection("summer")
    a, b, c, d = (make_product(handle).product.id for handle in ("a", "b", "c", "d"))
    place = f"/admin/collections/{summer.id}"
    desk.send(f"{place}/products", {"add": "a b c d"})
    opened = f"{a},{b},{c},{d}"
    assert f'name="seen" value="{opened}"' in desk.get(place).text
    untouched = {f"place-{product}": str(number) for number, product in enumerate((a, b, c, d), 1)}
    desk_of("manager").send(f"{place}/products", {**untouched, f"place-{d}": "0", "seen": opened})
    desk.send(f"{place}/products", {**untouched, f"place-{a}": "9", "seen": opened})
    assert products_of(summer) == [d, b, c, a]


def test_a_product_nobody_knows_is_named_and_nothing_changes(desk):
    summer = make_collection("summer")
    answer = desk.send(f"/admin/collections/{summer.id}/products", {"add": "unicorn"})
    assert answer.status_code == 422
    assert "unicorn" in answer.get_data(as_text=True)


def test_the_price_of_delivery_changes_by_its_own_action_only(desk, journal):
    method = one("SELECT id FROM shipping_methods WHERE code = 'standard'")[0]
    place = f"/admin/delivery/{method}"
    edit = {**METHOD, "code": "standard", "price_minor": "1", "price": "0.01", "active": "y"}
    desk.send(place, {**edit, "seen": seen(desk, place)})
    assert one("SELECT price_minor FROM shipping_methods WHERE id = :id", id=method)[0] == 490
    assert desk.send(f"{place}/price", {"price": "5.90", "free_from": ""}).status_code == 303
    assert tuple(one("SELECT price_minor, free_from_minor FROM shipping_methods WHERE id = :id", id=method)) == (
        590,
        None,
    )
    assert journal()[-1] == ("price", "shipping_methods", str(method))
    assert desk.send(f"{place}/price", {"price": "cheap"}).status_code == 422


def test_a_new_way_to_deliver_is_not_offered_before_it_has_a_price(desk):
    desk.send("/admin/delivery/new", {**METHOD, "active": "y"})
    assert tuple(one("SELECT active, price_minor, currency FROM shipping_methods WHERE code = 'bicycle'")) == (
        False,
        0,
        "EUR",
    )


def test_an_account_is_opened_and_its_owner_comes_in(desk, stranger, journal):
    data = {"name": "Mia", "email": "mia@example.com", "role": "fulfilment", "active": "y", "password": PASSWORD}
    assert desk.send("/admin/staff/new", data).status_code == 303
    answer = stranger.send("/admin/login", {"email": "mia@example.com", "password": PASSWORD}, form_at="/admin/login")
    assert answer.status_code == 303
    assert [entry[:2] for entry in journal()] == [("create", "staff")]
    after = one("SELECT after FROM staff_actions")[0]
    assert after["role"] == "fulfilment"
    assert "password" not in str(after)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"password": ""}, "Please fill this in."),
        ({"role": "king"}, "Not a valid choice"),
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"email": "TAKEN@example.com"}, "Somebody has this e-mail address already."),
    ],
)
def test_an_account_that_can_not_be_opened_says_why(desk, changes, sentence):
    make_staff(email="taken@example.com")
    data = {"name": "Mia", "email": "mia@example.com", "role": "support", "password": PASSWORD, **changes}
    answer = desk.send("/admin/staff/new", data)
    assert answer.status_code in (409, 422)
    assert sentence in answer.get_data(as_text=True)


def test_a_closed_or_changed_account_is_logged_out_everywhere(desk, desk_of):
    mia = desk_of("fulfilment")
    place = f"/admin/staff/{mia.person.id}"
    data = {"name": "Mia", "email": mia.person.email, "role": "support", "active": "y", "seen": seen(desk, place)}
    assert desk.send(place, data).status_code == 303
    assert mia.get("/admin/").status_code == 303
    assert mia.log_in(mia.person).status_code == 303
    desk.send(place, {key: value for key, value in data.items() if key != "active"} | {"seen": seen(desk, place)})
    assert mia.get("/admin/").status_code == 303
    assert mia.log_in(mia.person).status_code == 422


def test_nobody_closes_their_own_account_or_the_last_owners(desk):
    place = f"/admin/staff/{desk.person.id}"
    data = {"name": "Me", "email": desk.person.email, "role": "owner", "seen": seen(desk, place)}
    answer = desk.send(place, data)
    assert answer.status_code == 409
    assert "You can&#39;t close your own account." in answer.get_data(as_text=True)
    answer = desk.send(place, {**data, "role": "manager", "active": "y"})
    assert answer.status_code == 409
    assert "at least one owner" in answer.get_data(as_text=True)


def test_a_new_password_ends_the_other_sessions(app, desk, desk_of):
    mia = desk_of("support")
    place = f"/admin/staff/{mia.person.id}/password"
    assert desk.send(place, {"password": "short"}).status_code == 422
    assert desk.send(place, {"password": "a brand new password"}).status_code == 303
    assert mia.get("/admin/").status_code == 303
    assert mia.log_in(mia.person, "a brand new password").status_code == 303


def test_my_own_new_password_keeps_me_here_and_no_other_session(desk, stranger):
    assert stranger.log_in(desk.person).status_code == 303
    assert desk.send(f"/admin/staff/{desk.person.id}/password", {"password": "a brand new password"}).status_code == 303
    assert desk.get("/admin/").status_code == 200
    assert stranger.get("/admin/").status_code == 303


def test_no_password_is_ever_shown_or_kept_in_the_journal(desk):
    desk.send(f"/admin/staff/{desk.person.id}/password", {"password": "a brand new password"})
    assert "brand new" not in desk.get("/admin/journal/").get_data(as_text=True)
    assert not re.search(r"argon2", desk.get(f"/admin/staff/{desk.person.id}").get_data(as_text=True))


def test_columns_that_forms_write_are_named_and_hold_no_money_stock_or_state(app):
    from store.admin.crud import Crud

    (desk,) = app.extensions["admin"]
    forms = [view for view in desk._views if isinstance(view, Crud) and view.can_edit]
    assert len(forms) == 10
    timing = {"status", "starts_at", "ends_at"}  # of a price list: its form is what decides when it holds
    for view in forms:
        fields = set(view.form_columns) - (timing if view.endpoint == "price_lists" else set())
        assert fields, view.endpoint
        assert not any(re.search(r"_minor|stock|on_hand|status|_hash|_at$", name) for name in fields), view.endpoint
