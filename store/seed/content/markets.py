"""A second market with prices of its own, a sale that is running, and a price for several pieces."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from store.catalog.pricing import PriceRow, set_base_price, set_prices
from store.core.clock import now
from store.core.db import session
from store.pricing.suggesting import convert, reduce
from store.seed.content import shop
from store.shipping.models import ShippingMethod
from store.shop.models import Market, PriceList

CODE = "ch"
CURRENCY = "CHF"
_RATE, _ENDING = "0.94", ".90"

# On sale for three weeks; the moth mug also costs less by the half dozen.
_ON_SALE = ("moth-garden-tee", "night-garden-candle", "watchful-eye-tote")
_BY_THE_HALF_DOZEN, _PIECES = "moth-mug", 6
_OFF = 20

_SOLD = text("""
    SELECT p.handle, v.id, pr.amount_minor FROM products p JOIN variants v ON v.product_id = p.id
      JOIN prices pr ON pr.variant_id = v.id AND pr.currency = :currency AND pr.price_list_id IS NULL
       AND pr.min_qty = 1
     WHERE v.deleted_at IS NULL AND NOT p.made_to_order ORDER BY v.id
""")

_MADE_TO_ORDER = text("""
    SELECT product_id, amount_minor FROM base_prices WHERE currency = :currency AND price_list_id IS NULL
     ORDER BY product_id
""")
# What a value costs on top is rounded to whole francs.
_ON_TOP = text("""
    INSERT INTO option_value_prices (value_id, currency, delta_minor)
    SELECT value_id, :target, round(delta_minor * CAST(:rate AS numeric), -2)
      FROM option_value_prices WHERE currency = :currency
    ON CONFLICT DO NOTHING
""")

_LONG_THE_SAME = text("""
    UPDATE prices SET since = CASE WHEN compare_at_minor > amount_minor THEN CAST(:lowered AS timestamptz)
                                   ELSE CAST(:then AS timestamptz) END
""")
_WERE_HIGHER = text("""
    INSERT INTO price_history (variant_id, currency, price_list_id, amount_minor, began_at, recorded_at)
    SELECT variant_id, currency, price_list_id, compare_at_minor, CAST(:then AS timestamptz), since
      FROM prices WHERE compare_at_minor > amount_minor AND min_qty = 1
""")


def open_market() -> None:
    """Open Switzerland beside Europe; does nothing where it is open already."""
    made = session.execute(
        insert(Market)
        .values(
            code=CODE,
            name="Switzerland",
            prefix=CODE,
            currency=CURRENCY,
            locale=shop.LOCALE,
            countries=["CH", "LI"],
            price_ending=_ENDING,
            exchange_rate=Decimal(_RATE),
        )
        .on_conflict_do_nothing()
        .returning(Market.id)
    ).all()
    if not made:
        return
    session.execute(
        insert(ShippingMethod)
        .values(
            code="standard-ch",
            name="Standard",
            description="By post",
            currency=CURRENCY,
            price_minor=790,
            free_from_minor=9000,
            min_days=3,
            max_days=5,
            position=10,
            countries=["CH", "LI"],
        )
        .on_conflict_do_nothing()
    )
    sale_id = session.execute(
        insert(PriceList)
        .values(
            code="night-sale",
            name="Night garden sale",
            kind="sale",
            status="active",
            starts_at=now() - timedelta(days=1),
            ends_at=now() + timedelta(days=20),
        )
        .returning(PriceList.id)
    ).scalar_one()
    rows, rate = [], Decimal(_RATE)
    for handle, variant_id, amount in session.execute(_SOLD, {"currency": shop.CURRENCY}):
        swiss = convert(amount, shop.CURRENCY, CURRENCY, rate, _ENDING)
        rows.append(PriceRow(variant_id, CURRENCY, swiss))
        if handle in _ON_SALE:
            off = Decimal(_OFF)
            rows.append(PriceRow(variant_id, shop.CURRENCY, reduce(amount, off, shop.CURRENCY), list_id=sale_id))
            rows.append(PriceRow(variant_id, CURRENCY, reduce(swiss, off, CURRENCY, _ENDING), list_id=sale_id))
        if handle == _BY_THE_HALF_DOZEN:
            for currency, one, ending in ((shop.CURRENCY, amount, ""), (CURRENCY, swiss, _ENDING)):
                rows.append(PriceRow(variant_id, currency, reduce(one, Decimal(15), currency, ending), min_qty=_PIECES))
    set_prices(rows)
    session.execute(_ON_TOP, {"currency": shop.CURRENCY, "target": CURRENCY, "rate": rate})
    for product_id, amount in session.execute(_MADE_TO_ORDER, {"currency": shop.CURRENCY}).all():
        set_base_price(product_id, CURRENCY, convert(amount, shop.CURRENCY, CURRENCY, rate, _ENDING), None, None)
    # The demo shop has sold for a season, and lowered some prices last week: there are earlier prices to name.
    season = {"then": now() - timedelta(days=90), "lowered": now() - timedelta(days=7)}
    session.execute(text("UPDATE price_lists SET since = :then"), season)
    session.execute(_LONG_THE_SAME, season)
    session.execute(_WERE_HIGHER, season)
