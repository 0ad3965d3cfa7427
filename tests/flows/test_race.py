"""Many hands, one shop: the last units, one cart, one payment, all at the same moment and over HTTP."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from store.ops import migrate
from tests.flows import books
from tests.flows.visitors import Shopper, last_form, token_in

pytestmark = pytest.mark.live

WORKERS = "3"

# At least two requests stand at a lock of the database.
TWO_WAIT = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "HAVING count(*) >= 2"
)


def no_server_errors(*people: Shopper) -> None:
    bad = [(request, answer.status) for one in people for request, answer in one.answers if answer.status >= 500]
    assert bad == []


def test_two_hundred_buyers_race_for_the_last_twenty(open_shop, together):
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyers = [Shopper(shop.url) for _ in range(200)]
    together([partial(buyer.reach_last_step, "mug") for buyer in buyers])
    forms = together([buyer.last_step for buyer in buyers])

    answers = together([partial(buyer.place, form) for buyer, form in zip(buyers, forms, strict=True)])

    assert Counter(answer.status for answer in answers) == {303: 20, 409: 180}
    won = [(buyer, answer) for buyer, answer in zip(buyers, answers, strict=True) if answer.status == 303]
    lost = [(buyer, answer) for buyer, answer in zip(buyers, answers, strict=True) if answer.status == 409]
    for _loser, answer in lost:
        assert "Nothing was charged" in answer.text
        assert "Moth mug" in answer.text
        assert "has sold out" in answer.text
    assert "Moth mug" in lost[0][0].get("/cart").text
    assert books.stock(shop, "mug") == (20, 20, 0)

    paid = together([partial(buyer.decide, answer.location) for buyer, answer in won])
    tokens = together([partial(buyer.come_back, back) for (buyer, _), back in zip(won, paid, strict=True)])

    no_server_errors(*buyers)
    shop.settle()
    assert len(set(tokens)) == 20
    assert books.states(shop) == {"placed": 20}
    assert books.stock(shop, "mug") == (20, 0, 20)
    assert [books.at_bank(shop, token) for token in tokens] == [["succeeded"]] * 20
    assert shop.query("SELECT kind, status, count(*) FROM audit_messages GROUP BY 1, 2") == [("receipt", "sent", 20)]
    assert books.deadlocks(shop) == 0
    books.assert_sound(shop)


def rush(buyer: Shopper, handle: str) -> str:
    """Go as far as the shop allows and say how it ended; nobody waits for anybody."""
    added = buyer.add(handle)
    if added.status == 409:
        assert "sold out" in added.text
        return "sold out on the product page"
    assert added.status == 303
    for step in (buyer.give_contact, buyer.choose_delivery):
        answer = step()
        assert answer.status == 303
        if answer.location == "/cart":
            return "sent back to the cart"
    page = buyer.get("/checkout/payment")
    if page.status == 303:
        assert page.location == "/cart"
        return "sent back to the cart"
    placed = buyer.place(last_form(page))
    if placed.status == 409:
        assert "Nothing was charged" in placed.text
        return "sold out at the last step"
    assert placed.status == 303
    buyer.come_back(buyer.decide(placed.location))
    return "paid"


def test_a_rush_in_which_nobody_waits_ends_for_each_with_a_parcel_or_a_sentence(open_shop, together):
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyers = [Shopper(shop.url) for _ in range(40)]
    ends = Counter(together([partial(rush, buyer, "vase") for buyer in buyers]))
    no_server_errors(*buyers)
    assert ends["paid"] == 7, ends
    shop.settle()
    assert books.stock(shop, "vase") == (7, 0, 7)
    books.assert_sound(shop)


def test_those_who_all_have_the_last_pieces_in_their_carts_get_them_once(open_shop):
    """Each web worker has looked at the stock, found enough and is about to take it when the way is free."""
    shop = open_shop(WEB_WORKERS="3")
    buyers = [Shopper(shop.url) for _ in range(8)]
    for buyer in buyers:
        buyer.reach_last_step("vase", 7)
    forms = [buyer.last_step() for buyer in buyers]
    with ThreadPoolExecutor(len(buyers)) as pool:
        with psycopg.connect(migrate.plain(shop.database_url)) as outside:
            outside.execute("SELECT FROM stock_levels FOR UPDATE")
            answers = [pool.submit(buyer.place, form) for buyer, form in zip(buyers, forms, strict=True)]
            shop.wait_for(TWO_WAIT)
    assert sorted(answer.result().status for answer in answers) == [303] + [409] * 7
    no_server_errors(*buyers)
    assert books.stock(shop, "vase") == (7, 7, 0)
    assert books.states(shop) == {"pending": 1}


def test_baskets_with_the_same_things_in_another_order_never_block_each_other(open_shop, together):
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyers = [Shopper(shop.url) for _ in range(40)]
    for number, buyer in enumerate(buyers):
        first, second = ("bowl", "plate") if number % 2 else ("plate", "bowl")
        buyer.add(first)
        buyer.reach_last_step(second)
    forms = [buyer.last_step() for buyer in buyers]
    answers = together([partial(buyer.place, form) for buyer, form in zip(buyers, forms, strict=True)])
    assert {answer.status for answer in answers} == {303}
    assert books.stock(shop, "bowl") == books.stock(shop, "plate") == (1000, 40, 0)
    shop.settle()
    assert books.deadlocks(shop) == 0
    books.assert_sound(shop)


def test_a_button_pressed_twenty_times_makes_one_order_and_one_payment(open_shop, together):
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyer = Shopper(shop.url)
    buyer.reach_last_step()
    form = buyer.last_step()
    hands = [buyer.twin() for _ in range(20)]
    answers = together([partial(hand.place, form) for hand in hands])
    assert {answer.status for answer in answers} == {303}
    (bank_page,) = {answer.location for answer in answers}
    backs = together([partial(hand.decide, bank_page) for hand in hands])
    assert {back.status for back in backs} == {303}
    (token,) = set(together([partial(hand.come_back, back) for hand, back in zip(hands, backs, strict=True)]))
    no_server_errors(*hands)
    shop.settle()
    assert books.states(shop) == {"placed": 1}
    assert shop.query("SELECT status, count(*) FROM audit_payments GROUP BY 1") == [("captured", 1)]
    assert books.at_bank(shop, token) == ["succeeded"]
    assert books.mails(shop, books.order_id(shop, token)) == [("receipt", "sent")]
    books.assert_sound(shop)


def test_refresh_back_and_a_second_tab_after_paying_change_nothing(open_shop):
    shop = open_shop(WEB_WORKERS="2")
    buyer = Shopper(shop.url)
    buyer.reach_last_step()
    form = buyer.last_step()
    other_tab = buyer.twin()
    bank_page = buyer.place(form).location
    assert other_tab.place(form).location == bank_page
    way_back = buyer.decide(bank_page).location
    token = buyer.come_back(buyer.decide(bank_page))

    for _ in range(3):
        assert token_in(buyer.get(way_back).location) == token
        assert token_in(other_tab.place(form).location) == token
        assert other_tab.decide(bank_page).location == way_back
    assert buyer.get("/checkout/payment").status == 303
    assert token in buyer.get("/checkout").location or buyer.get("/checkout").location == "/cart"

    no_server_errors(buyer, other_tab)
    shop.settle()
    assert books.states(shop) == {"placed": 1}
    assert books.at_bank(shop, token) == ["succeeded"]
    assert books.mails(shop, books.order_id(shop, token)) == [("receipt", "sent")]
    assert books.stock(shop, "bowl") == (1000, 0, 1)
    books.assert_sound(shop)


def test_a_cart_that_grows_in_another_tab_gives_up_the_order_that_waits(open_shop):
    shop = open_shop(WEB_WORKERS="2")
    buyer = Shopper(shop.url)
    bank_page = buyer.go_to_bank("bowl")
    other_tab = buyer.twin()
    assert other_tab.add("plate").status == 303
    shop.wait_for("SELECT 1 FROM orders WHERE status = 'expired'")
    late = buyer.decide(bank_page)
    assert late.status == 303
    assert "This order was closed" in buyer.get(buyer.get(late.location).location).text
    form = other_tab.last_step()
    token = other_tab.come_back(other_tab.decide(other_tab.place(form).location))
    shop.settle()
    assert books.states(shop) == {"expired": 1, "placed": 1}
    assert shop.query("SELECT kind FROM audit_messages") == [("receipt",)]
    assert (books.stock(shop, "bowl"), books.stock(shop, "plate")) == ((1000, 0, 1), (1000, 0, 1))
    assert shop.query("SELECT count(*) FROM test_bank_payments WHERE status = 'succeeded'") == [(1,)]
    assert books.at_bank(shop, token) == ["succeeded"]
    books.assert_sound(shop)


def test_return_page_notification_and_reconciler_at_once_pay_once(open_shop, together):
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyers = [Shopper(shop.url) for _ in range(8)]
    banks = [buyer.go_to_bank() for buyer in buyers]
    # Old enough for the reconciler to ask about them.
    shop.query("UPDATE payments SET created_at = created_at - interval '5 minutes'")
    hands = [buyer.twin() for buyer in buyers for _ in range(2)]

    def pay(buyer: Shopper, bank_page: str) -> str:
        # Told twice, so that the notification comes from two sides as well.
        return buyer.decide(bank_page, "pay_told_twice").location

    def look(hand: Shopper, token: str) -> None:
        for _ in range(4):
            assert hand.get(f"/checkout/return/{token}").status == 303

    tokens = [token for (token,) in shop.query("SELECT token FROM orders ORDER BY id")]
    together(
        [
            *(partial(pay, buyer, page) for buyer, page in zip(buyers, banks, strict=True)),
            *(partial(look, hand, tokens[number // 2]) for number, hand in enumerate(hands)),
            *(partial(shop.run, "reconcile") for _ in range(2)),
        ]
    )
    no_server_errors(*buyers, *hands)
    shop.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT FROM orders WHERE status <> 'placed')")
    shop.settle()
    assert books.stock(shop, "bowl") == (1000, 0, 8)
    assert [books.at_bank(shop, token) for token in tokens] == [["succeeded"]] * 8
    for token in tokens:
        order = books.order_id(shop, token)
        assert books.moves(shop, order) == ["reserved", "allocated"]
        assert books.mails(shop, order) == [("receipt", "sent")]
    assert books.deadlocks(shop) == 0
    books.assert_sound(shop)


def test_news_of_a_payment_that_is_brought_by_several_at_once_is_written_once(open_shop):
    """All of them have heard from the bank that it is paid, and none has written it down when the way is free."""
    shop = open_shop(WEB_WORKERS=WORKERS)
    buyer = Shopper(shop.url)
    way_back = buyer.decide(buyer.go_to_bank(), "pay_untold").location
    hands = [buyer.twin() for _ in range(8)]
    with ThreadPoolExecutor(len(hands)) as pool:
        with psycopg.connect(migrate.plain(shop.database_url)) as outside:
            outside.execute("SELECT FROM number_series FOR UPDATE")
            answers = [pool.submit(hand.get, way_back) for hand in hands]
            shop.wait_for(TWO_WAIT)
    assert {answer.result().status for answer in answers} == {303}
    no_server_errors(*hands)
    ((order, number),) = shop.query("SELECT id, number FROM orders")
    shop.settle()
    assert shop.query("SELECT next_number FROM number_series WHERE name = 'orders'") == [(number + 1,)]
    assert shop.query("SELECT count(*) FROM order_events WHERE kind = 'placed'") == [(1,)]
    assert books.moves(shop, order) == ["reserved", "allocated"]
    assert books.mails(shop, order) == [("receipt", "sent")]
