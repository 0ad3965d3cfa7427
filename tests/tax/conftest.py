"""A shop in Austria, its rates, and the register of VAT ids."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from store.core.db import transaction
from store.tax import services, vies
from tests.factories.shop import make_shop
from tests.standins.vies import ViesStandIn


@pytest.fixture
def register() -> Iterator[ViesStandIn]:
    made = ViesStandIn()
    vies.use(vies.Vies(made.url))
    yield made
    vies.use(None)
    made.close()


@pytest.fixture
def shop(db) -> None:
    make_shop()
    with transaction():
        for country, tax_class, rate in (
            ("AT", "reduced", "0.10"),
            ("DE", "standard", "0.19"),
            ("DE", "reduced", "0.07"),
        ):
            services.begin_rate(country, tax_class, Decimal(rate), valid_from=date(2020, 1, 1))
