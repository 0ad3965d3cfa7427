"""A shop whose orders are paid at the test bank."""

import pytest

from store.audit.report import audit
from tests.factories import shop as shops


@pytest.fixture(autouse=True)
def shop(db, app) -> None:
    shops.make_shop()


@pytest.fixture
def violations():
    """A function that audits the ledgers and returns what it found."""
    return lambda: [finding.as_dict() for finding in audit().violations]
