"""A merchant to test with."""

from decimal import Decimal

from store.catalog import cards as catalog_cards
from store.catalog import pages as catalog_pages
from store.catalog import queries as catalog_queries
from store.checkout import promise
from store.content import queries as content_queries
from store.core.db import session
from store.payments.offline import methods as offline_methods
from store.shipping import queries as shipping_queries
from store.shipping.models import ShippingMethod
from store.shop import queries
from store.shop.models import Market, Shop
from store.tax import queries as tax_queries
from store.tax.models import TaxRate
from store.web import fragments, markets


def make_shop(*, time_zone: str = "Europe/Vienna", rate: str = "0.20") -> Shop:
    """Make the shop, its default market, one tax rate and two ways of delivery."""
    shop = Shop(
        id=1,
        name="Test Shop",
        email="shop@example.com",
        currency="EUR",
        prices_include_tax=True,
        country="AT",
        time_zone=time_zone,
        locale="en",
    )
    session.add_all(
        [
            shop,
            Market(
                code="at",
                name="Austria",
                prefix="",
                currency="EUR",
                locale="en",
                countries=["AT", "DE"],
                is_default=True,
            ),
            TaxRate(country="AT", tax_class="standard", rate=Decimal(rate), name="VAT"),
            ShippingMethod(
                code="standard",
                name="Standard",
                currency="EUR",
                price_minor=490,
                free_from_minor=8000,
                min_days=2,
                max_days=4,
                position=1,
            ),
            ShippingMethod(
                code="express", name="Express", currency="EUR", price_minor=1290, min_days=1, max_days=1, position=2
            ),
        ]
    )
    session.commit()
    forget()
    return shop


def make_market(prefix: str = "de-de", *, locale: str = "en", currency: str = "EUR") -> Market:
    """Make one more market under a prefix."""
    market = Market(code=prefix, name=prefix.upper(), prefix=prefix, currency=currency, locale=locale, countries=["DE"])
    session.add(market)
    session.commit()
    forget()
    return market


def forget() -> None:
    """Empty what processes remember of the shop, which outlives a test's rows."""
    for memory in (
        queries,
        markets,
        fragments,
        catalog_queries,
        catalog_cards,
        catalog_pages,
        content_queries,
        promise,
        shipping_queries,
        tax_queries,
        offline_methods,
    ):
        memory.forget()
