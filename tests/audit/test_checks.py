"""Each check sees the corruption it is made for, and none sees anything in a shop where all went well."""

import pytest
from sqlalchemy import text

from store.audit.registry import all_checks
from store.audit.report import audit
from store.core.db import session
from store.inventory import services as inventory

# The check, and what breaks it in a world where it held. `{pending}` and its like are order ids.
BREAKS: dict[str, tuple[str, ...]] = {
    # orders
    "orders.lines_add_up": ("UPDATE orders SET subtotal_minor = subtotal_minor + 1 WHERE id = {placed}",),
    "orders.total_adds_up": ("UPDATE orders SET total_minor = total_minor - 1 WHERE id = {placed}",),
    "orders.tax_adds_up": ("UPDATE orders SET tax_minor = tax_minor + 1 WHERE id = {placed}",),
    "orders.line_is_unit_times_quantity": (
        "UPDATE order_lines SET unit_gross_minor = unit_gross_minor + 1 WHERE order_id = {placed}",
    ),
    "orders.line_tax_follows_rate": ("UPDATE order_lines SET tax_rate = 0.10 WHERE order_id = {placed}",),
    "orders.shipping_tax_follows_rate": ("UPDATE orders SET shipping_tax_rate = 0.10 WHERE id = {placed}",),
    "orders.discount_is_within_base": ("UPDATE order_lines SET discount_minor = 999999 WHERE order_id = {placed}",),
    "orders.tax_of_a_rate_is_rounded_once": (
        "UPDATE orders SET tax_rounding = 'rate' WHERE id = {placed}",
        "UPDATE order_lines SET tax_minor = tax_minor + 1 WHERE order_id = {placed}",
    ),
    "orders.untaxed_orders_bear_no_tax": ("UPDATE orders SET tax_treatment = 'export' WHERE id = {placed}",),
    "orders.has_lines": ("DELETE FROM order_lines WHERE order_id = {expired}",),
    "orders.one_per_cart": (
        "ALTER TABLE orders DROP CONSTRAINT orders_cart_id_key",
        "UPDATE orders SET cart_id = (SELECT cart_id FROM orders WHERE id = {placed}) WHERE id = {expired}",
    ),
    "orders.placed_is_complete": ("UPDATE orders SET expires_at = now() WHERE id = {placed}",),
    "orders.number_means_placed": ("UPDATE orders SET number = 77 WHERE id = {pending}",),
    "orders.numbers_are_gapless": ("UPDATE number_series SET next_number = next_number + 1 WHERE name = 'orders'",),
    "orders.pending_holds_stock": ("UPDATE holds SET state = 'released' WHERE reference = 'order:{pending}'",),
    "orders.placed_holds_stock": ("DELETE FROM holds WHERE reference = 'order:{placed}'",),
    "orders.fulfilled_has_shipped_stock": ("UPDATE holds SET state = 'allocated' WHERE reference = 'order:{shipped}'",),
    "orders.closed_holds_nothing": ("UPDATE holds SET state = 'held' WHERE reference = 'order:{expired}'",),
    "orders.fulfilled_has_parcels": (
        "DELETE FROM fulfilment_lines WHERE fulfilment_id IN (SELECT id FROM fulfilments WHERE order_id = {shipped})",
    ),
    "orders.parcel_holds_own_lines": ("UPDATE fulfilments SET order_id = {placed} WHERE order_id = {shipped}",),
    "orders.no_unit_is_in_two_parcels": (
        (
            "UPDATE fulfilment_lines SET quantity = quantity + 1 "
            "WHERE fulfilment_id IN (SELECT id FROM fulfilments WHERE order_id = {shipped})"
        ),
    ),
    "orders.fulfilment_tells_the_parcels": ("UPDATE orders SET fulfilment_status = 'partial' WHERE id = {shipped}",),
    "orders.closed_has_no_parcel_waiting": (
        "INSERT INTO fulfilments (order_id, status, created_at) VALUES ({cancelled}, 'packed', now())",
    ),
    "orders.timeline_tells_the_state": ("DELETE FROM order_events WHERE order_id = {placed} AND kind = 'placed'",),
    "orders.expired_in_time": ("UPDATE orders SET expires_at = now() - interval '1 hour' WHERE id = {pending}",),
    "orders.needs_attention": ("UPDATE orders SET attention = 'Look at this.' WHERE id = {placed}",),
    # returns
    "returns.units_are_counted": (
        (
            "INSERT INTO returns (order_id, name, kind, request_id, requested_at) "
            "VALUES ({shipped}, 'R', 'return', 'r', now())"
        ),
        (
            "INSERT INTO return_lines (return_id, order_line_id, quantity, amount_minor, received) "
            "SELECT r.id, l.id, 1, 0, 1 FROM returns r, order_lines l WHERE l.order_id = {shipped} LIMIT 1"
        ),
    ),
    "returns.money_went_under_its_key": (
        (
            "INSERT INTO returns (order_id, name, kind, status, resolution, request_id, requested_at) "
            "VALUES ({shipped}, 'R', 'return', 'resolved', 'refund', 'r', now())"
        ),
    ),
    "returns.goods_have_their_change": (
        (
            "INSERT INTO returns (order_id, name, kind, status, resolution, request_id, requested_at) "
            "VALUES ({shipped}, 'R', 'claim', 'resolved', 'replacement', 'r', now())"
        ),
    ),
    # changes
    "changes.difference_is_after_less_before": (
        "UPDATE order_changes SET difference_minor = difference_minor + 1 WHERE order_id = {changed}",
    ),
    "changes.order_is_what_its_last_change_made": (
        "UPDATE orders SET total_minor = total_minor + 1 WHERE id = {changed}",
    ),
    "changes.changed_order_tells_it": (
        "DELETE FROM order_events WHERE order_id = {changed} AND kind = 'change_confirmed'",
    ),
    "changes.papers_add_up": (
        "UPDATE documents SET total_minor = total_minor + 1 WHERE order_id = {changed} AND change_id IS NOT NULL",
    ),
    "changes.draft_has_its_order": ("DELETE FROM order_events WHERE order_id = {changed} AND kind = 'drafted'",),
    "changes.settled_is_confirmed": (
        "UPDATE order_changes SET status = 'requested', settlement = 'charge', closed_at = NULL, "
        "requested_at = now() - interval '1 hour' WHERE order_id = {changed}",
    ),
    "changes.change_waits_long": (
        "UPDATE order_changes SET status = 'requested', closed_at = NULL, "
        "requested_at = now() - interval '15 days' WHERE order_id = {changed}",
    ),
    # search
    "search.index_follows_products": ("DELETE FROM search_changes",),
    "search.vocabulary_counts_documents": (
        "INSERT INTO search_words (word, spelling, products) VALUES ('owl', 'owl', 3)",
    ),
    # stock
    "stock.movements_add_up": ("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE id = {level}",),
    "stock.holds_add_up": ("UPDATE stock_levels SET reserved = reserved + 1 WHERE id = {level}",),
    "stock.count_is_not_negative": ("UPDATE stock_levels SET on_hand = -1 WHERE id = {level}",),
    "stock.not_oversold": ("UPDATE stock_levels SET allocated = on_hand + 5 WHERE id = {level}",),
    "stock.hold_has_its_movements": (
        (
            "DELETE FROM stock_movements WHERE kind = 'allocated' AND hold_id IN "
            "(SELECT id FROM holds WHERE reference = 'order:{placed}')"
        ),
    ),
    "stock.movement_is_at_the_level_of_its_hold": (
        (
            "UPDATE stock_movements SET level_id = (SELECT max(id) FROM stock_levels) WHERE hold_id IN "
            "(SELECT id FROM holds WHERE reference = 'order:{placed}')"
        ),
    ),
    "stock.hold_belongs_to_an_order": (
        "UPDATE holds SET reference = 'order:99999' WHERE reference = 'order:{placed}'",
    ),
    "stock.hold_follows_its_order": ("UPDATE holds SET state = 'held' WHERE reference = 'order:{placed}'",),
    "stock.parcel_has_its_own_stock": ("UPDATE holds SET state = 'allocated' WHERE reference = 'order:{shipped}'",),
    "stock.ledgers_are_locked": ("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only",),
    # payments
    "payments.amount_is_the_total": (
        "UPDATE payments SET amount_minor = 1, captured_minor = 1 WHERE order_id = {placed}",
    ),
    "payments.status_tells_capture": ("UPDATE payments SET captured_minor = 0 WHERE order_id = {placed}",),
    "payments.placed_is_paid_or_promised": ("DELETE FROM payments WHERE order_id = {placed}",),
    "payments.captured_once": (
        (
            "INSERT INTO payments (order_id, attempt, provider, external_id, idempotency_key, currency, amount_minor, "
            "captured_minor, status, created_at, updated_at) SELECT order_id, 2, provider, 'again', 'again', currency, "
            "amount_minor, amount_minor, 'captured', now(), now() FROM payments WHERE order_id = {placed}"
        ),
    ),
    "payments.captures_are_kept": ("UPDATE payments SET offline = true WHERE order_id = {placed}",),
    "payments.kept_money_has_an_order": (
        "UPDATE orders SET status = 'cancelled', payment_status = 'none' WHERE id = {placed}",
    ),
    "payments.order_tells_what_was_paid": ("UPDATE orders SET payment_status = 'refunded' WHERE id = {placed}",),
    "payments.bank_agrees": (
        (
            "UPDATE test_bank_payments SET status = 'declined' WHERE id = "
            "(SELECT external_id FROM payments WHERE order_id = {placed})"
        ),
    ),
    "payments.bank_is_not_ahead": (
        (
            "UPDATE test_bank_payments SET created_at = now() - interval '1 hour' WHERE id = "
            "(SELECT external_id FROM payments WHERE order_id = {placed})"
        ),
        "UPDATE payments SET status = 'processing', captured_minor = 0 WHERE order_id = {placed}",
    ),
    "payments.notifications_are_read": (
        (
            "INSERT INTO payment_events (provider, event_id, kind, external_id, payload, received_at) "
            "VALUES ('test', 'evt', 'payment.succeeded', 'x', '{{}}', now() - interval '1 hour')"
        ),
    ),
    # refunds
    "refunds.within_what_was_captured": ("UPDATE refunds SET amount_minor = amount_minor * 2",),
    "refunds.sum_is_kept": ("UPDATE payments SET refunded_minor = 1 WHERE order_id = {placed}",),
    "refunds.credit_is_kept": ("UPDATE orders SET credited_minor = 1 WHERE id = {placed}",),
    "refunds.lines_within_their_refund": (
        (
            "INSERT INTO refund_lines (refund_id, order_line_id, quantity, amount_minor) "
            "SELECT r.id, (SELECT min(id) FROM order_lines), 1, r.amount_minor + 1 FROM refunds r"
        ),
    ),
    "refunds.currency_is_the_payments": ("UPDATE refunds SET currency = 'USD'",),
    "refunds.bank_agrees": ("UPDATE test_bank_refunds SET status = 'failed'",),
    "refunds.restocked_as_promised": ("UPDATE holds SET state = 'shipped' WHERE reference = 'order:{returned}'",),
    "refunds.settled_within_an_hour": (
        "UPDATE refunds SET status = 'requested', created_at = now() - interval '2 hours'",
    ),
    "refunds.failure_was_followed_up": ("UPDATE refunds SET status = 'failed'",),
    # catalog
    "catalog.product_prices_follow_prices": ("UPDATE product_prices SET low_minor = low_minor + 1",),
    "catalog.variant_availability_follows_stock": ("UPDATE variants SET available = NOT available",),
    "catalog.product_availability_follows_variants": ("UPDATE products SET available = NOT available",),
    "catalog.variant_has_a_value_on_each_axis": ("UPDATE variants SET option_key = '0' || id",),
    "catalog.everything_on_sale_has_a_price": ("DELETE FROM prices",),
    "catalog.everything_on_sale_is_counted": ("DELETE FROM variant_items",),
    # to order
    "to_order.blank_availability_follows_stock": ("UPDATE blanks SET stock_left = 1",),
    "to_order.product_availability_follows_choices": (
        "UPDATE products SET available = NOT available WHERE made_to_order",
    ),
    "to_order.graph_names_values_of_its_product": ("UPDATE choice_overrides SET option_key = '999999'",),
    "to_order.variant_is_a_choice_that_is_made": (
        (
            "INSERT INTO choice_overrides (product_id, option_key, blocked) "
            "SELECT product_id, option_key, true FROM variants WHERE sku LIKE 'TEE-FOX-%'"
        ),
    ),
    "to_order.variant_takes_the_blanks_of_its_choice": ("UPDATE blanks SET quantity = quantity + 1",),
    "to_order.variant_costs_what_its_choice_says": ("UPDATE option_value_prices SET delta_minor = delta_minor + 1",),
    "to_order.price_range_follows_the_graph": (
        "UPDATE product_prices SET high_minor = high_minor + 1 "
        "WHERE product_id IN (SELECT id FROM products WHERE made_to_order)",
    ),
    "to_order.kit_takes_what_is_in_it": ("UPDATE kit_parts SET quantity = quantity + 1",),
    "to_order.kit_holds_no_kit": (
        "INSERT INTO kit_parts (kit_id, part_id) SELECT part_id, (SELECT min(id) FROM variants) FROM kit_parts",
    ),
    "to_order.kit_holds_what_is_there": (
        "UPDATE variants SET deleted_at = now() WHERE id IN (SELECT part_id FROM kit_parts)",
    ),
    "to_order.something_can_be_chosen": ("DELETE FROM base_prices",),
    "to_order.every_value_goes_with_something": (
        (
            "INSERT INTO option_exclusions (product_id, value_id, other_value_id) "
            "SELECT o.product_id, fox.id, ov.id FROM option_values fox, option_values ov JOIN options o "
            "ON o.id = ov.option_id WHERE fox.value = 'Fox' AND o.name = 'Colour'"
        ),
    ),
    # listing
    "listing.sets_follow_products": ("DELETE FROM facet_queue",),
    "listing.prices_follow_products": ("DELETE FROM facet_queue",),
    "listing.orders_follow_collections": (
        "INSERT INTO collections (handle, title) VALUES ('shelf', 'Shelf')",
        "INSERT INTO collection_products (collection_id, product_id, position) SELECT c.id, p.id, 0 "
        "FROM collections c, products p",
    ),
    # messages
    "messages.placed_order_has_one_receipt": (
        "DELETE FROM messages WHERE kind = 'receipt' AND subject_ref = 'order:{placed}'",
    ),
    "messages.shipped_order_has_one_notice": (
        (
            "INSERT INTO messages (dedupe_key, kind, subject_ref, recipient, subject, html, text, locale, created_at) "
            "VALUES ('again', 'shipped', 'order:{shipped}', 'a@example.com', '', '', '', 'en', now())"
        ),
    ),
    "messages.expired_order_has_one_notice": ("DELETE FROM messages WHERE kind = 'expired'",),
    "messages.cancelled_order_has_one_notice": ("DELETE FROM messages WHERE kind = 'cancelled'",),
    "messages.sent_has_its_moment": ("UPDATE messages SET status = 'sent', sent_at = NULL",),
    "messages.failed": ("UPDATE messages SET status = 'failed'",),
    "messages.queued_for_long": ("UPDATE messages SET created_at = now() - interval '1 hour'",),
    # outbox
    "outbox.ended_once": ("UPDATE outbox SET done_at = now(), parked_at = now()",),
    "outbox.parked": ("UPDATE outbox SET parked_at = now() WHERE done_at IS NULL",),
    "outbox.overdue": (
        "UPDATE outbox SET done_at = NULL, available_at = now() - interval '1 hour' WHERE parked_at IS NULL",
    ),
}


def found(report):
    return {finding.check for finding in (*report.violations, *report.warnings)}


def test_a_shop_where_all_went_well_is_clean(world):
    report = audit()
    assert [finding.as_dict() for finding in report.violations] == []
    assert [finding.as_dict() for finding in report.warnings] == []


def test_every_check_has_a_corruption_of_its_own():
    assert {check.name for check in all_checks()} == set(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_corrupted_ledger_is_seen_by_its_check(world, break_it, name):
    ids = {**vars(world), "level": "(SELECT min(id) FROM stock_levels)"}
    break_it(*(statement.format(**ids) for statement in BREAKS[name]))
    report = audit()
    assert name in found(report)
    kinds = {check.name: check.is_warning for check in report.checks}
    assert (name in {finding.check for finding in report.warnings}) == kinds[name]


def test_a_receipt_that_waits_in_the_outbox_is_not_missing_yet(world, break_it):
    break_it(
        "DELETE FROM messages WHERE kind = 'receipt'",
        "UPDATE outbox SET done_at = NULL WHERE task = 'notifications.send_receipt'",
    )
    assert "messages.placed_order_has_one_receipt" not in found(audit())


def test_what_staff_counted_away_is_no_overselling(world):
    """Ten are promised, staff find that only two lie there: that is bad luck, not a broken ledger."""
    level = session.execute(text("SELECT min(id) FROM stock_levels")).scalar_one()
    inventory.adjust(level, set_to=0, reason="flood", actor="staff:1")
    assert audit().violations == ()
