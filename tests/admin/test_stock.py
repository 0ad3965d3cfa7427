"""Stock at the desk: seen by SKU, corrected with a reason, told by its ledger."""

import pytest

from store.audit.report import audit
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product


@pytest.fixture
def mug(shop):
    return make_product("mug", title="Moth mug", stock=5)


def level():
    return one("SELECT min(level_id) FROM audit_stock")[0]


def adjust(desk, **data):
    return desk.send(f"/admin/stock/{level()}/adjustments", data)


def on_hand():
    return one("SELECT on_hand FROM audit_stock WHERE level_id = :id", id=level())[0]


def test_the_table_shows_each_sku_with_its_figures(desk, mug):
    money.make_paid_order(mug, quantity=2)
    page = desk.get("/admin/stock/?q=moth").get_data(as_text=True)
    assert mug.variant.sku in page
    assert "<strong>3</strong>" in page


@pytest.mark.parametrize(
    ("only", "shown"), [("low", "Nearly gone"), ("out", "Sold out vase"), ("reserved", "Moth mug"), ("", "Moth mug")]
)
def test_filters_keep_what_they_name(desk, mug, only, shown):
    make_product(title="Nearly gone", stock=2)
    make_product(title="Sold out vase", stock=0)
    make_product(title="Plenty", stock=500)
    money.make_paid_order(mug)
    page = desk.get(f"/admin/stock/?only={only}").get_data(as_text=True)
    assert shown in page
    assert ("Plenty" in page) == (only == "")


def test_the_table_costs_the_same_however_many_skus_there_are(desk, mug, count_sql):
    def cost():
        with count_sql() as statements:
            assert desk.get("/admin/stock/").status_code == 200
        return len(statements)

    cost()
    few = cost()
    make_product(options={"Size": ["S", "M", "L"], "Colour": ["A", "B", "C"]})
    assert cost() == few


def test_a_count_is_corrected_to_a_figure(desk, mug, journal):
    answer = adjust(desk, mode="set", quantity="12", reason="counted")
    assert answer.status_code == 303
    assert on_hand() == 12
    assert tuple(one("SELECT kind, on_hand_delta, reason, actor FROM stock_movements ORDER BY id DESC LIMIT 1")) == (
        "adjusted",
        7,
        "counted",
        f"staff:{desk.person.id}",
    )
    assert journal() == [("adjust", "stock_level", str(level()))]
    page = desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert "12 are there now." in page
    assert "counted" in page
    assert desk.person.name in page
    assert audit().violations == ()


def test_a_count_is_corrected_by_a_difference(desk, mug):
    assert adjust(desk, mode="delta", quantity="-2", reason="broken").status_code == 303
    assert on_hand() == 3


def test_counting_what_was_known_writes_nothing(desk, mug, journal):
    adjust(desk, mode="set", quantity="5", reason="counted")
    assert one("SELECT count(*) FROM stock_movements")[0] == 1
    assert journal() == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"mode": "set", "quantity": "3", "reason": ""}, "Please fill this in."),
        ({"mode": "set", "quantity": "", "reason": "x"}, "Please fill this in."),
        ({"mode": "set", "quantity": "-1", "reason": "x"}, "There can&#39;t be fewer than none."),
        ({"mode": "delta", "quantity": "-6", "reason": "x"}, "Only 5s are there"),
        ({"mode": "set", "quantity": "1e3", "reason": "x"}, "Please enter a whole number."),
        ({"mode": "set", "quantity": "9999999", "reason": "x"}, "Please enter 1000000 or less."),
        ({"mode": "burn", "quantity": "1", "reason": "x"}, "Not a valid choice"),
    ],
)
def test_what_can_not_be_counted_is_refused_in_place(desk, mug, data, sentence):
    answer = adjust(desk, **data)
    assert answer.status_code == 422
    assert sentence.replace("5s", "5") in answer.get_data(as_text=True)
    assert on_hand() == 5


def test_more_promised_than_there_is_said_aloud(desk, mug):
    money.make_paid_order(mug, quantity=4)
    adjust(desk, mode="set", quantity="1", reason="flood")
    page = desk.get(f"/admin/stock/{level()}").get_data(as_text=True)
    assert "More is promised than is there." in page
    assert "Find 3 more" in page


def test_the_ledger_leads_to_the_orders(desk, mug):
    order = money.make_paid_order(mug)
    page = desk.get(f"/admin/stock/{level()}").get_data(as_text=True)
    assert f"/admin/orders/{order.id}" in page
    assert f"Order #{order.number}" in page


def test_stock_that_is_not_kept_is_not_found(desk):
    assert desk.get("/admin/stock/99999").status_code == 404
    assert (
        desk.send("/admin/stock/99999/adjustments", {"mode": "set", "quantity": "1", "reason": "x"}).status_code == 404
    )
