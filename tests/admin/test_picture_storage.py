"""Picture storage at the desk: what is kept and saved by tier, and campaigns."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.core.clock import now
from store.core.db import run, session
from store.edge import tiers
from store.edge.models import ImageStorage, ProductTier
from tests.admin.conftest import one
from tests.factories.catalog import make_collection, make_product
from tests.factories.pictures import make_picture

PAGE = "/admin/picture-storage/"


@pytest.fixture
def mug():
    shelf = make_collection("shelf", title="Shelf")
    made = make_product("mug", title="Blue mug", collection=shelf).product
    lamp = make_product("lamp", title="Brass lamp").product
    picture = make_picture("A mug")
    run("INSERT INTO product_images (product_id, image_id, position) VALUES (:product, :image, 0)",
        {"product": made.id, "image": picture.id})  # fmt: skip
    session.add_all(
        [
            ProductTier(product_id=made.id, tier="2", score=7.4, below_since=now() - timedelta(days=4)),
            ProductTier(product_id=lamp.id, tier="S", score=410),
            ImageStorage(image_id=picture.id, kept=2_345_678, saved=1_200_000, dropped={"a": 1_200_000}),
        ]
    )
    session.commit()
    return made


def words(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def test_each_tier_tells_its_products_and_bytes(desk, mug):
    page = words(desk.get(PAGE))
    assert "2.3 MB are kept, 1.2 MB saved." in page
    assert "Blue mug" in page
    assert "one lower on" in page
    assert "Blue mug</a>" not in words(desk.get(f"{PAGE}?tier=S"))
    assert "Brass lamp</a>" not in words(desk.get(f"{PAGE}?q=blue"))
    assert "No product matches." in words(desk.get(f"{PAGE}?q=zebra"))
    assert desk.get(f"{PAGE}?tier=nothing").status_code == 200


def test_a_campaign_for_a_collection_pins_its_products_and_ends_by_hand(desk, mug, journal):
    until = (now() + timedelta(days=20)).date().isoformat()
    shelf = one("SELECT id FROM collections").id
    answer = desk.send(f"{PAGE}campaigns", {"subject": f"collection-{shelf}", "until": until, "reason": "Spring"})
    assert answer.status_code == 303
    page = words(desk.get(f"{PAGE}?tier=pinned"))
    assert "Blue mug" in page
    assert "Spring" in page
    assert "Brass lamp</a>" not in page
    row = one("SELECT tier, settled FROM product_tiers WHERE pinned_until IS NOT NULL")
    assert (row.tier, row.settled) == ("S", False)
    assert one("SELECT count(*) AS number FROM outbox WHERE task = 'edge.settle_tiers'").number == 1
    assert desk.send(f"{PAGE}campaigns/{mug.id}/end").status_code == 303
    assert one("SELECT count(*) AS number FROM product_tiers WHERE pinned_until IS NOT NULL").number == 0
    assert [action for action, _subject, _id in journal()] == ["pin", "unpin"]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(-1, "A campaign ends in the future."), (400, "A campaign lasts a year at most."), (None, "Say until which day.")],
)
def test_a_campaign_that_makes_no_sense_says_why_and_keeps_what_was_entered(desk, mug, days, sentence):
    until = "soon" if days is None else (now() + timedelta(days=days)).date().isoformat()
    answer = desk.send(f"{PAGE}campaigns", {"subject": f"product-{mug.id}", "until": until, "reason": "Spring"})
    assert answer.status_code == 422
    page = words(answer)
    assert sentence in page
    assert 'value="Spring"' in page
    assert f'value="product-{mug.id}" selected' in page
    assert one("SELECT tier FROM product_tiers t JOIN products p ON p.id = product_id WHERE handle = 'mug'").tier == "2"


def test_what_is_no_product_or_collection_is_refused(desk, mug):
    until = (now() + timedelta(days=20)).date().isoformat()
    for subject in ("", "shop-1", "product-x", "product-" + "9" * 30):
        assert desk.send(f"{PAGE}campaigns", {"subject": subject, "until": until}).status_code == 404
    empty = make_collection("empty").id
    answer = desk.send(f"{PAGE}campaigns", {"subject": f"collection-{empty}", "until": until})
    assert answer.status_code == 422
    assert desk.send(f"{PAGE}campaigns", {"subject": "product-999999999", "until": until}).status_code == 422


def test_the_page_costs_the_same_for_many_products(desk, mug, count_sql):
    desk.get(PAGE)
    with count_sql() as few:
        desk.get(PAGE)
    session.execute(text("INSERT INTO products (handle, title, status, created_at, updated_at) "
                         "SELECT 'p-' || n, 'P', 'active', now(), now() FROM generate_series(1, 60) n"))  # fmt: skip
    tiers.move()
    session.commit()
    with count_sql() as many:
        assert "page=2" in desk.get(PAGE).get_data(as_text=True)
    assert len(many) == len(few)
