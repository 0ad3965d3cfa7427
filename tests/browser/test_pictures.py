"""From a file on somebody's disk to the shop: every rendition that a page offers can be looked at."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

WIDTHS = [320, 480, 640, 960, 1280, 1920]

# What a page offers of one picture: address and promised width; the fallback promises none.
_OFFERED = """key => [...document.querySelectorAll(`.gallery__rail picture:has(img[src*="${key}"])`)].flatMap(picture => [
    ...[...picture.querySelectorAll('source')].flatMap(source => source.srcset.split(', ').map(one => {
        const [url, width] = one.split(' ');
        return [url, parseInt(width)];
    })),
    [picture.querySelector('img').getAttribute('src'), 0],
])"""
_DECODE = """async url => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
}"""


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    return shared_shop(seed=True)


@pytest.fixture
def clerk(shop: LiveShop, new_context: Callable[..., BrowserContext]) -> Page:
    """The owner, logged in."""
    page = new_context().new_page()
    page.goto(f"{shop.url}/admin/login")
    email, password = shop.staff
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")
    return page


def photograph() -> bytes:
    """A picture of 2,400 by 3,000 pixels as a camera would write it, place and maker included."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    target = io.BytesIO()
    noise = Image.effect_noise((600, 750), 40).resize((2400, 3000))
    Image.merge("RGB", (noise, noise.rotate(180), noise)).save(target, "JPEG", quality=90, exif=exif)
    return target.getvalue()


def test_an_upload_is_seen_in_every_size_and_format(shop: LiveShop, clerk: Page) -> None:
    ((product_id,),) = shop.query("SELECT id FROM products WHERE handle = 'moth-mug'")
    clerk.goto(f"{shop.url}/admin/products/{product_id}")
    clerk.set_input_files(
        "#pictures input[type=file]", {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    clerk.fill("#pictures input[name=alt]:not([id^=alt-])", "The mug by the window")
    clerk.click("#pictures form[enctype] button[type=submit]")
    ((key,),) = shop.wait_for(
        "SELECT key FROM images WHERE width = 2400 AND 'avif' = ANY(formats) ORDER BY id DESC", seconds=60
    )
    clerk.goto(f"{shop.url}/products/moth-mug")
    offered = clerk.evaluate(_OFFERED, key)
    assert [width for _url, width in offered] == [*WIDTHS, *WIDTHS, 0]
    assert [url.rpartition(".")[2] for url, _width in offered] == ["avif"] * 6 + ["webp"] * 6 + ["jpg"]
    for url, width in offered:
        decoded = clerk.evaluate(_DECODE, url)
        assert decoded == [width or 640, round((width or 640) * 1.25)], url
        body = clerk.request.get(shop.url + url).body()
        assert b"Camera of Ana" not in body
