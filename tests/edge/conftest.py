"""A zone of Cloudflare in front of the shop."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from store.core.db import run, session
from store.edge import services, zone
from store.edge.cloudflare import Cloudflare
from tests.factories.catalog import forget
from tests.factories.shop import make_shop
from tests.standins.cloudflare import TOKEN, ZONE, CloudflareStandIn


def moment() -> float:
    """The seconds of the test's clock, looked up when asked."""
    return time.time()


@pytest.fixture
def standin() -> Iterator[CloudflareStandIn]:
    made = CloudflareStandIn(clock=moment)
    yield made
    made.close()


@pytest.fixture
def cloudflare(standin, app) -> Iterator[Cloudflare]:
    """The shop knows its zone, and its pages say so."""
    made = Cloudflare(standin.url, ZONE, TOKEN)
    zone.use(made)
    app.config["EDGE_IS_PURGED"] = True
    yield made
    app.config["EDGE_IS_PURGED"] = False
    zone.use(None)


@pytest.fixture
def shop(db) -> None:
    make_shop()
    nothing_noted()


@pytest.fixture
def purge(cloudflare, clock) -> Callable[[], int]:
    """Let the job run at once, and again when all has settled."""

    def work() -> int:
        made = services.purge_changes(cloudflare)
        clock.shift(timedelta(seconds=11))
        return made + services.purge_changes(cloudflare)

    return work


def nothing_noted() -> None:
    """Begin here: what made the scene is no change."""
    forget()
    run("DELETE FROM edge_changes")
    session.commit()


def noted() -> set[str]:
    """Return the tags that wait."""
    return {row.tag for row in run("SELECT DISTINCT tag FROM edge_changes")}
