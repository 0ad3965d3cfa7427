"""What happens to somebody's order while processes die over it, and the points at which they do.

Each drill arms its points, does what people do, and asks for what was promised.
"""

from collections.abc import Callable

import pytest

from tests.flows import books, desk
from tests.flows.faults import outlive
from tests.flows.stage import Stage, bank_status, newest_order, picture, refunds
from tests.flows.visitors import Clerk, Shopper, token_in

PLACED = ("placed", "paid", "unfulfilled")


def buys_and_comes_back(stage: Stage) -> None:
    """The web dies at each step from the order to the bank and back, and the shopper presses the button again."""
    shopper = stage.shopper()
    shopper.reach_last_step()
    stage.faults.arm(*DRILLS[buys_and_comes_back])
    bank_page = shopper.place(shopper.last_step()).location
    token = shopper.come_back(shopper.decide(bank_page, "pay_untold"))
    assert shopper.unanswered >= len(DRILLS[buys_and_comes_back])
    outlive(stage.shop, stage.faults)
    assert books.at_bank(stage.shop, token) == ["succeeded"]
    stage.check(books.order_id(stage.shop, token), PLACED, ["reserved", "allocated"], ["receipt"])


def buys_and_leaves(stage: Stage) -> None:
    """Nobody comes back from the bank: the worker, and the web that hears the notification, die over the payment."""
    shoppers = [stage.shopper() for _ in range(4)]
    banks = [shopper.go_to_bank() for shopper in shoppers]
    stage.faults.arm(*DRILLS[buys_and_leaves])
    for shopper, bank_page in zip(shoppers, banks, strict=True):
        assert shopper.decide(bank_page, "pay_and_leave").status == 303
    tokens = [token for (token,) in stage.shop.query("SELECT token FROM orders ORDER BY id DESC LIMIT 4")]
    outlive(stage.shop, stage.faults, seconds=120)
    for token in tokens:
        assert books.at_bank(stage.shop, token) == ["succeeded"]
        stage.check(books.order_id(stage.shop, token), PLACED, ["reserved", "allocated"], ["receipt"])


def gets_a_parcel(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[gets_a_parcel])
    assert clerk.ship(order).status == 303
    assert clerk.unanswered >= 1
    assert "has left already" in clerk.ship(order).text
    outlive(stage.shop, stage.faults)
    # The order's share of the stock moves into the parcel, which then leaves.
    moves = ["reserved", "allocated", "split", "split", "shipped"]
    stage.check(order, ("placed", "paid", "fulfilled"), moves, ["receipt", "shipped"])


def has_its_parcel_begun_sent_undone_and_called_off(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    page = f"/admin/orders/{order}"
    stage.faults.arm(*DRILLS[has_its_parcel_begun_sent_undone_and_called_off])
    assert desk.prepare(clerk, order).status == 303
    ((parcel,),) = stage.shop.query("SELECT id FROM fulfilments WHERE order_id = %s", order)
    for step in ("shipment", "undoing", "cancellation"):
        assert desk.press(clerk, page, f"{page}/parcels/{parcel}/{step}").status == 303
    assert clerk.unanswered >= 3
    outlive(stage.shop, stage.faults)
    there_and_back = ["split", "split", "shipped", "unshipped", "split", "split"]
    stage.check(order, PLACED, ["reserved", "allocated", *there_and_back], ["receipt"])


def gets_a_line_back(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[gets_a_line_back])
    assert clerk.post(*desk.refund_line(clerk, order, line_of(stage, order))).status == 303
    assert clerk.unanswered >= 3
    outlive(stage.shop, stage.faults)
    moves = ["reserved", "allocated", "split", "split", "deallocated"]
    stage.check(order, ("placed", "partially_refunded", "cancelled"), moves, ["receipt", "refunded"])
    assert refunds(stage, order) == [("succeeded", 1)]


def is_changed_and_pays_the_difference(stage: Stage) -> None:
    order = stage.bought()
    clerk, shopper = stage.clerk(), stage.shopper()
    change, at, form = desk.change(clerk, order, variant_of(stage, "plate"))
    stage.faults.arm(*DRILLS[is_changed_and_pays_the_difference])
    assert clerk.post(at, form).status == 303
    assert clerk.unanswered >= 2
    pay_difference(stage, shopper, order)
    stage.due("changes.confirm_settled")
    outlive(stage.shop, stage.faults)
    check_changed(stage, order, change, "confirmed", paid=True)


def is_changed_and_changed_back(stage: Stage) -> None:
    """The process is gone before the money for the change has gone back, and nobody asks again."""
    order = stage.bought()
    clerk = stage.clerk()
    change, at, form = desk.change(clerk, order, variant_of(stage, "plate"))
    assert clerk.post(at, form).status == 303
    page = f"/admin/orders/{order}/changes/{change}"
    form = {**desk.form_of(clerk.get(page), f"{page}/waiver"), "reason": "not wanted"}
    clerk.patience = 0
    stage.faults.arm(*DRILLS[is_changed_and_changed_back])
    with pytest.raises(ConnectionError):
        clerk.post(f"{page}/cancellation", form)
    outlive(stage.shop, stage.faults)
    check_changed(stage, order, change, "cancelled", paid=False)


def pay_difference(stage: Stage, shopper: Shopper, order: int) -> None:
    ((token,),) = stage.shop.query("SELECT token FROM orders WHERE id = %s", order)
    bank_page = desk.press(shopper, f"/orders/{token}", f"/orders/{token}/payments").location
    shopper.come_back(shopper.decide(bank_page))


def check_changed(stage: Stage, order: int, change: int, status: str, *, paid: bool) -> None:
    assert stage.shop.query("SELECT status FROM order_changes WHERE id = %s", change) == [(status,)]
    ((held, total),) = stage.shop.query(
        "SELECT captured_minor - refunded_minor, total_minor FROM audit_orders WHERE order_id = %s", order
    )
    assert held == total
    assert (total > 2390) == paid
    assert books.state(stage.shop, order) == PLACED
    moves = ["reserved", "allocated"] * 2
    assert books.moves(stage.shop, order) == (moves if paid else [*moves, "deallocated"])
    assert books.mails(stage.shop, order) == [("changed", "sent"), ("receipt", "sent")]


def sends_something_back(stage: Stage) -> None:
    """The web dies over the arrival, and over the money; nobody presses the button again."""
    order, clerk, return_id, row = sent_back(stage)
    stage.faults.arm(*DRILLS[sends_something_back])
    assert desk.take_in(clerk, return_id, row).status == 303
    assert clerk.unanswered >= 1
    clerk.patience = 0
    with pytest.raises(ConnectionError):
        desk.settle(clerk, return_id, "refund")
    outlive(stage.shop, stage.faults)
    assert stage.shop.query("SELECT status, resolution FROM returns WHERE id = %s", return_id) == [
        ("resolved", "refund")
    ]
    assert books.state(stage.shop, order) == ("placed", "partially_refunded", "returned")
    assert books.moves(stage.shop, order)[-3:] == ["split", "split", "returned"]
    assert refunds(stage, order) == [("succeeded", 1)]


def gets_something_once_more(stage: Stage) -> None:
    order, clerk, return_id, _row = sent_back(stage, kind="claim", reason="damaged")
    stage.faults.arm(*DRILLS[gets_something_once_more])
    assert desk.settle(clerk, return_id, "replacement").status == 303
    assert clerk.unanswered >= 1
    outlive(stage.shop, stage.faults)
    assert stage.shop.query("SELECT status, resolution FROM returns WHERE id = %s", return_id) == [
        ("resolved", "replacement")
    ]
    assert books.state(stage.shop, order) == ("placed", "paid", "partial")
    assert stage.shop.query("SELECT status FROM order_changes WHERE order_id = %s", order) == [("confirmed",)]
    assert stage.shop.query("SELECT quantity, total_minor FROM order_lines WHERE order_id = %s ORDER BY id", order) == [
        (1, 1900),
        (1, 0),
    ]


def sent_back(stage: Stage, **asked: str) -> tuple[int, Clerk, int, int]:
    """Buy, have it sent, and ask to send it back; return the order, a clerk, the return and its line."""
    order = stage.bought()
    clerk = stage.clerk()
    assert clerk.ship(order).status == 303
    ((token,),) = stage.shop.query("SELECT token FROM orders WHERE id = %s", order)
    assert desk.ask_back(stage.shopper(), token, line_of(stage, order), **asked).status == 303
    outlive(stage.shop, stage.faults)
    ((return_id, row),) = stage.shop.query(
        "SELECT r.id, l.id FROM returns r JOIN return_lines l ON l.return_id = r.id WHERE r.order_id = %s", order
    )
    return order, clerk, return_id, row


def line_of(stage: Stage, order: int) -> int:
    return stage.shop.query("SELECT id FROM order_lines WHERE order_id = %s", order)[0][0]


def variant_of(stage: Stage, handle: str) -> int:
    return stage.shop.query(
        "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.handle = %s", handle
    )[0][0]


def is_cancelled_before_paying(stage: Stage) -> None:
    bank_page = stage.shopper().go_to_bank()
    order = newest_order(stage)
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[is_cancelled_before_paying])
    assert clerk.cancel(order).status == 303
    assert clerk.unanswered >= 3
    outlive(stage.shop, stage.faults)
    stage.check(order, ("cancelled", "none", "cancelled"), ["reserved", "released"], ["cancelled"])
    assert bank_status(stage, bank_page) == ("cancelled", 0)


def is_cancelled_after_paying(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[is_cancelled_after_paying])
    assert clerk.cancel(order).status == 303
    assert clerk.unanswered >= 4
    outlive(stage.shop, stage.faults)
    check_cancelled(stage, order)


def is_cancelled_and_nobody_asks_again(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    clerk.patience = 0
    stage.faults.arm(*DRILLS[is_cancelled_and_nobody_asks_again])
    with pytest.raises(ConnectionError):
        clerk.cancel(order)
    outlive(stage.shop, stage.faults)
    check_cancelled(stage, order)


def check_cancelled(stage: Stage, order: int) -> None:
    stage.check(
        order,
        ("cancelled", "refunded", "cancelled"),
        ["reserved", "allocated", "deallocated"],
        ["receipt", "refunded", "cancelled"],
    )
    assert refunds(stage, order) == [("succeeded", 1)]


def gets_the_money_back(stage: Stage) -> None:
    order = stage.bought()
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[gets_the_money_back])
    assert clerk.refund(order).status == 303
    assert clerk.unanswered >= 3
    outlive(stage.shop, stage.faults)
    stage.check(
        order, ("placed", "refunded", "cancelled"), ["reserved", "allocated", "deallocated"], ["receipt", "refunded"]
    )
    assert refunds(stage, order) == [("succeeded", 1)]


def forgets_to_pay(stage: Stage) -> None:
    bank_page = stage.shopper().go_to_bank()
    order = newest_order(stage)
    stage.faults.arm(*DRILLS[forgets_to_pay])
    stage.shop.query("UPDATE orders SET expires_at = now() WHERE id = %s", order)
    stage.due("payments.expire_due_orders")
    outlive(stage.shop, stage.faults)
    stage.check(order, ("expired", "none", "unfulfilled"), ["reserved", "released"], ["expired"])
    assert bank_status(stage, bank_page) == ("cancelled", 0)


def goes_on_shopping(stage: Stage) -> None:
    shopper = stage.shopper()
    bank_page = shopper.go_to_bank()
    order = newest_order(stage)
    stage.faults.arm(*DRILLS[goes_on_shopping])
    assert shopper.add("plate").status == 303
    outlive(stage.shop, stage.faults)
    stage.check(order, ("expired", "none", "unfulfilled"), ["reserved", "released"], [])
    assert bank_status(stage, bank_page) == ("cancelled", 0)
    token = shopper.come_back(shopper.decide(shopper.place(shopper.last_step()).location))
    outlive(stage.shop, stage.faults)
    stage.check(books.order_id(stage.shop, token), PLACED, ["reserved"] * 2 + ["allocated"] * 2, ["receipt"])


def is_found_by_the_reconciler(stage: Stage) -> None:
    shopper = stage.shopper()
    way_back = shopper.decide(shopper.go_to_bank(), "pay_untold").location
    stage.faults.arm(*DRILLS[is_found_by_the_reconciler])
    stage.shop.query("UPDATE payments SET created_at = created_at - interval '5 minutes' WHERE status <> 'captured'")
    stage.due("payments.reconcile")
    outlive(stage.shop, stage.faults)
    token = token_in(way_back)
    assert books.at_bank(stage.shop, token) == ["succeeded"]
    stage.check(books.order_id(stage.shop, token), PLACED, ["reserved", "allocated"], ["receipt"])


def shows_a_new_picture(stage: Stage) -> None:
    clerk = stage.clerk()
    stage.faults.arm(*DRILLS[shows_a_new_picture])
    ((product,),) = stage.shop.query("SELECT id FROM products WHERE handle = 'bowl'")
    assert clerk.upload(f"/admin/products/{product}", picture(1500)).status == 303
    outlive(stage.shop, stage.faults)
    assert stage.shop.query("SELECT status, widths FROM images WHERE width = 1500") == [
        ("ready", [320, 480, 640, 960, 1280, 1500])
    ]


DRILLS: dict[Callable[[Stage], None], tuple[str, ...]] = {
    buys_and_comes_back: (
        "orders.place.before_hold",
        "orders.place.after_hold",
        "payments.begin.before_start",
        "payments.begin.after_start",
        "payments.apply.after_fetch",
        "orders.pay.after_allocate",
        "payments.apply.before_commit",
    ),
    buys_and_leaves: (
        "outbox.after_claim",
        "testbank.deliver.after_post",
        "payments.webhook.before_commit",
        "payments.apply.after_fetch",
        "orders.pay.after_allocate",
        "payments.apply.before_commit",
        "payments.handle_event.after_apply",
        "notifications.after_message",
        "notifications.before_send",
        "notifications.after_send",
        "outbox.before_done",
    ),
    gets_a_parcel: ("orders.ship.after_stock",),
    has_its_parcel_begun_sent_undone_and_called_off: (
        "orders.prepare_parcel.after_stock",
        "orders.take_parcel_back.after_stock",
        "orders.cancel_parcel.after_stock",
    ),
    gets_a_line_back: (
        "orders.take_back.after_stock",
        "payments.refund.after_request",
        "payments.refund.before_call",
        "payments.refund.after_call",
        "payments.refund.before_commit",
    ),
    is_changed_and_pays_the_difference: (
        "changes.request.after_rewrite",
        "changes.request.before_settle",
        "changes.confirm.before_commit",
    ),
    is_changed_and_changed_back: ("changes.take_back.before_pay_back",),
    sends_something_back: ("returns.receive.after_stock", "returns.refund.before_end"),
    gets_something_once_more: ("returns.exchange.before_settle",),
    is_cancelled_before_paying: (
        "payments.void.after_cancel",
        "payments.cancel.after_void",
        "orders.cancel.after_release",
    ),
    is_cancelled_after_paying: (
        "payments.refund.after_call",
        "payments.refund.before_commit",
        "payments.cancel.after_refund",
        "orders.cancel.after_release",
    ),
    is_cancelled_and_nobody_asks_again: ("payments.cancel.after_refund",),
    gets_the_money_back: ("payments.refund.before_call", "payments.refund.after_call", "payments.refund.before_commit"),
    forgets_to_pay: (
        "payments.void.after_cancel",
        "payments.apply.after_fetch",
        "payments.apply.before_commit",
        "payments.expire.before_close",
        "orders.expire.after_release",
    ),
    goes_on_shopping: ("checkout.give_up_order.before_close", "payments.void.after_cancel"),
    is_found_by_the_reconciler: ("payments.apply.before_commit", "payments.reconcile.after_catch_up"),
    shows_a_new_picture: ("media.check_upload.after_store", "media.make_renditions.after_store"),
}
