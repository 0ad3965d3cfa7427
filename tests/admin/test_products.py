"""Products as staff edit them: texts, prices, options and pictures, without losing anybody's work."""

import html
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from store.audit.report import audit
from store.core.db import session
from store.core.errors import Unavailable
from store.media import incoming
from store.media.incoming import FolderIncoming
from tests.admin.conftest import SAME_ORIGIN, one
from tests.factories.catalog import make_product
from tests.factories.work import do_all_work

TEXTS = {"title": "Moth mug", "status": "active"}


def fields_of(page):
    """What a browser would send of the product form as it stands."""
    form = page.partition('id="product-form"')[2].partition("</form>")[0]
    data = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            data[name[1]] = html.unescape(value[1]) if value else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        data[name] = html.unescape(value)
    for tag, options in re.findall(r"<select([^>]*)>(.*?)</select>", form, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]+)"', options)
        data[re.search(r'name="([^"]+)"', tag)[1]] = chosen[1] if chosen else "draft"
    return data


@pytest.fixture
def mug(shop):
    return make_product("mug", title="Moth mug", price=1900, stock=[5, 3], options={"Colour": ["Sand", "Ink"]})


def path(made):
    return f"/admin/products/{made.product.id}"


def save(desk, made, **changes):
    data = fields_of(desk.get(path(made)).get_data(as_text=True))
    return desk.send(path(made), data | changes)


def price_of(variant):
    return tuple(one("SELECT amount_minor, compare_at_minor FROM prices WHERE variant_id = :id", id=variant.id))


def test_the_list_shows_what_can_be_sold_and_from_which_price(desk, mug):
    page = desk.get("/admin/products/").get_data(as_text=True)
    assert "Moth mug" in page
    assert re.search(r"8\s*<span class=\"quiet\">in 2 variants", page)
    assert "€19.00" in page


@pytest.mark.parametrize("query", ["q=moth", "q=SKU-", "q=mug", "status=active"])
def test_products_are_found(desk, mug, query):
    assert "Moth mug" in desk.get(f"/admin/products/?{query}").get_data(as_text=True)


@pytest.mark.parametrize("query", ["q=zebra", "q=%25", "status=archived"])
def test_what_does_not_match_is_left_out(desk, mug, query):
    assert "Moth mug" not in desk.get(f"/admin/products/?{query}").get_data(as_text=True)


def test_the_list_costs_the_same_however_many_products_there_are(desk, mug, count_sql):
    def cost():
        with count_sql() as statements:
            assert desk.get("/admin/products/").status_code == 200
        return len(statements)

    cost()
    few = cost()
    for _product in range(10):
        make_product(options={"Size": ["S", "M", "L"]})
    assert cost() == few


def test_saving_a_form_as_it_was_opened_changes_nothing(desk, mug, journal):
    answer = save(desk, mug)
    assert answer.status_code == 303
    assert "Nothing had changed." in desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert one("SELECT version FROM products")[0] == 1
    assert journal() == []


def test_texts_and_prices_are_saved_with_their_before_and_after(desk, mug, journal):
    first, second = mug.variants
    answer = save(
        desk, mug, title="Moth mug, large", tags="new, stoneware",
        **{f"price-{first.id}": "24.90", f"compare_at-{first.id}": "29", f"price-{second.id}": "24,5"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert price_of(first) == (2490, 2900)
    assert price_of(second) == (2450, None)
    assert tuple(one("SELECT title, tags FROM products")) == ("Moth mug, large", ["new", "stoneware"])
    assert journal() == [("edit", "product", str(mug.product.id))]
    before, after = one("SELECT before, after FROM staff_actions")
    assert (before["title"], after["title"]) == ("Moth mug", "Moth mug, large")
    assert "status" not in after


def test_a_description_keeps_its_words_and_loses_what_acts(desk, mug):
    save(
        desk, mug, description_html='<p onclick="x()">Fine <script>alert(1)</script><a href="javascript:x">clay</a></p>'
    )
    stored = one("SELECT description_html FROM products")[0]
    assert "Fine" in stored
    assert "script" not in stored
    assert "onclick" not in stored


@pytest.mark.parametrize("amount", ["abc", "-5", "1.234", "1e3", "9" * 20, "१२"])
def test_a_price_that_is_none_stands_at_its_cell_and_nothing_is_saved(desk, mug, amount):
    variant = mug.variant
    answer = save(desk, mug, title="Other", **{f"price-{variant.id}": amount})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="price-{variant.id}-error"' in page
    assert html.escape(amount) in page
    assert price_of(variant) == (1900, None)
    assert one("SELECT title FROM products")[0] == "Moth mug"


def test_two_variants_can_not_share_a_sku(desk, mug):
    first, second = mug.variants
    answer = save(desk, mug, **{f"sku-{first.id}": "SAME", f"sku-{second.id}": "SAME"})
    assert answer.status_code == 422
    assert "Two variants have this SKU." in answer.get_data(as_text=True)


def test_the_sku_of_another_product_is_refused_by_name(desk, mug):
    other = make_product("vase", title="Vase")
    answer = save(desk, mug, **{f"sku-{mug.variant.id}": other.variant.sku})
    assert answer.status_code == 409
    assert "vase" in answer.get_data(as_text=True)


def test_when_two_save_the_second_sees_the_conflict_and_loses_nothing(desk, desk_of, mug, journal):
    colleague = desk_of("manager")
    mine = fields_of(desk.get(path(mug)).get_data(as_text=True))
    assert save(colleague, mug, title="Their title", vendor="Their brand").status_code == 303
    answer = desk.send(path(mug), mine | {"title": "My title"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert colleague.person.name in page
    assert 'value="My title"' in page
    assert "Their title" in page
    assert "Their brand" in page
    assert one("SELECT title FROM products")[0] == "Their title"
    # Saving again, now that both are known, keeps mine.
    assert desk.send(path(mug), fields_of(page) | {"title": "My title"}).status_code == 303
    assert one("SELECT title FROM products")[0] == "My title"
    assert len(journal()) == 2


def test_two_who_change_different_things_of_one_product_both_keep_theirs(desk, desk_of, mug):
    opened = fields_of(desk.get(path(mug)).get_data(as_text=True))
    price = next(name for name in opened if name.startswith("price-"))
    assert save(desk_of("manager"), mug, title="Their title").status_code == 303
    assert desk.send(path(mug), opened | {price: "77", "vendor": "My brand"}).status_code == 303
    assert tuple(one("SELECT title, vendor FROM products")) == ("Their title", "My brand")
    assert one("SELECT max(amount_minor) FROM prices")[0] == 7700
    assert "What was changed meanwhile was kept: Title" in desk.get(path(mug)).text


def test_a_price_that_two_changed_is_chosen_and_nothing_typed_is_lost(desk, desk_of, mug):
    opened = fields_of(desk.get(path(mug)).get_data(as_text=True))
    price = next(name for name in opened if name.startswith("price-"))
    assert save(desk_of("manager"), mug, **{price: "50"}).status_code == 303
    answer = desk.send(path(mug), opened | {price: "77", "description_html": "<p>Long\r\nwork</p>"})
    assert answer.status_code == 409
    assert "Long\nwork" in answer.text
    assert answer.text.count('type="radio" id="take-') == 2
    chosen = fields_of(answer.text) | {f"take-{price}": "theirs", "description_html": "<p>Long\nwork</p>"}
    assert desk.send(path(mug), chosen).status_code == 303
    assert "Long" in one("SELECT description_html FROM products")[0]
    assert (
        one("SELECT amount_minor FROM prices JOIN variants v ON v.id = variant_id ORDER BY v.position LIMIT 1")[0]
        == 5000
    )


def test_stock_and_money_ledgers_have_no_field_here(desk, mug):
    before = one("SELECT on_hand FROM audit_stock ORDER BY level_id LIMIT 1")[0]
    save(desk, mug, title="New", on_hand="999", available="1", popularity="99", version_id="7", handle="stolen")
    assert one("SELECT on_hand FROM audit_stock ORDER BY level_id LIMIT 1")[0] == before
    assert tuple(one("SELECT handle, popularity FROM products")) == ("mug", 0)


def test_a_new_product_gets_a_variant_for_each_combination_and_its_stock(desk, journal):
    data = {
        "title": "Linen apron", "status": "draft", "price": "49", "on_hand": "4", "weight": "300",
        "option-0-name": "Colour", "option-0-values": "Sand, Ink", "option-1-name": "Size", "option-1-values": "S,M,L",
    }  # fmt: skip
    answer = desk.send("/admin/products/new", data)
    assert answer.status_code == 303
    assert one("SELECT count(*), min(weight_grams) FROM variants") == (6, 300)
    assert one("SELECT count(*), min(amount_minor), max(amount_minor) FROM prices") == (6, 4900, 4900)
    assert one("SELECT count(*), sum(on_hand), sum(moved_on_hand) FROM audit_stock") == (6, 24, 24)
    assert one("SELECT handle FROM products")[0] == "linen-apron"
    assert [entry[:2] for entry in journal()] == [("create", "product")]
    assert audit().violations == ()
    assert desk.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"price": "free"}, "This is not an amount of money"),
        ({"handle": "Not A Handle"}, "This address is taken"),
        ({"option-0-values": "a,b"}, "Give these values a name"),
        ({"option-0-name": "Size"}, "Write the values of this option"),
        ({"option-0-name": "N", "option-0-values": ",".join(map(str, range(300)))}, "at most 200"),
        ({"on_hand": "1e3"}, "Please enter a whole number."),
        ({"status": "sold"}, "Not a valid choice"),
    ],
)
def test_a_new_product_that_can_not_be_says_why_and_keeps_what_was_typed(desk, changes, sentence):
    answer = desk.send("/admin/products/new", {**TEXTS, "vendor": "Kiln & Co", **changes})
    page = answer.get_data(as_text=True)
    assert answer.status_code in (409, 422)
    assert sentence in page
    assert "Kiln &amp; Co" in page
    assert one("SELECT count(*) FROM products")[0] == 0


def test_adding_a_value_makes_its_variants_with_the_first_ones_price_and_no_stock(desk, mug):
    answer = save(desk, mug, **{"option-0-values": "Sand, Ink, Moss"})
    assert answer.status_code == 303
    assert one("SELECT count(*) FROM variants WHERE deleted_at IS NULL")[0] == 3
    assert one("SELECT count(*) FROM prices WHERE amount_minor = 1900")[0] == 3
    assert one("SELECT count(*) FROM audit_stock WHERE on_hand = 0")[0] == 1
    assert audit().violations == ()


def test_a_value_does_not_vanish_by_a_slip_of_the_pen(desk, mug):
    answer = save(desk, mug, **{"option-0-values": "Sand"})
    assert answer.status_code == 422
    assert "Ink can&#39;t be taken away here." in answer.get_data(as_text=True)
    assert one("SELECT count(*) FROM variants WHERE deleted_at IS NULL")[0] == 2


def picture(colour="red", size=(600, 800)):
    body = io.BytesIO()
    Image.new("RGB", size, colour).save(body, "PNG")
    body.seek(0)
    return body


def upload(desk, made, *files, alt="A mug"):
    data = {"csrf_token": desk.token(), "file": [*files], "alt": alt}
    return desk.client.post(f"{path(made)}/pictures", data=data, headers=SAME_ORIGIN)


def test_pictures_are_added_ordered_described_and_taken_out_after_a_question(desk, mug, journal):
    assert upload(desk, mug, (picture("red"), "red.png"), alt="Red").status_code == 303
    assert upload(desk, mug, (picture("blue"), "blue.png"), alt="Blue").status_code == 303
    assert "Being looked at" in desk.get(path(mug)).text
    assert one("SELECT count(*) FROM product_images")[0] == 0
    do_all_work()
    rows = "SELECT image_id, alt FROM product_images ORDER BY position"
    (red, _), (blue, _) = session.execute(text(rows)).all()
    desk.send(f"{path(mug)}/pictures/{blue}", {"alt": "Deep blue", "move": "earlier"})
    assert [tuple(row) for row in session.execute(text(rows))] == [(blue, "Deep blue"), (red, "Red")]
    assert "Take this picture out" in desk.get(f"{path(mug)}/pictures/{red}/deletion").get_data(as_text=True)
    assert len(session.execute(text(rows)).all()) == 2
    desk.send(f"{path(mug)}/pictures/{red}/deletion")
    assert [tuple(row) for row in session.execute(text(rows))] == [(blue, "Deep blue")]
    assert [entry[0] for entry in journal()] == ["add_picture"] * 2 + ["edit_pictures"] * 2


def test_several_pictures_at_once_hang_in_the_order_in_which_they_were_chosen(desk, mug):
    sizes = (700, 300, 500)
    assert upload(desk, mug, *((picture(size=(size, size)), f"{size}.png") for size in sizes)).status_code == 303
    do_all_work(backwards=True)
    rows = "SELECT i.width FROM product_images p JOIN images i ON i.id = p.image_id ORDER BY p.position"
    assert tuple(session.execute(text(rows)).scalars()) == sizes
    # One field can't describe three pictures.
    assert one("SELECT DISTINCT alt FROM product_images")[0] == ""


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        (b"<svg onload=x>", "x.svg", "SVG drawing"),
        (b"GIF89a broken", "x.gif", "damaged"),
        (b"text", "x.png", "not a picture"),
    ],
)
def test_what_is_no_picture_says_why_and_leaves_when_it_is_told_to(desk, mug, body, name, reason):
    assert upload(desk, mug, (io.BytesIO(body), name)).status_code == 303
    do_all_work()
    page = desk.get(path(mug)).text
    assert reason in page
    assert name in page
    assert one("SELECT count(*) FROM product_images")[0] == 0
    assert desk.send(f"/admin/uploads/{one('SELECT token FROM uploads')[0]}/dismissal").status_code == 303
    assert reason not in desk.get(path(mug)).text


def test_without_a_file_nothing_is_taken(desk, mug):
    answer = upload(desk, mug, (io.BytesIO(b""), ""))
    assert answer.status_code == 422
    assert "Choose a picture first." in answer.text


def test_one_file_that_is_too_large_does_not_stop_the_others(desk, mug):
    answer = upload(desk, mug, (io.BytesIO(b"x" * (11 * 1024 * 1024)), "huge.png"), (picture(), "fine.png"))
    assert answer.status_code == 422
    assert "huge.png: The file is larger than we take." in answer.text
    do_all_work()
    assert one("SELECT count(*) FROM product_images")[0] == 1


def test_a_store_that_does_not_answer_is_told_and_nothing_is_left_half_done(desk, mug, monkeypatch):
    class Away(FolderIncoming):
        def take(self, *_file):
            raise Unavailable("The pictures can't be reached right now.")

    before = incoming.current()
    incoming.use(Away(Path("/nowhere")))
    try:
        answer = upload(desk, mug, (picture(), "fine.png"))
    finally:
        incoming.use(before)
    assert answer.status_code == 503
    assert "fine.png: The pictures can&#39;t be reached right now." in answer.text
    assert one("SELECT count(*) FROM uploads")[0] == 0


def test_pictures_may_be_larger_than_a_form_but_not_than_a_hundred_megabytes(desk, mug):
    noise = Image.effect_noise((1500, 1500), 100).convert("RGB")
    body = io.BytesIO()
    noise.save(body, "PNG")
    assert body.tell() > 1024 * 1024
    body.seek(0)
    assert upload(desk, mug, (body, "noise.png")).status_code == 303
    assert upload(desk, mug, (io.BytesIO(b"x" * (101 * 1024 * 1024)), "x.png")).status_code == 413


def test_a_product_that_does_not_exist_is_not_found(desk):
    assert desk.get("/admin/products/99999").status_code == 404
