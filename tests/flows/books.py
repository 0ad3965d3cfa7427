"""What the ledgers of a running shop and of its bank say, read from outside."""

import json

from tests.fixtures.live import LiveShop


def assert_sound(shop: LiveShop) -> None:
    """The audit finds nothing, no work has failed for good, numbers have no gaps or twins, and the bank's books agree with the shop's."""
    audit = shop.run("audit", "--json")
    assert json.loads(audit.stdout)["violations"] == [], audit.stdout
    assert audit.returncode == 0
    numbers = sorted(number for (number,) in shop.query("SELECT number FROM audit_orders WHERE number IS NOT NULL"))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    assert shop.query("SELECT task, last_error FROM outbox WHERE done_at IS NULL AND last_error IS NOT NULL") == []
    assert money_at_bank(shop) == shop.query(
        "SELECT coalesce(sum(captured_minor - refunded_minor), 0)::bigint FROM audit_payments"
    )


def money_at_bank(shop: LiveShop) -> list[tuple]:
    return shop.query(
        "SELECT coalesce(sum(amount_minor - refunded_minor), 0)::bigint FROM test_bank_payments WHERE status = 'succeeded'"
    )


def at_bank(shop: LiveShop, token: str) -> list[str]:
    """How the bank's payments for an order stand: one each time it was asked to open a new one."""
    rows = shop.query("SELECT status FROM test_bank_payments WHERE reference = %s ORDER BY created_at", token)
    return [status for (status,) in rows]


def order_id(shop: LiveShop, token: str) -> int:
    return shop.query("SELECT id FROM orders WHERE token = %s", token)[0][0]


def state(shop: LiveShop, order: int) -> tuple[str, str, str]:
    """Status, payment and fulfilment of an order."""
    sql = "SELECT status, payment_status, fulfilment_status FROM audit_orders WHERE order_id = %s"
    return shop.query(sql, order)[0]


def states(shop: LiveShop) -> dict[str, int]:
    """How many orders there are of each status."""
    return dict(shop.query("SELECT status, count(*) FROM audit_orders GROUP BY status"))


def stock(shop: LiveShop, handle: str) -> tuple[int, int, int]:
    """On hand, reserved and allocated units of a product, after a look at the movements behind them."""
    rows = shop.query(
        "SELECT s.on_hand, s.reserved, s.allocated, s.moved_on_hand, s.moved_reserved, s.moved_allocated, "
        "s.held, s.held_allocated FROM audit_stock s JOIN variant_items vi ON vi.item_id = s.item_id "
        "JOIN variants v ON v.id = vi.variant_id JOIN products p ON p.id = v.product_id WHERE p.handle = %s",
        handle,
    )
    ((on_hand, reserved, allocated, *moved, held, held_allocated),) = rows
    assert moved == [on_hand, reserved, allocated]
    assert (held, held_allocated) == (reserved, allocated)
    return on_hand, reserved, allocated


def moves(shop: LiveShop, order: int) -> list[str]:
    """The kinds of the stock movements of an order, in their order."""
    rows = shop.query(
        "SELECT m.kind FROM stock_movements m JOIN holds h ON h.id = m.hold_id WHERE h.reference = %s ORDER BY m.id",
        f"order:{order}",
    )
    return [kind for (kind,) in rows]


def mails(shop: LiveShop, order: int) -> list[tuple[str, str]]:
    """The mails about an order as (kind, status); each kind once."""
    rows = shop.query("SELECT kind, status FROM audit_messages WHERE subject_ref = %s ORDER BY 1", f"order:{order}")
    assert len({kind for kind, _ in rows}) == len(rows), rows
    return rows


def deadlocks(shop: LiveShop) -> int:
    """How many deadlocks PostgreSQL has had to break in the shop's database."""
    return shop.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0]
