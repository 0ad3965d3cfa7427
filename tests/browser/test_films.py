"""A film from the desk to the product page, in Chromium: recorded there, taken in, clicked, played, read along."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]

# H.264 in MP4 where Chromium can write it, else VP9 in MP4: a real film either way, of two seconds.
RECORD = """async () => {
    const type = ["video/mp4;codecs=avc1.42E01E", "video/mp4;codecs=vp9"].find((one) => MediaRecorder.isTypeSupported(one));
    const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 180});
    const brush = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: type});
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const done = new Promise((end) => { recorder.onstop = end; });
    recorder.start();
    for (let step = 0; step < 50; step += 1) {
        brush.fillStyle = `hsl(${step * 7} 70% 50%)`;
        brush.fillRect(0, 0, 320, 180);
        await new Promise((next) => { setTimeout(next, 40); });
    }
    recorder.stop();
    await done;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return [type, btoa(String.fromCharCode(...bytes))];
}"""

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:30.000\nThe clay is still wet.\n"


def until(page: Page, holds: str) -> None:
    """Wait until a function says so; the page's policy forbids Playwright's own way."""
    for _turn in range(100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(holds)


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture
def film(tmp_path: Path, new_context: Window) -> Path:
    """A film that this Chromium has made of a canvas."""
    page = new_context().new_page()
    kind, data = page.evaluate(RECORD)
    assert kind
    path = tmp_path / "film.mp4"
    path.write_bytes(base64.b64decode(data))
    return path


@pytest.fixture
def clerk(shop: LiveShop, new_context: Window) -> Page:
    """The owner, logged in."""
    page = new_context().new_page()
    email, password = shop.staff
    page.goto(f"{shop.url}/admin/")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")
    return page


def test_a_film_is_taken_in_shown_and_played_with_its_captions(
    shop: LiveShop, clerk: Page, film: Path, tmp_path: Path, new_context: Window
) -> None:
    ((product, handle),) = shop.query(
        "SELECT id, handle FROM products WHERE status = 'active' AND NOT made_to_order ORDER BY id LIMIT 1"
    )
    clerk.goto(f"{shop.url}/admin/films/{product}/new")
    clerk.set_input_files("#film", film)
    # One of its moments becomes the picture, without anybody asking for it.
    expect(clerk.locator("[data-film-taken]")).to_have_text("Taken.")
    assert clerk.evaluate("document.querySelector('#poster').files[0].type") == "image/jpeg"
    clerk.fill("#title", "The mug is thrown")
    clerk.click("[data-film-form] button[type=submit]")
    clerk.wait_for_selector("#film-captions")
    spoken = tmp_path / "en.vtt"
    spoken.write_text(CAPTIONS)
    clerk.set_input_files("input#captions", spoken)
    clerk.click("#film-captions button:has-text('Add captions')")
    clerk.wait_for_selector("#film-captions a[download]")
    shop.wait_for("SELECT 1 FROM films f JOIN images i ON i.id = f.image_id AND i.status = 'ready'")

    page = new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shop.url}/products/{handle}")
    page.wait_for_load_state("networkidle")
    assert page.locator(".film__open img").count() == 1
    assert not any("/films/" in url for url in asked), "nothing of the film loads before somebody wants it"
    page.locator(".film__open").click()
    until(page, "() => document.querySelector('.film video')?.currentTime > 0.5")
    state = page.evaluate("""() => {
        const video = document.querySelector('.film video');
        const [track] = video.textTracks;
        return {error: video.error, width: video.videoWidth, mode: track.mode, said: track.activeCues[0]?.text,
                focused: document.activeElement === video};
    }""")
    assert state == {
        "error": None,
        "width": 320,
        "mode": "showing",
        "said": "The clay is still wet.",
        "focused": True,
    }
    # Somebody may go on from anywhere: the middle is asked for as a part.
    page.evaluate("document.querySelector('.film video').currentTime = 1.2")
    until(page, "() => !document.querySelector('.film video').seeking")

    plain = new_context(java_script_enabled=False).new_page()
    plain.goto(f"{shop.url}/products/{handle}")
    plain.locator(".film__open").click()
    plain.wait_for_selector("video.film__video")
    assert plain.url.startswith(f"{shop.url}/products/{handle}/films/")
