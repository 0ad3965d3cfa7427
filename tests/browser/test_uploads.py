"""Files that a browser with a script sends one by one: through the shop, or past it into a bucket."""

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop
from tests.standins.bucket import BucketServer

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def bucket() -> Iterator[BucketServer]:
    server = BucketServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop], bucket: BucketServer) -> LiveShop:
    """A shop that keeps its pictures in a bucket."""
    shop = shared_shop(seed=True, **bucket.environment)
    bucket.origin = shop.url
    shop.query(
        "INSERT INTO products (handle, title, status, created_at, updated_at) "
        "VALUES ('plain-mug', 'Plain mug', 'draft', now(), now())"
    )
    return shop


@pytest.fixture
def page_of_product(shop: LiveShop) -> str:
    """Where a product without a picture is edited."""
    start_afresh(shop)
    ((product_id,),) = shop.query("SELECT id FROM products WHERE handle = 'plain-mug'")
    return f"{shop.url}/admin/products/{product_id}"


@pytest.fixture
def clerk(shop: LiveShop, new_context: Window, page_of_product: str) -> Page:
    page = new_context().new_page()
    log_in(page, shop)
    page.goto(page_of_product)
    return page


def log_in(page: Page, shop: LiveShop) -> None:
    page.goto(f"{shop.url}/admin/login")
    email, password = shop.staff
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")


def file(name: str, body: bytes, kind: str = "image/jpeg") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": body}


def photograph(width: int, height: int = 700) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, height), 70).convert("RGB").save(target, "JPEG")
    return target.getvalue()


def choose(page: Page, *files: dict[str, object]) -> None:
    page.set_input_files("#pictures input[type=file]", list(files))
    page.click("#pictures form[enctype] button[type=submit]")


def widths(shop: LiveShop) -> list[int]:
    rows = "SELECT i.width FROM product_images p JOIN images i ON i.id = p.image_id JOIN products x ON x.id = p.product_id WHERE x.handle = 'plain-mug' ORDER BY p.position"
    return [width for (width,) in shop.query(rows)]


def start_afresh(shop: LiveShop) -> None:
    shop.query("DELETE FROM product_images WHERE product_id = (SELECT id FROM products WHERE handle = 'plain-mug')")
    shop.query("DELETE FROM uploads")


def test_files_go_past_the_shop_into_the_bucket_and_hang_in_order(
    shop: LiveShop, bucket: BucketServer, clerk: Page
) -> None:
    page = clerk
    page.fill("#product-form [name=title]", "A title that nobody has saved yet")
    bucket.forms.clear()
    choose(page, file("a.jpg", photograph(900)), file("b.jpg", photograph(500)), file("page.jpg", b"<html><script>"))
    expect(page.locator("#product-pictures .frame")).to_have_count(2, timeout=30_000)
    expect(page.locator(".desk-upload")).to_contain_text("This is a web page, whatever its name says.")
    assert len(bucket.forms) == 3
    assert bucket.refused == []
    assert widths(shop) == [900, 500]
    # Nothing of what was typed is lost, for the page has not been loaded again.
    assert page.input_value("#product-form [name=title]") == "A title that nobody has saved yet"
    page.click(".desk-upload button[type=submit]")
    expect(page.locator(".desk-upload")).to_have_count(0)
    shop.settle()
    assert bucket.names("incoming/") == []
    assert shop.query("SELECT count(*) FROM uploads WHERE state = 'refused'") == [(0,)]


def test_a_store_that_is_away_is_told_and_the_upload_resumes(
    shop: LiveShop, bucket: BucketServer, clerk: Page, complaints: Complaints
) -> None:
    complaints.expect("503")
    bucket.away = True
    choose(clerk, file("c.jpg", photograph(640)))
    expect(clerk.locator(".desk-upload")).to_contain_text("does not answer", timeout=20_000)
    bucket.away = False
    expect(clerk.locator("#product-pictures .frame")).to_have_count(1, timeout=60_000)
    assert widths(shop) == [640]


def test_a_bucket_that_lets_no_browser_in_is_gone_round(
    shop: LiveShop, bucket: BucketServer, clerk: Page, complaints: Complaints
) -> None:
    complaints.expect("CORS|ERR_FAILED")
    bucket.origin = "https://another.example"
    try:
        choose(clerk, file("d.jpg", photograph(720)))
        expect(clerk.locator("#product-pictures .frame")).to_have_count(1, timeout=30_000)
    finally:
        bucket.origin = shop.url
    assert widths(shop) == [720]


def test_without_a_script_the_form_sends_them_all(
    shop: LiveShop, new_context: Window, page_of_product: str, bucket: BucketServer
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, shop)
    page.goto(page_of_product)
    bucket.forms.clear()
    choose(page, file("e.jpg", photograph(810)), file("f.jpg", photograph(410)))
    expect(page.locator(".notice--ok")).to_contain_text("2 pictures have arrived.")
    shop.settle()
    page.goto(page_of_product)
    expect(page.locator("#product-pictures .frame")).to_have_count(2)
    assert bucket.forms == []
    assert widths(shop) == [810, 410]
