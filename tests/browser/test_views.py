"""A browser tells that a product was looked at: one in ten, once a page."""

import time
from collections.abc import Callable

import pytest
import redis
from playwright.sync_api import BrowserContext, Request

from store.edge.views import WEIGHT
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

PATH = "/products/moth-garden-tee"


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


def told(new_context: Callable[..., BrowserContext], shop: LiveShop, chance: float) -> list[str]:
    """Look at a product, with this number for luck; return what the browser told."""
    context = new_context()
    context.add_init_script(f"Math.random = () => {chance}")
    page = context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/-/views/" in request.url:
            asked.append(f"{request.method} {request.url.removeprefix(shop.url)}")

    page.on("request", note)
    page.goto(shop.url + PATH)
    page.wait_for_load_state("networkidle")
    return asked


def counted(shop: LiveShop, handle: str) -> int:
    """Return what was counted so far: what waits in Valkey, and what has been folded into the database since."""
    valkey = redis.Redis.from_url(shop.redis_url, decode_responses=True)
    waiting = sum(int(valkey.hget(key, handle) or 0) for key in valkey.keys("*:views"))
    folded = shop.query(
        "SELECT t.score FROM product_tiers t JOIN products p ON p.id = t.product_id WHERE p.handle = %s", handle
    )
    return waiting + round(sum(score for (score,) in folded))


def test_one_browser_in_ten_tells_and_the_shop_counts_it_for_ten(shop: LiveShop, new_context) -> None:
    before = counted(shop, "moth-garden-tee")
    assert told(new_context, shop, 0.5) == []
    assert told(new_context, shop, 0.05) == ["POST /-/views/moth-garden-tee"]
    # A beacon is sent when the browser has nothing better to do, and no page waits for its answer.
    deadline = time.monotonic() + 10
    while (after := counted(shop, "moth-garden-tee")) == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert after - before == WEIGHT
