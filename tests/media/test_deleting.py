"""Pictures that nothing shows are deleted with their files; everything else stays, whoever asks."""

import io
from datetime import timedelta

import pytest
from PIL import Image as Pillow
from sqlalchemy import select, text

from store.catalog.models import Category, Collection, ProductImage, VariantImage
from store.core import clock, queue
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.media import deleting, services, storage
from store.media.models import FormerKey
from store.media.storage import MemoryStorage, name_of
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.pictures import make_picture
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def kept():
    before, memory = storage.current(), MemoryStorage()
    storage.use(memory)
    yield memory
    storage.use(before)


def picture(colour="teal"):
    target = io.BytesIO()
    Pillow.new("RGB", (700, 500), colour).save(target, "PNG")
    return target.getvalue()


def add(colour="teal"):
    with transaction():
        return services.add_image(picture(colour), "A heron")


def wipe(*ids):
    with transaction():
        return list(deleting.delete_pictures(ids))


def let_go():
    """What the worker does an hour later."""
    waiting = select(Outbox).where(Outbox.task == "media.delete_files", Outbox.done_at.is_(None))
    for row in session.execute(waiting).scalars().all():
        assert row.available_at >= clock.now() + timedelta(minutes=50)
        row.available_at = clock.now()
        session.commit()
        assert queue.perform(row.id)


def test_a_picture_goes_at_once_and_its_files_an_hour_later(kept):
    image = add()
    services.make_renditions(image.id)
    stays = add("red")
    assert wipe(image.id, 999_999) == [image.id]
    assert session.execute(text("SELECT id FROM images")).scalars().all() == [stays.id]
    assert name_of(image.key or "", 480) in kept.files
    let_go()
    assert {name.partition("-")[0] for name in kept.files} == {stays.key}


SHOWS = {
    "a product": lambda image, made: ProductImage(product_id=made.product.id, image_id=image.id),
    "a variant": lambda image, made: VariantImage(variant_id=made.variant.id, image_id=image.id),
    "a collection": lambda image, _made: Collection(handle="shelf", title="Shelf", image_id=image.id),
    "a category": lambda image, _made: Category(handle="cups", title="Cups", image_id=image.id),
}


@pytest.mark.parametrize("place", SHOWS)
def test_what_something_shows_stays(place):
    make_shop()
    image, free = make_picture(), make_picture()
    session.add(SHOWS[place](image, make_product()))
    session.commit()
    assert deleting.find_deletable([image.id, free.id]) == deleting.Deletable([free.id], [image.id], [])
    assert wipe(image.id, free.id) == [free.id]
    assert session.execute(text("SELECT id FROM images")).scalars().all() == [image.id]


@pytest.mark.parametrize("former", [False, True])
def test_what_orders_show_stays_also_under_a_key_it_had_before(former):
    make_shop()
    image = make_picture()
    key = "f" * 32 if former else image.key
    if former:
        session.add(FormerKey(key=key, image_id=image.id, widths=[320]))
    make_placed_order()
    session.execute(text("UPDATE order_lines SET image_key = :key"), {"key": key})
    session.commit()
    assert deleting.find_deletable([image.id]) == deleting.Deletable([], [], [image.id])
    assert wipe(image.id) == []


def test_files_of_a_picture_that_came_back_stay(kept):
    image = add()
    wipe(image.id)
    again = add()
    let_go()
    assert again.key == image.key
    assert name_of(again.key or "", "master") in kept.files


def test_files_under_former_keys_go_with_the_picture(kept):
    image = add()
    kept.files["f" * 32 + "-320.webp"] = kept.files["f" * 32 + "-master.webp"] = b"old"
    with transaction():
        session.add(FormerKey(key="f" * 32, image_id=image.id, widths=[320]))
    wipe(image.id)
    let_go()
    assert kept.files == {}
