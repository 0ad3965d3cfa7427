"""Fills an empty shop with the demo: words, pictures, prices, opening stock."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert

from store.catalog import indexing
from store.catalog.models import Collection, Product
from store.content.models import Page
from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.media import storage
from store.media.services import RenderedSet, add_rendered_sets
from store.search import services as search
from store.seed.art import studio
from store.seed.art.scenes import SCENES
from store.seed.art.shots import shots_of
from store.seed.bulk import LARGE, grow, is_unfinished, missing
from store.seed.content import ITEMS, pages, searching, shop
from store.seed.content.markets import open_market
from store.seed.content.model import Item, combination_name
from store.seed.delivery import open_delivery
from store.seed.describing import describe
from store.seed.drafts import DraftAxis, DraftProduct, DraftVariant, write
from store.seed.later import paint_later
from store.seed.to_order import make_to_order
from store.shop.models import Market, Shop
from store.tax.models import TaxRate
from store.tax.package import copied_rates

Painter = Callable[[list[str]], Iterable[RenderedSet]]

logger = log.get_logger(__name__)

# The newest thing came in this long ago, the others a few days apart before it.
_NEWEST = timedelta(hours=20)
_APART = timedelta(days=3, hours=5)


def fill(size: int | None = None, *, painter: Painter | None = None, load: Callable[[int], int] | None = None) -> bool:
    """Fill the shop when it has no products; `False` when it has some already and nothing was done.

    With a `size` the catalogue then grows to that many products, for measuring, whatever was there before.
    `painter` makes the pictures by name, in the same order; by default they are painted here, by several processes.
    `load` grows it by very many products, see `store.seed.bulk`; without it they are added in one transaction.
    """
    filled = False
    if _is_empty():
        session.rollback()  # no transaction stays open while the pictures are painted
        painted = dict(_painted(painter))
        with transaction():
            # Somebody else may have filled it in the meantime.
            session.execute(text("LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE"))
            filled = _is_empty()
            if filled:
                _furnish(painted)
        logger.info("demo shop filled", products=len(ITEMS), pictures=len(painted))
    if size is not None:
        much = load is not None and (missing(size) >= LARGE or is_unfinished())
        session.rollback()
        if load is not None and much:
            added = load(size)
        else:
            with transaction():
                added = grow(size)
        logger.info("catalogue grown", added=added)
    if filled or size is not None:
        indexing.refresh_all()
    if filled:
        search.index_changes()
    return filled


def _is_empty() -> bool:
    return not session.execute(select(exists().where(Product.id.is_not(None)))).scalar_one()


def _painted(painter: Painter | None) -> Iterator[tuple[str, RenderedSet]]:
    names = studio.names()
    yield from zip(names, (painter or _paint)(names), strict=True)


def _paint(names: list[str]) -> Iterator[RenderedSet]:
    """Paint what is not there yet; a start that was cut short, or an older shop in the same folder, left the rest."""
    found = {name: files for name in names if (files := _on_disk(name))}
    fresh = {}
    for painted in studio.paint_all([name for name in names if name not in found]):
        fresh[painted.name] = painted
        for width, body in painted.files.items():
            storage.current().write(storage.name_of(painted.key, width), body)
        if painted.master is not None:
            storage.current().write(storage.name_of(painted.key, "master"), painted.master)
    for name in names:
        one = studio.known(name, found[name]) if name in found else fresh[name]
        yield RenderedSet(one.key, one.files, one.width, one.height, one.colour, placeholder=one.placeholder)


def _on_disk(name: str) -> dict[int, bytes]:
    """The files of a picture that was painted before; nothing when one of them is missing."""
    files = {
        width: storage.current().read(storage.name_of(studio.key_of(name), width))
        for width in studio.first_widths(name)
    }
    return {width: body for width, body in files.items() if body is not None} if all(files.values()) else {}


def _furnish(painted: dict[str, RenderedSet]) -> None:
    ids = add_rendered_sets(painted.values())
    images = {name: ids[one.key] for name, one in painted.items()}
    _open_shop()
    collections = _hang_shelves(images)
    moment = now()
    drafts = []
    places: dict[str, int] = {}
    for number, item in enumerate(_by_age()):
        places[item.collection] = places.get(item.collection, 0) + 1
        in_collections = [(collections[item.collection], ITEMS.index(item))]
        if item.handle in _IN_THE_WINDOW:
            in_collections.append((collections[shop.WINDOW.handle], _IN_THE_WINDOW.index(item.handle)))
        drafts.append(_draft(item, images, in_collections, published=moment - _NEWEST - _APART * number))
    write(drafts)
    make_to_order(images)
    open_market()
    describe()
    searching.teach()
    paint_later({name: image_id for name, image_id in images.items() if name in _seen_large()})


def _seen_large() -> set[str]:
    """The scenes, and what a gallery begins with."""
    return {f"scene/{name}" for name in SCENES} | {f"{item.handle}/{shots_of(item)[0].name}" for item in ITEMS}


# What the home page shows first: one of everything, warm beside dark.
_IN_THE_WINDOW = (
    "moth-garden-tee",
    "moth-mug",
    "owl-light-sweatshirt",
    "window-cat-print",
    "night-garden-candle",
    "watchful-eye-tote",
    "sleeping-fox-hoodie",
    "tall-vase",
)


def _open_shop() -> None:
    session.execute(
        insert(Shop)
        .values(
            id=1,
            name=shop.NAME,
            email=shop.EMAIL,
            currency=shop.CURRENCY,
            prices_include_tax=True,
            country=shop.COUNTRY,
            time_zone=shop.TIME_ZONE,
            locale=shop.LOCALE,
            tagline=shop.TAGLINE,
        )
        .on_conflict_do_nothing()
    )
    session.execute(
        insert(Market)
        .values(
            code="eu",
            name="Europe",
            prefix="",
            currency=shop.CURRENCY,
            locale=shop.LOCALE,
            countries=list(shop.COUNTRIES),
            is_default=True,
        )
        .on_conflict_do_nothing()
    )
    session.execute(
        insert(TaxRate)
        .values(
            [
                {"country": country, "tax_class": tax_class, "rate": Decimal(rate), "name": name}
                for country, tax_class, rate, name in shop.TAX_RATES
            ]
        )
        .on_conflict_do_nothing()
    )
    session.execute(
        insert(TaxRate)
        .values(
            [
                {"country": country, "tax_class": tax_class, "rate": rate, "name": "", "source": "package"}
                for country, tax_class, rate in copied_rates()
            ]
        )
        .on_conflict_do_nothing()
    )
    open_delivery()
    session.execute(
        insert(Page)
        .values(
            [
                {
                    "kind": one.kind,
                    "handle": one.handle,
                    "title": one.title,
                    "body_html": one.body_html.strip(),
                    "position": place,
                    "updated_at": now(),
                }
                for place, one in enumerate(pages.PAGES)
            ]
        )
        .on_conflict_do_nothing()
    )


def _hang_shelves(images: dict[str, int]) -> dict[str, int]:
    """Make the collections with their covers; return their ids by handle."""
    session.execute(
        insert(Collection)
        .values(
            [
                {
                    "handle": one.handle,
                    "title": one.title,
                    "description_html": one.text,
                    "seo_title": "",
                    "seo_description": one.seo,
                    "position": place,
                    "image_id": images[f"scene/{one.scene}"],
                }
                for place, one in enumerate((shop.WINDOW, *shop.SHELVES))
            ]
        )
        .on_conflict_do_nothing()
    )
    return {row.handle: row.id for row in session.execute(select(Collection.handle, Collection.id))}


def _by_age() -> list[Item]:
    """The items from new to old: the shelves take turns, so that what is newest is not all of one kind."""
    order = list(ITEMS)
    random.Random(12).shuffle(order)
    return order


def _draft(
    item: Item, images: dict[str, int], in_collections: list[tuple[int, int]], *, published: datetime
) -> DraftProduct:
    shots = shots_of(item)
    return DraftProduct(
        handle=item.handle,
        title=item.title,
        description_html=item.description_html,
        vendor=shop.VENDOR,
        product_type=item.kind,
        status=item.status,
        published_at=published if item.status == "active" else None,
        tags=item.tags,
        popularity=item.popularity,
        currency=shop.CURRENCY,
        axes=[DraftAxis(axis.name, [(value.name, value.swatch) for value in axis.values]) for axis in item.axes],
        variants=list(variants_of(item, {shot.value: place for place, shot in enumerate(shots) if shot.value})),
        pictures=[(images[f"{item.handle}/{shot.name}"], shot.alt) for shot in shots],
        collections=in_collections,
        seo_description=item.text[0][:155],
    )


def variants_of(item: Item, picture_of: dict[str, int] | None = None) -> Iterator[DraftVariant]:
    """The combinations of an item with price and opening stock; `picture_of` places pictures by the value they show."""
    few, shown = dict(item.few), picture_of or {}
    for values in item.combinations():
        name = combination_name(values)
        extra = sum(value.extra for value in values)
        sold_out = name in item.sold_out or "*" in item.sold_out
        yield DraftVariant(
            choice=tuple(axis.values.index(value) for axis, value in zip(item.axes, values, strict=True)),
            sku="-".join([item.sku, *(_code(value.name) for value in values)]),
            price=item.price + extra,
            compare_at=item.compare_at + extra if item.compare_at else None,
            weight=item.weight + sum(value.weight for value in values),
            on_hand=0 if sold_out else few.get(name, _stock(item.handle, name)),
            policy=item.policy,
            pictures=tuple(shown[value.name] for value in values if value.name in shown),
        )


def _code(value: str) -> str:
    """A value as part of a SKU: `Ink` is INK, `50 × 70 cm` is 5070CM."""
    return "".join(letter for letter in value.upper() if letter.isalnum())[:8]


def _stock(handle: str, name: str) -> int:
    """Opening stock, the same every time."""
    return random.Random(f"{handle} {name}").randint(8, 60)
