"""What is exported goes in again and comes out the same, byte for byte."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, VariantDraft
from store.catalog.models import Category, CustomField
from store.catalog.services import save_products
from store.core.clock import now
from store.core.db import session, transaction
from store.importer import run
from store.importer.exporting import CURRENT, LEGACY, Left, export_inventory, export_products, export_redirects
from store.importer.formulas import make_inert, restore
from store.inventory.services import OpeningStock, create_items_for_variants
from store.media.services import add_sources
from store.redirects.services import add, move
from store.shop import queries as shop_queries
from store.shop.models import Market

BASE = "https://shop.example"
WORDS = (
    "Mug", "Grüße, Welt", 'He said "so"', "two\nlines", "=1+1", "+49", "-5", "@cmd", "'=x", "''", "semi;colon",
    "back\\slash", "ｆｕｌｌ", "＝1", "Straße 42", "a, b", '"=A1"', "🦋 moth", "l'été",
)  # fmt: skip


def exported(generation: int = CURRENT) -> bytes:
    return b"".join(export_products(generation=generation, base_url=BASE))


def empty_the_catalogue() -> None:
    with transaction():
        session.execute(text("DELETE FROM variant_items"))
        session.execute(text("DELETE FROM products"))
        session.execute(text("DELETE FROM custom_fields"))
        session.execute(text("DELETE FROM categories"))
        session.execute(text("DELETE FROM images"))
    session.expire_all()


@pytest.fixture
def markets(shop) -> Iterator[None]:
    with transaction():
        for code, currency in (("jp", "JPY"), ("kw", "KWD"), ("us", "USD")):
            session.add(
                Market(
                    code=code, name=code.upper(), prefix=code, currency=currency, locale="en", countries=[code.upper()]
                )
            )
    shop_queries.forget()
    yield
    shop_queries.forget()


def make_catalogue(seed: int, size: int) -> None:
    dice = random.Random(seed)
    with transaction():
        root = Category(handle=f"home-{seed}", title="Home & Garden")
        session.add(root)
        session.flush()
        leaf = Category(handle=f"lamps-{seed}", title="Lampen, groß", parent_id=root.id)
        session.add(leaf)
        for namespace, key, name, kind, many in (
            ("shopify", "color-pattern", "Color", "text", True),
            ("custom", "care", "Pflege", "text", False),
            ("custom", "watts", "Watts", "number", False),
            ("google", "gender", "Gender", "text", False),
        ):
            session.add(CustomField(namespace=namespace, key=key, name=name, kind=kind, many=many))
        session.flush()
        urls = {f"https://cdn.example/{seed}/{number}.jpg?v=1": "" for number in range(6)}
        images = list(add_sources(urls).values())
        drafts = [_draft(dice, number, images, [root.id, leaf.id, None]) for number in range(size)]
        for saved, draft in zip(save_products(drafts), drafts, strict=True):
            create_items_for_variants(
                [
                    OpeningStock(
                        saved.variant_ids[variant.values], variant.sku, dice.randint(0, 9),
                        dice.choice(("deny", "continue")), dice.random() < 0.7,
                    )
                    for variant in draft.variants
                ]
            )  # fmt: skip


def _draft(dice: random.Random, number: int, images: list[int], categories: list[int | None]) -> ProductDraft:
    options = tuple(
        OptionDraft(name, tuple(dice.sample(("S", "M, L", "=XL", "groß", 'a "b"'), dice.randint(1, 3))), {}, linked)
        for name, linked in (("Size", ""), ("Colour", "product.metafields.shopify.color-pattern"))[: dice.randint(0, 2)]
    )
    combinations: list[tuple[str, ...]] = [()]
    for option in options:
        combinations = [(*one, value) for one in combinations for value in option.values]
    gift = dice.random() < 0.1
    fields = {
        "shopify.color-pattern": ("red", "a;b", "c\\d")[: dice.randint(0, 3)],
        "custom.care": (dice.choice(WORDS),),
        "custom.watts": ("12.5",),
        "google.gender": ("unisex",),
    }
    return ProductDraft(
        title=f"{dice.choice(WORDS)} {number}".strip(),
        handle=f"thing-{number}",
        description_html=f"<p>{dice.choice(('plain', 'two<br>lines', 'ä &amp; ö', '= 5'))}</p>",
        vendor=dice.choice(WORDS),
        product_type=dice.choice(WORDS),
        status="draft" if gift else dice.choice(("active", "draft", "archived")),
        published_at=dice.choice((None, now() - timedelta(days=2))),
        tags=tuple(dict.fromkeys(dice.sample(("neu", "=sum", "käse", "x y"), dice.randint(0, 3)))),
        seo_title=dice.choice(WORDS),
        gift_card=gift,
        category_id=dice.choice(categories),
        fields={name: values for name, values in fields.items() if values and dice.random() < 0.7},
        options=options,
        variants=tuple(_variant(dice, number, place, values, images) for place, values in enumerate(combinations)),
        pictures=tuple(PictureDraft(one, dice.choice(WORDS)) for one in dice.sample(images, dice.randint(0, 4))),
    )


def _variant(dice: random.Random, number: int, place: int, values: tuple[str, ...], images: list[int]) -> VariantDraft:
    prices = {
        currency: PriceDraft(amount, dice.choice((None, amount + 5)))
        for currency, amount in (("EUR", 1999), ("JPY", 2500), ("KWD", 12345), ("USD", 0))
        if dice.random() < 0.8
    }
    return VariantDraft(
        values=values,
        sku=dice.choice((None, f"-S{number}-{place}")),
        barcode=dice.choice((None, "0012345")),
        weight_grams=dice.randint(0, 900),
        requires_shipping=dice.random() < 0.5,
        taxable=dice.random() < 0.5,
        cost_minor=dice.choice((None, 700)),
        tax_code=dice.choice(("", "P0000")),
        fulfilment_service=dice.choice(("", "manual")),
        weight_unit=dice.choice(("", "kg", "lb")),
        unit_total=dice.choice(("", "750 ml")),
        unit_base=dice.choice(("", "1 l")),
        prices=prices,
        image_ids=tuple(dice.sample(images, dice.randint(0, 1))),
    )


@pytest.mark.parametrize("generation", [CURRENT, LEGACY])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_export_goes_into_an_empty_shop_and_comes_out_the_same(markets, tmp_path: Path, seed, generation):
    make_catalogue(seed, 25)
    first = exported(generation)
    file = tmp_path / "products.csv"
    file.write_bytes(first)
    empty_the_catalogue()
    lines: list[str] = []
    assert run(file, dry_run=False, echo=lines.append) == 0, "\n".join(lines)
    session.expire_all()
    assert exported(generation).decode() == first.decode()


def test_an_export_changes_nothing_in_the_shop_it_came_from(markets, tmp_path: Path):
    make_catalogue(7, 25)
    first = exported()
    file = tmp_path / "products.csv"
    file.write_bytes(first)
    lines: list[str] = []
    assert run(file, dry_run=False, echo=lines.append) == 0, "\n".join(lines)
    session.expire_all()
    assert exported() == first


@pytest.mark.parametrize("cell", [*WORDS, "", "'", "'-", "\t=1", '""@', "plain", "' =x", "'''=y"])
def test_no_cell_of_an_export_is_run_by_a_spreadsheet_and_each_comes_back(cell):
    inert = make_inert(cell)
    assert restore(inert) == cell
    assert not inert.lstrip("\"' ").startswith(("=", "+", "-", "@", "＝")) or inert.startswith("'")


def test_what_is_made_to_order_is_left_out_and_counted(shop, product):
    with transaction():
        save_products([ProductDraft(title="Mug", handle="mug"), ProductDraft(title="Tee", handle="tee")])
        session.execute(text("UPDATE products SET made_to_order = true WHERE handle = 'tee'"))
    left = Left()
    body = b"".join(export_products(base_url=BASE, left=left)).decode()
    assert "mug" in body
    assert "tee" not in body
    assert left.made_to_order == 1


def test_counts_and_redirects_come_out_as_they_went_in(shop, take_in, tmp_path: Path):
    take_in(
        [{"URL handle": "mug", "Title": "=Mug", "SKU": "-M", "Inventory tracker": "shopify", "Inventory quantity": "5"}]
    )
    with transaction():
        add("/pages/old", "/pages/new")
        move("/products/cup", "/products/mug")
    for export in (export_inventory, export_redirects):
        first = b"".join(export())
        assert first.count(b"\n") >= 2
        file = tmp_path / "rows.csv"
        file.write_bytes(first)
        lines: list[str] = []
        assert run(file, dry_run=False, echo=lines.append) == 0, lines
        session.expire_all()
        assert b"".join(export()) == first
