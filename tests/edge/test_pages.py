"""Pages behind a cache: whatever changes, nobody sees the old page once it is purged, and others stay where they are."""

import re
from collections.abc import Callable

import pytest

from store.catalog.models import Category, CollectionProduct
from store.content.models import Page
from store.core.db import run, session
from store.edge.services import note
from store.media import services as media
from store.media import storage
from tests.edge.conftest import nothing_noted
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.prices import set_price

PAGES = (
    "/",
    "/collections/all",
    "/collections/all?sort=price-up",
    "/collections/shelf",
    "/collections/shelf?filter.vendor=Alpha",
    "/collections/empty",
    "/categories/clay",
    "/search?q=mug",
    "/search?q=nothing+at+all",
    "/products/mug",
    "/products/bowl",
    "/products/lamp",
    "/pages/about",
    "/pages/help",
    "/sitemap.xml",
)


@pytest.fixture
def scene(shop, client, cloudflare, standin):
    """Three products on pages that a cache has taken."""
    shelf, _empty = make_collection("shelf", title="Shelf"), make_collection("empty", title="Empty")
    lights = make_collection("lights", title="Lights")
    clay = Category(handle="clay", title="Clay")
    session.add_all([clay, Page(kind="page", handle="about", title="About", body_html="<p>We.</p>")])
    session.add(Page(kind="page", handle="help", title="Help", body_html="<p>Ask.</p>"))
    session.flush()
    for handle in ("mug", "bowl"):
        make_product(handle, title=f"A {handle}", collection=shelf).product.category_id = clay.id
    make_product("lamp", title="A lamp", price=9900, collection=lights)
    session.flush()
    nothing_noted()
    for page in PAGES:
        standin.get(client, page)
    assert set(standin.kept) == set(PAGES)


def product(handle: str) -> int:
    return run("SELECT id FROM products WHERE handle = :handle", {"handle": handle})[0].id


def price(handle: str) -> None:
    run("UPDATE prices SET amount_minor = 777 WHERE variant_id IN (SELECT id FROM variants WHERE product_id = :id)",
        {"id": product(handle)})  # fmt: skip


def move(handle: str, collection: str) -> None:
    target = run("SELECT id FROM collections WHERE handle = :handle", {"handle": collection})[0].id
    session.add(CollectionProduct(collection_id=target, product_id=product(handle), position=1))
    session.flush()


def write(statement: str) -> Callable[[], None]:
    return lambda: run(statement) and None


CHANGES: dict[str, tuple[Callable[[], object], set[str] | None]] = {
    # What was changed, and the pages that must stay kept, where that is sure.
    "a price": (lambda: price("mug"), {"/products/lamp", "/pages/about", "/pages/help", "/collections/empty"}),
    "a title": (write("UPDATE products SET title = 'A cup' WHERE handle = 'mug'"), {"/products/lamp", "/pages/about"}),
    "a description": (
        write("UPDATE products SET description_html = '<p>Of clay</p>' WHERE handle = 'lamp'"),
        {"/products/mug", "/products/bowl", "/collections/shelf", "/categories/clay", "/pages/about"},
    ),
    "the last piece": (
        write(
            "UPDATE stock_levels SET on_hand = 0 WHERE item_id IN (SELECT vi.item_id FROM variant_items vi JOIN "
            "variants v ON v.id = vi.variant_id JOIN products p ON p.id = v.product_id WHERE p.handle = 'bowl')"
        ),
        {"/products/lamp", "/pages/about"},
    ),
    "off the shelves": (
        write("UPDATE products SET status = 'archived' WHERE handle = 'mug'"),
        {"/products/lamp", "/pages/help"},
    ),
    "a brand": (write("UPDATE products SET vendor = 'Alpha' WHERE handle = 'bowl'"), {"/products/lamp", "/pages/help"}),
    "a place in an empty shelf": (lambda: move("lamp", "empty"), None),
    "a new product": (lambda: make_product("new", title="A new mug"), {"/products/lamp", "/pages/about"}),
    "a shelf's title": (write("UPDATE collections SET title = 'Board' WHERE handle = 'shelf'"), None),
    "a category's words": (
        write("UPDATE categories SET description_html = '<p>Fired.</p>' WHERE handle = 'clay'"),
        None,
    ),
    "a written page": (
        write("UPDATE pages SET body_html = '<p>We sell.</p>' WHERE handle = 'help'"),
        set(PAGES) - {"/pages/help"},
    ),
    "the shop's name": (write("UPDATE shops SET name = 'Better shop'"), None),
    "how often it sells": (write("UPDATE products SET revision = revision WHERE handle = 'mug'"), set(PAGES)),
    "a price of another list": (lambda: set_price(run("SELECT id FROM variants LIMIT 1")[0].id, 5, min_qty=5), None),
}


@pytest.mark.parametrize("what", CHANGES)
def test_nobody_sees_an_old_page_after_a_purge_and_others_stay(scene, client, standin, purge, what):
    change, stay = CHANGES[what]
    before = dict(standin.kept)
    change()
    session.commit()
    forget()
    purge()
    fresh = {page: client.get(page).text for page in PAGES}
    stale = [page for page, (_tags, text) in standin.kept.items() if bare(text) != bare(fresh[page])]
    assert stale == []
    if stay is not None:
        assert stay - set(standin.kept) == set(), "thrown away in vain"
    assert set(standin.kept) <= set(before)


def bare(text: str) -> str:
    """The page without what changes by itself."""
    return re.sub(r"nonce-\S+|<lastmod>[^<]*</lastmod>", "", text)


def test_public_pages_name_what_they_show_and_private_ones_nothing(scene, client, standin):
    tags = {page: kept[0] for page, kept in standin.kept.items()}
    mug = f"product-{product('mug')}"
    assert {mug, "catalog", "pages"} <= tags["/products/mug"]
    assert mug in tags["/collections/shelf"]
    assert mug not in tags["/pages/about"]
    assert "catalog" not in tags["/pages/about"]
    assert {"search", "lists"} <= tags["/search?q=mug"]
    for private in ("/cart", "/-/visitor", "/-/recently-viewed?handles=mug"):
        answer = client.get(private)
        assert "Cache-Tag" not in answer.headers, private
        assert "Cloudflare-CDN-Cache-Control" not in answer.headers, private


def test_a_page_that_is_not_modified_keeps_its_tags(scene, client):
    first = client.get("/products/mug")
    again = client.get("/products/mug", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Cache-Tag"] == first.headers["Cache-Tag"]


def test_pages_are_kept_long_only_where_somebody_throws_them_away(scene, client, app):
    assert client.get("/").headers["Cloudflare-CDN-Cache-Control"] == "public, max-age=600, stale-if-error=86400"
    assert "s-maxage=30" in client.get("/").headers["Cache-Control"]
    app.config["EDGE_IS_PURGED"] = False
    assert "Cloudflare-CDN-Cache-Control" not in client.get("/").headers
    assert client.get("/nothing/here").headers.get("Cache-Tag") is None


def test_a_picture_is_thrown_away_by_its_own_tag(shop, client, cloudflare, standin, purge):
    key = "c" * 32
    image = media.add_rendered({320: b"picture"}, key, 320, 200, "#ffffff", "")
    path = storage.media_url(key, 320)
    assert client.get(path).headers["Cache-Tag"] == f"image-{key}"
    standin.get(client, path)
    session.delete(image)
    session.commit()
    purge()
    assert path not in standin.kept


def test_a_purge_by_hand_is_noted_like_any_other(shop, cloudflare, standin, purge):
    note("pages")
    session.commit()
    purge()
    assert standin.purges == [["pages"], ["pages"]]
