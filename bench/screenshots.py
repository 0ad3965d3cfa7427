"""Photographs every page of a running shop: 390 and 1280 px wide, light and dark.

.venv/bin/python bench/screenshots.py http://127.0.0.1:8000 screenshots/ [part of a page's name ...]
"""

import argparse
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = {390: 844, 1280: 900}
SCHEMES = ("light", "dark")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("shop")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("only", nargs="*")
    arguments.add_argument("--width", type=int, choices=WIDTHS)
    arguments.add_argument("--scheme", choices=SCHEMES)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    shop = given.shop.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        pages = dict(find_pages(browser, shop))
        if given.only:
            pages = {name: path for name, path in pages.items() if any(part in name for part in given.only)}
        for width in [given.width] if given.width else WIDTHS:
            for scheme in [given.scheme] if given.scheme else SCHEMES:
                photograph(browser, shop, pages, given.folder, width, scheme)
        browser.close()


def find_pages(browser: Browser, shop: str) -> Iterator[tuple[str, str]]:
    """Yield the name and path of every page worth a look, found by walking the shop as a visitor does."""
    page = browser.new_page()
    yield "home", "/"
    yield "everything", "/collections/all"
    yield "everything-2", "/collections/all?page=2&sort=title"
    yield "search", "/search?q=a"
    yield "search-empty", "/search?q=zzzz"
    yield "not-found", "/products/there-is-no-such-thing"
    page.goto(shop)
    links = {a.get_attribute("href") or "" for a in page.locator("a[href]").all()}
    for path in sorted(links):
        if re.match(r"/(pages|policies)/", path) or re.fullmatch(r"/collections/(?!all)[a-z0-9-]+", path):
            yield path.strip("/").replace("/", "-"), path
    page.goto(f"{shop}/collections/all")
    products = [a.get_attribute("href") or "" for a in page.locator(".card__link").all()]
    kinds = ("options", "plain", "sold-out", "sold-out-choice", "impossible")
    wanted: dict[str, str | None] = dict.fromkeys(kinds)
    for path in products:
        page.goto(shop + path)
        found = None
        if page.locator(".option").count() == 0:
            found = "plain" if page.locator("#add-to-cart:enabled").count() else "sold-out"
        elif page.locator("#add-to-cart:enabled").count():
            found = "options"
            for state, name in (("sold-out", "sold-out-choice"), ("impossible", "impossible")):
                radio = page.locator(f".option--{state} input")
                if wanted[name] is None and radio.count():
                    field, value = radio.first.get_attribute("name"), radio.first.get_attribute("value")
                    wanted[name] = path
                    yield (
                        f"product-{name}",
                        f"{path}?{field}={value}"
                        + "".join(
                            f"&{r.get_attribute('name')}={r.get_attribute('value')}"
                            for r in page.locator(f".option input:checked:not([name='{field}'])").all()
                        ),
                    )
        if found and wanted[found] is None:
            wanted[found] = path
            yield f"product-{found}", path
        if all(wanted.values()):
            break
    yield "cart-empty", "/cart"
    page.close()


def photograph(browser: Browser, shop: str, pages: dict[str, str], folder: Path, width: int, scheme: str) -> None:
    """Save one picture of each page, whole."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    for name, path in pages.items():
        page.goto(shop + path, wait_until="load")
        wake_lazy_pictures(page)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    context.close()


def wake_lazy_pictures(page: Page) -> None:
    """Load the pictures below the fold too, as scrolling down to them would."""
    page.evaluate(
        """async () => {
          for (const image of document.images) image.loading = 'eager';
          const loaded = [...document.images].filter(image => image.getClientRects().length)
            .map(image => image.decode().catch(() => {}));
          await Promise.race([Promise.all(loaded), new Promise(done => setTimeout(done, 5000))]);
        }"""
    )


if __name__ == "__main__":
    main()
