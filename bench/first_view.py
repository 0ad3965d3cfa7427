"""What a visitor's first view of a page weighs, as a browser counts it: bytes over the wire of what can be seen."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]

# Telephone and desk, in CSS pixels with the pixels behind each.
SCREENS = {"390 px, 2x": (390, 844, 2), "1280 px": (1280, 900, 1)}

_IN_VIEW = """
() => [...document.images]
  .filter(image => { const box = image.getBoundingClientRect();
                     return box.width && box.top < innerHeight && box.bottom > 0 })
  .map(image => image.currentSrc)
"""


@dataclass(frozen=True)
class FirstView:
    """Bytes of everything seen before anybody scrolls, and of the first picture alone."""

    total: int
    first_image: int
    images: int


@contextmanager
def browser() -> Iterator[Any]:
    """Lend a browser, or `None` where there is none."""
    path = shutil.which("chromium")
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


def weigh(browser: Any, url: str, screen: str) -> FirstView:
    """Open a page with an empty cache and add up what its first view took."""
    width, height, scale = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def answered(told: dict[str, Any]) -> None:
        urls[told["requestId"]] = told["response"]["url"]
        kinds[told["requestId"]] = told["type"]

    def finished(told: dict[str, Any]) -> None:
        sizes[told["requestId"]] = int(told["encodedDataLength"])

    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", finished)
    page.goto(url, wait_until="networkidle")
    seen = page.evaluate(_IN_VIEW)
    by_url = {urls[one]: size for one, size in sizes.items() if one in urls}
    rest = sum(size for one, size in sizes.items() if kinds.get(one) in ("Document", "Stylesheet", "Script", "Font"))
    context.close()
    pictures = [by_url.get(one, 0) for one in dict.fromkeys(seen)]
    return FirstView(total=rest + sum(pictures), first_image=pictures[0] if pictures else 0, images=len(pictures))
