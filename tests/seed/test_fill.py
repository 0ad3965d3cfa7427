"""Filling an empty shop, and growing a catalogue for measuring."""

from pathlib import Path

from sqlalchemy import func, select, text

from store.catalog.models import Collection, Product, ProductImage, Variant, VariantImage
from store.catalog.queries import find_lowest_before, get_product
from store.core.db import read_rows, session, transaction
from store.core.outbox import Outbox
from store.core.queue import job_names
from store.inventory.queries import available_for
from store.media import storage
from store.media.models import Image
from store.seed import later
from store.seed.art import studio
from store.seed.bulk import grow
from store.seed.content import ITEMS, to_order
from store.seed.content.markets import open_market
from store.seed.fill import fill
from store.shop.prices import PriceScope
from store.shop.queries import list_markets
from tests.factories.shop import forget

# Every table that filling writes to, and what must not change in it.
_COUNTED = (
    "products", "variants", "prices", "product_images", "variant_images", "images", "collections", "collection_products",
    "stock_levels", "stock_movements", "inventory_items", "shops", "markets", "tax_rates", "shipping_methods", "shipping_zones",
    "shipping_method_zones", "shipping_rates", "pages", "outbox",
)  # fmt: skip


def _state() -> dict[str, object]:
    state: dict[str, object] = {table: read_rows(f"SELECT count(*) FROM {table}")[0][0] for table in _COUNTED}
    state["revisions"] = read_rows("SELECT sum(revision), max(updated_at) FROM products")[0]
    return state


def test_an_empty_shop_is_filled_once_and_not_again(db, painter):
    assert fill(painter=painter)
    first = _state()
    assert not fill(painter=painter)
    assert _state() == first
    assert first["products"] == len(ITEMS) + to_order.COUNT


def test_a_shop_with_products_of_its_own_is_left_alone(db, painter):
    session.add(Product(handle="mine", title="Mine"))
    session.commit()
    assert not fill(painter=painter)
    assert session.execute(select(func.count()).select_from(Product)).scalar_one() == 1


def test_opening_stock_is_the_sum_of_its_movements(db, painter):
    fill(painter=painter)
    broken = read_rows("""
        SELECT l.id FROM stock_levels l LEFT JOIN stock_movements m ON m.level_id = l.id
         GROUP BY l.id, l.on_hand HAVING l.on_hand <> coalesce(sum(m.on_hand_delta), 0)
    """)
    assert broken == []
    assert {row.kind for row in read_rows("SELECT DISTINCT kind FROM stock_movements")} == {"received"}


def test_every_variant_has_one_price_one_item_and_a_value_on_each_axis(db, painter):
    fill(painter=painter)
    assert (
        read_rows("""
        SELECT v.id FROM variants v
         WHERE (SELECT count(*) FROM prices p WHERE p.variant_id = v.id AND p.currency = 'EUR'
                   AND p.price_list_id IS NULL AND p.min_qty = 1) <> 1
            OR (SELECT count(*) FROM variant_items i WHERE i.variant_id = v.id) <> 1
               AND NOT EXISTS (SELECT FROM kit_parts WHERE kit_id = v.id)
            OR (SELECT count(*) FROM variant_values w WHERE w.variant_id = v.id)
               <> (SELECT count(*) FROM options o WHERE o.product_id = v.product_id)
            OR v.option_key <> coalesce((
                 SELECT string_agg(w.value_id::text, '-' ORDER BY o.position)
                   FROM variant_values w JOIN options o ON o.id = w.option_id WHERE w.variant_id = v.id), '')
    """)
        == []
    )


def test_availability_follows_the_stock(db, painter):
    fill(painter=painter)
    facts = {row.handle: row.available for row in read_rows("SELECT handle, available FROM products")}
    assert facts["evening-jug"] is False
    assert facts["kiln-mug"] is True
    few = read_rows("SELECT stock_left FROM variants WHERE sku = 'TEE-MOTH-INK-L'")[0]
    assert few.stock_left == 3
    mug = session.execute(select(Variant.id).where(Variant.sku == "MUG-KILN-BOG-450ML")).scalar_one()
    assert available_for([mug]) == {mug: None}


def test_a_colour_leads_to_its_own_picture(db, painter):
    fill(painter=painter)
    rows = session.execute(
        select(Variant.sku, ProductImage.alt)
        .join(VariantImage, VariantImage.variant_id == Variant.id)
        .join(
            ProductImage,
            (ProductImage.image_id == VariantImage.image_id) & (ProductImage.product_id == Variant.product_id),
        )
        .where(Variant.sku.in_(["TEE-MOTH-CHALK-M", "PRT-CAT-A3-OAK"]))
    )
    assert {row.sku: row.alt for row in rows} == {
        "TEE-MOTH-CHALK-M": "Moth Garden Tee in Chalk",
        "PRT-CAT-A3-OAK": "Window Cat, print in a frame of oak wood",
    }


def test_the_shop_it_fills_can_be_visited(client, painter):
    fill(painter=painter)
    for path in (
        "/",
        "/collections/all",
        "/collections/table",
        "/products/moth-mug",
        "/pages/about",
        "/policies/imprint",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
    assert client.get("/products/moon-calendar").status_code == 404
    assert "Things for the hour when the light goes" in client.get("/").text


def test_collections_have_covers_and_the_window_shows_a_selection(db, painter):
    fill(painter=painter)
    assert (
        session.execute(select(func.count()).select_from(Collection).where(Collection.image_id.is_(None))).scalar_one()
        == 0
    )
    shown = read_rows("""
        SELECT count(*) FROM collection_products cp JOIN collections c ON c.id = cp.collection_id WHERE c.handle = 'frontpage'
    """)
    assert shown[0][0] == 8


def test_a_catalogue_grows_to_the_size_asked_for_and_stops_there(db, painter):
    fill(300, painter=painter)
    assert session.execute(select(func.count()).select_from(Product)).scalar_one() == 300
    before = _state()
    fill(300, painter=painter)
    assert _state() == before
    shares = dict(read_rows("""
        SELECT c.handle, count(*) FROM collection_products cp JOIN collections c ON c.id = cp.collection_id GROUP BY 1
    """))  # fmt: skip
    assert shares["tees"] > 2 * shares["bags"], "collections are skewed"
    counts = [
        row[0]
        for row in read_rows(
            "SELECT count(*) FROM variants v JOIN products p ON p.id = v.product_id WHERE p.handle ~ '[0-9]$' GROUP BY p.id"
        )
    ]
    assert 2.2 <= sum(counts) / len(counts) <= 4.2
    assert max(counts) <= 30


def test_growing_takes_the_same_number_of_statements_for_any_size(db, painter, count_sql):
    fill(painter=painter)
    # Products are thrown by dice: of enough of them, some have options and some are on sale.
    with count_sql() as few, transaction():
        grow(len(ITEMS) + 100)
    with count_sql() as many, transaction():
        grow(len(ITEMS) + 400)
    assert len(few) == len(many)


def test_files_that_were_painted_before_are_used_again(db, memory):
    names = [name for name in studio.names() if name.startswith("moth-matches/")]
    for name in studio.names():
        for width in studio.first_widths(name):
            memory.write(storage.name_of(studio.key_of(name), width), _webp())
    assert names
    assert fill(), "without painting anything, or this test would take half a minute"
    assert session.execute(select(func.count()).select_from(Image)).scalar_one() == len(studio.names())


def test_the_widest_file_follows_by_job_and_only_once(db, painter, memory):
    fill(painter=painter)
    assert "seed.paint_wide" in job_names()
    waiting = session.execute(
        select(func.count()).select_from(Outbox).where(Outbox.task == "seed.paint_wide")
    ).scalar_one()
    assert waiting > 0
    image = session.execute(
        select(Image)
        .join(ProductImage, ProductImage.image_id == Image.id)
        .where(ProductImage.alt == "Moth Matches, matches")
    ).scalar_one()
    later.paint_wide({"moth-matches/front": image.id})
    assert image.key is not None
    wide = memory.read(storage.name_of(image.key, studio.LATER_WIDTH))
    session.refresh(image)
    assert wide is not None
    assert image.widths == [480, 960, 1440]
    files = len(memory.files)
    later.paint_wide({"moth-matches/front": image.id})
    assert len(memory.files) == files


def test_nothing_rendered_is_kept_with_the_sources():
    sources = Path(studio.__file__).parents[1]
    assert {path.suffix for path in sources.rglob("*") if path.is_file() and "__pycache__" not in path.parts} == {".py"}


def _webp() -> bytes:
    import io

    from PIL import Image as Picture

    buffer = io.BytesIO()
    Picture.new("RGB", (8, 10), "#775544").save(buffer, "WEBP")
    return buffer.getvalue()


def test_growing_is_quick_while_the_planner_believes_that_the_tables_are_empty(db, painter):
    fill(painter=painter)
    # What autovacuum leaves behind when it comes by at the wrong moment.
    tables = "products, variants, options, option_values, variant_items, inventory_items, stock_levels, prices"
    session.execute(
        text(
            "UPDATE pg_class SET reltuples = 0, relpages = 1 "
            "WHERE oid = ANY(SELECT name::regclass FROM unnest(string_to_array(:tables, ', ')) name)"
        ),
        {"tables": tables},
    )
    before = _rows_read()
    with transaction():
        grow(len(ITEMS) + 2000)
    # Some hundred for each product of three variants; whoever reads a table for each of its rows needs thousands.
    assert _rows_read() - before < 2000 * 500


def _rows_read() -> int:
    """Return how many rows and index entries this transaction has gone through."""
    ((tables,),) = read_rows("SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables")
    ((indexes,),) = read_rows("SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index")
    return int(tables) + int(indexes)


def test_switzerland_sells_what_europe_sells_in_francs_with_a_sale_and_a_price_by_the_half_dozen(db, painter):
    fill(painter=painter)
    lacking = read_rows("""
        SELECT p.handle FROM products p
         WHERE EXISTS (SELECT FROM product_prices WHERE product_id = p.id AND currency = 'EUR')
           AND NOT EXISTS (SELECT FROM product_prices WHERE product_id = p.id AND currency = 'CHF')
    """)
    assert lacking == []
    # A market of its own: suggestions and the market chooser know where each country belongs.
    countries = [set(row.countries) for row in read_rows("SELECT countries FROM markets")]
    assert len(countries) == 2
    assert not set.intersection(*countries)
    forget()
    for market in list_markets():
        scope = market.prices()
        product, _around = get_product("moth-garden-tee", scope)
        variant = product.variants[0]
        assert variant.compare_at is not None
        lowest = find_lowest_before(variant.id, product.revision, scope, market.code)
        assert lowest == variant.compare_at
        assert len(get_product("moth-mug", scope)[0].variants[0].tiers) == 2
    # What is struck through was asked before: there is no crossed out price that nobody ever paid.
    struck = read_rows("SELECT variant_id, currency, compare_at_minor FROM prices WHERE compare_at_minor IS NOT NULL")
    assert struck
    for row in struck:
        scope = PriceScope(row.currency)
        found = find_lowest_before(row.variant_id, 1, scope, "eu")
        assert found is not None
        assert found.minor == row.compare_at_minor


def test_opening_a_market_again_changes_nothing(db, painter):
    fill(painter=painter)
    before = read_rows("SELECT count(*) AS prices, sum(revision) AS revisions FROM prices, products")
    open_market()
    assert read_rows("SELECT count(*) AS prices, sum(revision) AS revisions FROM prices, products") == before
