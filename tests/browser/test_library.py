"""The media library under somebody's hands: files dropped on it, a point pressed, a file in the place of another."""

import base64
import io
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]

_DROP = """files => {
  const carried = new DataTransfer();
  for (const [name, type, body] of files)
    carried.items.add(new File([Uint8Array.from(atob(body), c => c.charCodeAt(0))], name, { type }));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


def log_in(page: Page, shop: LiveShop) -> Page:
    page.goto(f"{shop.url}/admin/login")
    email, password = shop.staff
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")
    return page


def picture(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (700, 500), colour).save(target, "PNG")
    return target.getvalue()


def archive(*colours: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for colour in colours:
            made.writestr(f"{colour}.png", picture(colour))
    return target.getvalue()


def test_files_and_a_zip_dropped_on_the_library_become_pictures(
    shop: LiveShop, new_context: Window, complaints: Complaints
) -> None:
    page = log_in(new_context().new_page(), shop)
    page.goto(f"{shop.url}/admin/media/?q=zebra")
    dropped = [
        ["zebra-one.png", "image/png", picture("crimson")],
        ["zebra-page.jpg", "image/jpeg", b"<!doctype html>"],
        ["zebras.zip", "application/zip", archive("teal", "olive")],
    ]
    page.evaluate(_DROP, [[name, kind, base64.b64encode(body).decode()] for name, kind, body in dropped])
    arriving = page.locator("#arriving")
    expect(arriving.locator(".library__link")).to_have_count(1, timeout=20_000)
    expect(arriving.get_by_text("This is a web page, whatever its name says.")).to_be_visible(timeout=20_000)
    expect(arriving.get_by_text("Unpacked.")).to_be_visible(timeout=20_000)
    page.goto(f"{shop.url}/admin/media/?q=olive.png")
    for _again in range(20):
        if page.locator(".library__item img").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".library .library__link")).to_have_count(1)
    assert page.locator(".library__item img").first.evaluate(
        "image => image.decode().then(() => image.naturalWidth > 0)"
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_point_is_pressed_on_the_picture_and_the_shop_keeps_it_in_sight(
    shop: LiveShop, new_context: Window, scripts: bool
) -> None:
    page = log_in(new_context(java_script_enabled=scripts).new_page(), shop)
    ((image_id, handle),) = shop.query(
        "SELECT pi.image_id, p.handle FROM product_images pi JOIN products p ON p.id = pi.product_id "
        "WHERE NOT p.made_to_order AND pi.position = 0 ORDER BY p.id LIMIT 1"
    )
    page.goto(f"{shop.url}/admin/media/{image_id}")
    box = page.locator(".focal__grid").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.1)
    crop = page.locator(".focal__crop--wide img").last
    if scripts:
        assert crop.evaluate("image => getComputedStyle(image).objectPosition") == "100% 0%"
    page.click(".focal__words button")
    assert shop.query("SELECT focal_x, focal_y FROM images WHERE id = %s", image_id) == [(100, 0)]
    page.goto(f"{shop.url}/products/{handle}")
    expect(page.locator("main img.focal-x-4.focal-y-0").first).to_be_attached()
    shop.query("UPDATE images SET focal_x = 50, focal_y = 50 WHERE id = %s", image_id)


def test_a_file_takes_the_place_of_a_picture_in_the_shop(
    shop: LiveShop, new_context: Window, complaints: Complaints
) -> None:
    page = log_in(new_context().new_page(), shop)
    ((image_id, handle, key),) = shop.query(
        "SELECT i.id, p.handle, i.key FROM product_images pi JOIN products p ON p.id = pi.product_id "
        "JOIN images i ON i.id = pi.image_id WHERE NOT p.made_to_order AND pi.position = 0 ORDER BY p.id DESC LIMIT 1"
    )
    page.goto(f"{shop.url}/admin/media/{image_id}")
    page.set_input_files("#file", [{"name": "new.png", "mimeType": "image/png", "buffer": picture("indigo")}])
    page.click("#replacement button[type=submit]")
    expect(page.get_by_text("In its place.")).to_be_visible(timeout=20_000)
    ((now,),) = shop.query("SELECT key FROM images WHERE id = %s", image_id)
    assert now != key
    page.goto(f"{shop.url}/products/{handle}")
    main = page.locator(f'main img[src*="{now}"]').first
    assert main.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    assert page.request.get(f"{shop.url}/media/{key}-480.webp").status == 200
