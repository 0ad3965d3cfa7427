"""A browser tells that a product was looked at: one in ten, once a page."""

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


def test_one_browser_in_ten_tells_and_the_shop_counts_it_for_ten(shop: LiveShop, new_context) -> None:
    valkey = redis.Redis.from_url(shop.redis_url, decode_responses=True)
    before = sum(int(valkey.hget(key, "moth-garden-tee") or 0) for key in valkey.keys("*:views"))
    assert told(new_context, shop, 0.5) == []
    assert told(new_context, shop, 0.05) == ["POST /-/views/moth-garden-tee"]
    after = sum(int(valkey.hget(key, "moth-garden-tee") or 0) for key in valkey.keys("*:views"))
    assert after - before == WEIGHT
