"""Products rise and fall with how often they are looked at, and the bytes of their pictures with them."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image as Pillow

from store.core.clock import now
from store.core.db import run, session
from store.core.errors import Invalid
from store.core.queue import job_names
from store.edge import handlers, keeping, tiers, views
from store.edge.queries import storage_by_tier
from store.edge.views import WEIGHT, Views
from store.media import services as media
from store.media import storage
from store.media.models import Image
from store.media.sizes import WIDTHS
from store.media.storage import MemoryStorage
from tests.factories.catalog import make_collection, make_product

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def place() -> MemoryStorage:
    before = storage.current()
    made = MemoryStorage()
    storage.use(made)
    yield made
    storage.use(before)


def drawn(number: int, size: tuple[int, int] = (1400, 900)) -> bytes:
    """A picture with something to look at, no two alike."""
    noise = Pillow.effect_noise((140, 90), 60 + number).resize(size).convert("RGB")
    target = io.BytesIO()
    noise.save(target, "JPEG", quality=90)
    return target.getvalue()


def show(product_id: int, number: int, position: int = 0) -> Image:
    image = media.add_image(drawn(number), f"Picture {number}")
    run("INSERT INTO product_images (product_id, image_id, position) VALUES (:product, :image, :position)",
        {"product": product_id, "image": image.id, "position": position})  # fmt: skip
    media.make_renditions(image.id)
    media.make_renditions(image.id, extension="avif")
    return session.get(Image, image.id, populate_existing=True)


@pytest.fixture
def mug(shop, place):
    made = make_product("mug")
    make_product("other")
    show(made.product.id, 1)
    show(made.product.id, 2, position=1)
    session.commit()
    return made.product


def tier(handle: str = "mug") -> str:
    return run("SELECT tier FROM product_tiers t JOIN products p ON p.id = t.product_id WHERE handle = :handle",
               {"handle": handle})[0].tier  # fmt: skip


def files(place: MemoryStorage) -> int:
    return sum(map(len, place.files.values()))


def seen(number: int, handle: str = "mug") -> None:
    tiers.add_views({handle: number})
    session.commit()


def moved() -> None:
    tiers.move()
    session.commit()
    while keeping.settle():
        pass


def fall_to(wanted: str, clock) -> None:
    """Let time pass without views of the mug, while others are looked at."""
    for _day in range(120):
        seen(WEIGHT, "other")
        moved()
        if tier() == wanted:
            return
        clock.shift(timedelta(days=1))
    raise AssertionError(f"it never came to {wanted}")


def test_a_product_rises_at_once_with_its_views_and_falls_tier_by_tier_after_its_grace(mug, clock):
    moved()
    assert tier() == "1"
    seen(250)
    moved()
    assert tier() == "S"
    days = {}
    for day in range(120):
        clock.shift(timedelta(days=1))
        seen(WEIGHT, "other")
        moved()
        days.setdefault(tier(), day)
    # 250 are less than 200 after five days; then come graces of 7, 30 and 14 days.
    assert list(days) == ["S", "1", "2", "3"]
    assert 11 <= days["1"] <= 13
    assert days["2"] - days["1"] >= 30
    assert days["3"] - days["2"] >= 14
    seen(WEIGHT * 3)
    moved()
    assert tier() == "1"


def test_views_halve_every_two_weeks(mug, clock):
    seen(100)
    clock.shift(timedelta(days=14))
    seen(0)
    score = run("SELECT score FROM product_tiers")[0].score
    assert abs(score - 50) < 0.01


def test_one_good_day_ends_the_grace(mug, clock):
    moved()
    for _day in range(25):
        clock.shift(timedelta(days=1))
        seen(WEIGHT, "other")
        moved()
    seen(40)
    moved()
    for _day in range(25):
        clock.shift(timedelta(days=1))
        seen(WEIGHT, "other")
        moved()
        assert tier() == "1"


def test_when_nobody_is_counted_nothing_falls(mug, clock):
    moved()
    for _week in range(20):
        clock.shift(timedelta(days=7))
        moved()
    assert tier() == "1"


def test_a_campaign_holds_a_product_in_s_for_its_time(mug, clock):
    moved()
    assert tiers.pin([mug.id], now() + timedelta(days=20), "Spring") == 1
    for _day in range(25):
        seen(WEIGHT, "other")
        moved()
        assert tier() == "S"
        clock.shift(timedelta(days=1))
    clock.shift(timedelta(days=5))
    seen(WEIGHT, "other")
    moved()
    assert tier() == "1"
    for until in (now(), now() + timedelta(days=366)):
        with pytest.raises(Invalid):
            tiers.pin([mug.id], until, "")


def test_a_fall_makes_bytes_fall_and_the_next_request_brings_them_back(mug, place, client, clock):
    moved()
    before, names = files(place), set(place.files)
    fall_to("2", clock)
    assert files(place) < before / 2
    bodies = {name: client.get(f"/media/{name}") for name in list(names) if not name.endswith("master.webp")}
    assert {answer.status_code for answer in bodies.values()} == {200}, "never a 404"
    assert set(place.files) == names
    # The first two sizes were made from the upload, and come back from the original that was kept of it.
    assert abs(files(place) - before) < before / 100


def test_what_each_tier_keeps(mug, place, clock):
    first, second = (row.key for row in run("SELECT key FROM images ORDER BY id"))
    moved()
    whole = set(place.files)
    sizes = {}
    for wanted in ("2", "3"):
        fall_to(wanted, clock)
        sizes[wanted] = files(place)
        kept = {re.sub("^" + first, "first", name) if name.startswith(first) else re.sub("^" + second, "second", name)
                for name in place.files}  # fmt: skip
        if wanted == "2":
            assert kept == {
                "first-master.webp",
                "second-master.webp",
                *(f"first-{width}.webp" for width in (320, 480, 640)),
            }
        else:
            assert kept == {"first-master.webp", "second-master.webp", "first-480.webp"}
    assert sizes["2"] > sizes["3"]
    seen(300)
    moved()
    assert tier() == "S"
    assert set(place.files) == whole, "S is made whole before anybody asks"


def test_the_bytes_kept_and_saved_are_told_by_tier(mug, place, clock):
    moved()
    tiers.pin([mug.id], now() + timedelta(hours=1), "")
    keeping.settle()
    before = files(place)
    (s,) = (row for row in storage_by_tier() if row.tier == "S")
    assert (s.products, s.kept, s.saved) == (1, before, 0)
    fall_to("2", clock)
    (two,) = (row for row in storage_by_tier() if row.tier == "2")
    assert two.kept == files(place)
    assert two.saved == before - files(place) > 0


def test_pictures_that_never_moved_are_counted_once_and_again_after_a_week(mug, place, clock):
    handlers.sweep_pictures()
    moved()
    (one,) = (row for row in storage_by_tier() if row.tier == "1")
    assert one.kept == files(place)
    assert keeping.count_unseen() == 0
    clock.shift(timedelta(days=8))
    assert keeping.count_unseen() == 2


def test_what_came_back_is_counted_and_rests_before_it_goes_again(mug, place, client, clock):
    moved()
    fall_to("2", clock)
    low = files(place)
    second = run("SELECT key FROM images ORDER BY id DESC LIMIT 1")[0].key
    client.get(f"/media/{second}-1280.webp")
    high = files(place)
    assert high > low
    handlers.sweep_pictures()
    (two,) = (row for row in storage_by_tier() if row.tier == "2")
    assert two.kept == high
    clock.shift(timedelta(days=20))
    handlers.sweep_pictures()
    assert files(place) == high
    clock.shift(timedelta(days=11))
    handlers.sweep_pictures()
    assert files(place) == low
    assert run("SELECT FROM renditions_made") == []


def test_a_picture_that_others_show_stays_as_the_best_of_them(mug, place, clock):
    shared = run("SELECT id, key FROM images ORDER BY id LIMIT 1")[0]
    collection = make_collection("wall")
    collection.image_id = shared.id
    session.commit()
    moved()
    before = {name for name in place.files if name.startswith(shared.key)}
    fall_to("3", clock)
    assert {name for name in place.files if name.startswith(shared.key)} == before


def test_an_original_is_never_let_go_even_where_it_is_the_widest_rendition(mug, place, client, clock):
    key = run("SELECT key FROM images ORDER BY id LIMIT 1")[0].key
    place.delete(storage.name_of(key, "master"))
    moved()
    fall_to("3", clock)
    left = {name for name in place.files if name.startswith(key)}
    assert left == {f"{key}-480.webp", f"{key}-1400.webp"}
    assert client.get(f"/media/{key}-960.webp").status_code == 200


def test_a_view_is_told_by_the_page_counted_in_valkey_and_folded_once(mug, client, redis_url):
    counted = Views(redis_url, "test-views")
    views.use(counted)
    try:
        page = client.get("/products/mug").text
        url = re.search(r'data-view-url="([^"]+)"', page)[1]
        for _visitor in range(3):
            answer = client.post(url, headers=SAME_ORIGIN)
            assert answer.status_code == 204
            assert "Set-Cookie" not in answer.headers
        client.post("/-/views/no-such-thing", headers=SAME_ORIGIN)
        assert client.post(url, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert counted.take() == counted.take() == {"mug": 3 * WEIGHT, "no-such-thing": WEIGHT}
        handlers.fold_views()
        assert run("SELECT round(score) AS score FROM product_tiers")[0].score == 3 * WEIGHT
        handlers.fold_views()
        assert run("SELECT round(score) AS score FROM product_tiers")[0].score == 3 * WEIGHT
        assert counted.take() == {}
    finally:
        views.use(Views("", ""))


def test_without_valkey_pages_and_jobs_go_on(mug, client):
    views.use(Views("redis://127.0.0.1:1", "test-views"))
    try:
        assert client.post("/-/views/mug", headers=SAME_ORIGIN).status_code == 204
        handlers.fold_views()
    finally:
        views.use(Views("", ""))


def test_the_script_and_the_shop_agree_on_who_speaks_for_how_many():
    from store.core.settings import PROJECT_ROOT

    share = re.search(r"SHARE = ([0-9.]+)", (PROJECT_ROOT / "static/js/views.js").read_text())
    assert float(share[1]) * WEIGHT == 1


def test_the_jobs_have_names_and_widths_are_those_declared():
    assert {"edge.fold_views", "edge.move_tiers", "edge.settle_tiers", "edge.sweep_pictures"} <= job_names()
    assert {320, 480, 640} <= set(WIDTHS)
