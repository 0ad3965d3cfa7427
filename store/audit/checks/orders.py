"""Orders: their sums, what they hold, and that their story agrees with their state."""

from store.audit.registry import check, warning

# How many units of a line have left in parcels.
_SENT = """
    coalesce((SELECT sum(fl.quantity) FROM fulfilment_lines fl JOIN fulfilments f ON f.id = fl.fulfilment_id
               WHERE fl.order_line_id = l.id AND f.status IN ('shipped', 'delivered')), 0)
"""

# What of the delivery bears which rate; orders of before that was kept bear one.
_SHIPPING_SHARES = """
    SELECT o.id, o.tax_rounding, o.shipping_minor, o.shipping_tax_minor, o.shipping_tax_rate,
           (one->>0)::numeric AS rate, (one->>1)::bigint AS amount, (one->>2)::bigint AS tax
      FROM orders o CROSS JOIN LATERAL jsonb_array_elements(
           CASE WHEN o.shipping_taxes = '[]'
                THEN jsonb_build_array(jsonb_build_array(o.shipping_tax_rate::text, o.shipping_minor,
                                                         o.shipping_tax_minor))
                ELSE o.shipping_taxes END) AS one
"""


def _needs(units: str) -> str:
    """How much of each counted item `units` of each line `l` take."""
    return f"""
        SELECT l.order_id, vi.item_id, sum(({units}) * vi.quantity) AS wanted
          FROM order_lines l
          JOIN variant_items vi ON vi.variant_id = l.variant_id
          JOIN inventory_items i ON i.id = vi.item_id AND i.tracked
         GROUP BY l.order_id, vi.item_id
    """


def _holds(*states: str) -> str:
    quoted = ", ".join(f"'{state}'" for state in states)
    return f"""
        SELECT substr(h.reference, 7)::bigint AS order_id, s.item_id, sum(h.quantity) AS holding
          FROM holds h JOIN stock_levels s ON s.id = h.level_id
         WHERE h.reference ~ '^order:[0-9]+$' AND h.state IN ({quoted})
         GROUP BY 1, 2
    """


def _holds_differ(orders_where: str, units: str, *states: str) -> str:
    return f"""
        SELECT 'order:' || o.id AS subject, item_id, coalesce(n.wanted, 0) AS wanted, coalesce(h.holding, 0) AS holding
          FROM ({_needs(units)}) n
          FULL JOIN ({_holds(*states)}) h USING (order_id, item_id)
          JOIN orders o ON o.id = order_id
         WHERE {orders_where} AND coalesce(n.wanted, 0) <> coalesce(h.holding, 0)
    """


@check
def lines_add_up() -> str:
    """An order's subtotal is the sum of its lines."""
    return """
        SELECT 'order:' || order_id AS subject, number, subtotal_minor, lines_minor
          FROM audit_orders WHERE subtotal_minor <> lines_minor
    """


@check
def total_adds_up() -> str:
    """An order's total is its subtotal and its delivery."""
    return """
        SELECT 'order:' || order_id AS subject, number, total_minor, subtotal_minor, shipping_minor
          FROM audit_orders WHERE total_minor <> subtotal_minor + shipping_minor
    """


@check
def tax_adds_up() -> str:
    """An order's tax is that of its lines and its delivery."""
    return """
        SELECT 'order:' || order_id AS subject, number, tax_minor, lines_tax_minor, shipping_tax_minor
          FROM audit_orders WHERE tax_minor <> lines_tax_minor + shipping_tax_minor
    """


@check
def line_is_unit_times_quantity() -> str:
    """A line's total is its unit price times its quantity, less what was taken off."""
    return """
        SELECT 'order:' || o.id AS subject, l.position, l.quantity, l.unit_gross_minor, l.unit_net_minor,
               l.discount_minor, l.tax_minor, l.total_minor
          FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.total_minor <> CASE WHEN o.prices_include_tax THEN l.unit_gross_minor * l.quantity - l.discount_minor
                                     ELSE l.unit_net_minor * l.quantity - l.discount_minor + l.tax_minor END
    """


@check
def discount_is_within_base() -> str:
    """Nothing was taken off a line beyond its price."""
    return """
        SELECT 'order:' || o.id AS subject, l.position, l.discount_minor
          FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.discount_minor > l.quantity * CASE WHEN o.prices_include_tax THEN l.unit_gross_minor
                                                    ELSE l.unit_net_minor END
    """


@check
def line_tax_follows_rate() -> str:
    """A line's tax is its rate's share of its total, rounded half up once; or within a unit where rates are rounded."""
    return """
        SELECT 'order:' || l.order_id AS subject, l.position, l.total_minor, l.tax_rate, l.tax_minor
          FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE abs(l.tax_minor - (l.total_minor - round(l.total_minor / (1 + l.tax_rate))))
               > CASE WHEN o.tax_rounding = 'line' THEN 0 ELSE 1 END
    """


@check
def shipping_tax_follows_rate() -> str:
    """The tax on delivery is the share of each rate that it bears, rounded half up; together they are all of it."""
    return f"""
        WITH shares AS ({_SHIPPING_SHARES})
        SELECT 'order:' || id AS subject, rate, amount, tax FROM shares
         WHERE abs(tax - (amount - round(amount / (1 + rate)))) > CASE WHEN tax_rounding = 'line' THEN 0 ELSE 1 END
         UNION ALL
        SELECT 'order:' || id, max(rate), sum(amount), sum(tax) FROM shares
         GROUP BY id, shipping_minor, shipping_tax_minor, shipping_tax_rate
        HAVING sum(amount) <> shipping_minor OR sum(tax) <> shipping_tax_minor OR max(rate) <> shipping_tax_rate
    """


@check
def tax_of_a_rate_is_rounded_once() -> str:
    """Where the shop rounds once per rate, the tax of a rate is its share of all that bears it."""
    return f"""
        WITH shares AS ({_SHIPPING_SHARES}), bearing AS (
            SELECT l.order_id, l.tax_rate AS rate, l.total_minor AS amount, l.tax_minor AS tax FROM order_lines l
             UNION ALL SELECT id, rate, amount, tax FROM shares
        )
        SELECT 'order:' || o.id AS subject, rate, sum(amount) AS amount, sum(tax) AS tax
          FROM bearing b JOIN orders o ON o.id = b.order_id AND o.tax_rounding = 'rate'
         GROUP BY o.id, rate
        HAVING sum(tax) <> sum(amount) - round(sum(amount) / (1 + rate))
    """


@check
def untaxed_orders_bear_no_tax() -> str:
    """What goes to a business in another member state, or out of the territory, bears no tax here."""
    return """
        SELECT 'order:' || id AS subject, tax_treatment, tax_country, tax_minor, vat_checked_at FROM orders
         WHERE tax_treatment IN ('reverse_charge', 'export') AND tax_minor <> 0
            OR tax_treatment = 'reverse_charge' AND (vat_checked_at IS NULL OR coalesce(billing->>'vat_id', '') = '')
    """


@check
def has_lines() -> str:
    """Every order has something in it."""
    return """
        SELECT 'order:' || id AS subject, status FROM orders o
         WHERE status <> 'draft' AND NOT EXISTS (SELECT 1 FROM order_lines WHERE order_id = o.id)
    """


@check
def one_per_cart() -> str:
    """One cart gives at most one order."""
    return """
        SELECT 'cart:' || cart_id AS subject, count(*) AS orders, min(id) AS first_order, max(id) AS last_order
          FROM orders WHERE cart_id IS NOT NULL GROUP BY cart_id HAVING count(*) > 1
    """


@check
def placed_is_complete() -> str:
    """A placed order has its number and its moment, and no clock runs on it."""
    return """
        SELECT 'order:' || id AS subject, number, placed_at, expires_at, closed_at FROM orders
         WHERE status = 'placed'
           AND (number IS NULL OR placed_at IS NULL OR expires_at IS NOT NULL OR closed_at IS NOT NULL)
    """


@check
def number_means_placed() -> str:
    """Only an order that was placed has a number."""
    return """
        SELECT 'order:' || id AS subject, number, status FROM orders
         WHERE (number IS NULL) <> (placed_at IS NULL) OR (number IS NOT NULL AND status NOT IN ('placed', 'cancelled'))
    """


@check
def numbers_are_gapless() -> str:
    """Order numbers follow one another without a gap, and the next one is free."""
    return """
        SELECT 'series:orders' AS subject, min(o.number) AS first, max(o.number) AS last, count(o.number) AS orders,
               s.next_number
          FROM number_series s LEFT JOIN orders o ON o.number IS NOT NULL
         WHERE s.name = 'orders'
         GROUP BY s.next_number
        HAVING count(o.number) <> coalesce(max(o.number) - min(o.number) + 1, 0)
            OR s.next_number <> coalesce(max(o.number) + 1, s.next_number)
    """


@check
def pending_holds_stock() -> str:
    """An order that waits for its payment has reserved exactly what is in it."""
    return _holds_differ("o.status = 'pending'", "l.quantity", "held")


@check
def placed_holds_stock() -> str:
    """A placed order has exactly what has not left of it allocated."""
    return _holds_differ("o.status = 'placed'", f"l.quantity - l.cancelled_quantity - {_SENT}", "allocated")


@check
def fulfilled_has_shipped_stock() -> str:
    """What left in an order's parcels has left the shelf."""
    return _holds_differ("true", _SENT, "shipped", "returned")


@check
def closed_holds_nothing() -> str:
    """An order that expired or was cancelled holds no stock."""
    return f"""
        SELECT 'order:' || o.id AS subject, o.status, h.item_id, h.holding
          FROM orders o JOIN ({_holds("held", "allocated")}) h ON h.order_id = o.id
         WHERE o.status IN ('expired', 'cancelled')
    """


@check
def fulfilled_has_parcels() -> str:
    """Every unit of a fulfilled order has left in a parcel, once; of an order that has not left, none."""
    return f"""
        SELECT 'order:' || o.id AS subject, o.fulfilment_status, l.position, l.quantity, l.cancelled_quantity, s.sent
          FROM orders o
          JOIN order_lines l ON l.order_id = o.id
          CROSS JOIN LATERAL (SELECT {_SENT} AS sent) s
         WHERE s.sent > l.quantity - l.cancelled_quantity
            OR (o.fulfilment_status IN ('fulfilled', 'delivered') AND s.sent <> l.quantity - l.cancelled_quantity)
            OR (o.fulfilment_status IN ('unfulfilled', 'cancelled') AND s.sent <> 0)
    """


@check
def no_unit_is_in_two_parcels() -> str:
    """Parcels that wait and parcels that left hold no more of a line than there is of it."""
    return """
        SELECT 'order:' || l.order_id AS subject, l.position, l.quantity, l.cancelled_quantity,
               sum(fl.quantity) AS in_parcels
          FROM order_lines l
          JOIN fulfilment_lines fl ON fl.order_line_id = l.id
          JOIN fulfilments f ON f.id = fl.fulfilment_id AND f.status <> 'cancelled'
         GROUP BY l.id HAVING sum(fl.quantity) > l.quantity - l.cancelled_quantity
    """


@check
def fulfilment_tells_the_parcels() -> str:
    """How far an order has come is what its parcels say: some have left, all have, or all have arrived."""
    return f"""
        SELECT 'order:' || o.id AS subject, o.fulfilment_status, p.sent, p.left_over, p.arrived
          FROM orders o
          CROSS JOIN LATERAL (
               SELECT sum({_SENT}) AS sent, sum(l.quantity - l.cancelled_quantity - {_SENT}) AS left_over,
                      sum(l.returned_quantity) AS returned,
                      NOT EXISTS (SELECT 1 FROM fulfilments f
                                   WHERE f.order_id = o.id AND f.status = 'shipped') AS arrived
                 FROM order_lines l WHERE l.order_id = o.id) p
         WHERE o.status = 'placed'
           AND NOT CASE WHEN p.sent = 0 THEN o.fulfilment_status IN ('unfulfilled', 'cancelled')
                        WHEN p.left_over > 0 THEN o.fulfilment_status = 'partial'
                        WHEN p.returned > 0 THEN o.fulfilment_status IN ('partially_returned', 'returned')
                        ELSE o.fulfilment_status = CASE WHEN p.arrived THEN 'delivered' ELSE 'fulfilled' END END
    """


@check
def closed_has_no_parcel_waiting() -> str:
    """Nothing is packed for an order that expired or was cancelled."""
    return """
        SELECT 'fulfilment:' || f.id AS subject, f.order_id, f.status, o.status AS order_status
          FROM fulfilments f JOIN orders o ON o.id = f.order_id
         WHERE f.status IN ('pending', 'packed') AND o.status <> 'placed'
    """


@check
def parcel_holds_own_lines() -> str:
    """A parcel holds lines of its own order only."""
    return """
        SELECT 'fulfilment:' || f.id AS subject, f.order_id, l.order_id AS line_order_id
          FROM fulfilments f
          JOIN fulfilment_lines fl ON fl.fulfilment_id = f.id
          JOIN order_lines l ON l.id = fl.order_line_id
         WHERE l.order_id <> f.order_id
    """


@check
def timeline_tells_the_state() -> str:
    """An order's timeline tells how it came to where it stands."""
    return """
        SELECT 'order:' || o.id AS subject, o.status, o.fulfilment_status, wanted.kind AS missing
          FROM orders o
          JOIN LATERAL (VALUES
               ('created', o.status <> 'draft'), ('placed', o.placed_at IS NOT NULL),
               ('expired', o.status = 'expired'), ('cancelled', o.status = 'cancelled'),
               ('shipped', o.fulfilment_status IN ('partial', 'fulfilled', 'delivered')),
               ('delivered', o.fulfilment_status = 'delivered')) AS wanted (kind, applies) ON wanted.applies
         WHERE NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id
                              AND (e.kind = wanted.kind OR (wanted.kind = 'shipped' AND e.kind = 'fetched')))
    """


@warning
def expired_in_time() -> str:
    """An order that nobody paid is closed within ten minutes of its deadline."""
    return """
        SELECT 'order:' || o.id AS subject, o.expires_at FROM orders o
         WHERE o.status = 'pending' AND o.expires_at < now() - interval '10 minutes'
           AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'processing')
    """


@warning
def needs_attention() -> str:
    """No order waits for a person."""
    return "SELECT 'order:' || id AS subject, number, attention FROM orders WHERE attention <> ''"
