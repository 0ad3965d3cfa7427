"""Puts what is made to order, and what is put together, into the demo shop."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product

from sqlalchemy import func, select, update

from store.catalog import garments, graphs, kits
from store.catalog.drafts import PictureDraft, PriceDraft, ProductDraft, VariantDraft
from store.catalog.garments import PhotoDraft
from store.catalog.graphs import AxisDraft, BlankDraft, ValueDraft
from store.catalog.kits import PartDraft
from store.catalog.models import Collection, CollectionProduct, Option, OptionValue, Variant, VariantImage
from store.catalog.services import save_product
from store.core.clock import now
from store.core.db import session
from store.inventory import services as inventory
from store.inventory.services import OpeningStock
from store.media.composing.recipe import Area
from store.media.models import Image
from store.seed.content import item, shop
from store.seed.content import to_order as words
from store.seed.content.palette import CLOTH

# A little older than the newest thing.
_AGE = timedelta(days=2)


def make_to_order(images: Mapping[str, int]) -> None:
    """Add the tee of one's own and the breakfast set; `images` are the ids of the painted pictures by name."""
    _make_tee(images)
    _make_kit()


def _make_tee(images: Mapping[str, int]) -> None:
    # A print can be had on a cloth where there is a picture of it.
    shown = {
        (motif, colour): images[name]
        for motif, handle, _extra in words.MOTIFS
        for colour in words.COLOURS
        if (name := f"{handle}/front-{colour.lower()}") in images
    }
    saved = save_product(
        ProductDraft(
            title=words.TEE_TITLE,
            handle=words.TEE_HANDLE,
            description_html=words.TEE_TEXT,
            vendor=shop.VENDOR,
            product_type="T-shirt",
            published_at=now() - _AGE,
            tags=("printed", "cotton", "made to order"),
            popularity=760,
            variants=(),
            pictures=(PictureDraft(images[f"{words.TEE_HANDLE}/cover"], words.TEE_COVER),),
        )
    )
    product_id = saved.product_id
    graphs.begin(product_id)
    graphs.save_terms(product_id, sku="OWN", weight_grams=235, prices={shop.CURRENCY: PriceDraft(words.TEE_PRICE)})
    graphs.save_axes(
        product_id,
        [
            AxisDraft("Print", tuple(_value(motif, extra) for motif, _handle, extra in words.MOTIFS)),
            AxisDraft("Colour", tuple(_value(colour, 0, CLOTH[colour]) for colour in words.COLOURS)),
            AxisDraft("Size", tuple(_value(size, extra) for size, extra, _stock in words.SIZES)),
        ],
    )
    ids = {
        row.value: row.id
        for row in session.execute(
            select(OptionValue.value, OptionValue.id)
            .join(Option, Option.id == OptionValue.option_id)
            .where(Option.product_id == product_id)
        )
    }
    graphs.save_exclusions(
        product_id,
        [
            (ids[motif], ids[colour], words.NO_SCREEN)
            for (motif, _handle, _extra), colour in product(words.MOTIFS, words.COLOURS)
            if (motif, colour) not in shown
        ],
    )
    _dress(product_id, ids, images)
    stocks = [
        (colour, size, 0 if (colour, size) == ("Dusk", "S") else count)
        for colour, (size, _extra, count) in product(words.COLOURS, words.SIZES)
    ]
    items = inventory.create_items(
        [OpeningStock(None, sku=f"BLANK-TEE-{colour.upper()}-{size}", on_hand=count) for colour, size, count in stocks]
    )
    graphs.save_blanks(
        product_id,
        [
            BlankDraft((ids[colour], ids[size]), item_id)
            for (colour, size, _count), item_id in zip(stocks, items, strict=True)
        ],
    )
    _shelve(product_id, item("moth-garden-tee").collection)


def _dress(product_id: int, ids: Mapping[str, int], images: Mapping[str, int]) -> None:
    """Say what the tee looks like, so that every choice has a picture."""
    wide, high = words.PRINT_SIZE
    view_id = garments.save_view(product_id, words.VIEW, width_mm=wide, height_mm=high)
    garment, folds, backdrop = (images[f"{words.TEE_HANDLE}/{name}"] for name in ("garment", "folds", "backdrop"))
    place = Area(*words.PRINT_AREA)
    garments.save_photo(product_id, view_id, PhotoDraft(garment, place, folds_id=folds, backdrop_id=backdrop))
    garments.save_artworks(
        product_id,
        view_id,
        [
            ((ids[motif], ids[colour]), images[f"{words.TEE_HANDLE}/{handle}-{ink}"])
            for motif, handle, _extra in words.MOTIFS
            for ink, colours in words.INKS.items()
            for colour in colours
        ],
    )
    said = {
        f"{handle}-{ink}": f"{motif}, {words.INK_FOR[ink]}"
        for motif, handle, _extra in words.MOTIFS
        for ink in words.INKS
    }
    for name, alt in (words.LAYER_WORDS | said).items():
        session.execute(update(Image).where(Image.id == images[f"{words.TEE_HANDLE}/{name}"]).values(alt=alt))


def _make_kit() -> None:
    skus = [sku for _quantity, sku in words.KIT_PARTS]
    parts = {row.sku: row.id for row in session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(skus)))}
    pictures = {
        row.variant_id: row.image_id
        for row in session.execute(
            select(VariantImage.variant_id, VariantImage.image_id).where(VariantImage.variant_id.in_(parts.values()))
        )
    }
    saved = save_product(
        ProductDraft(
            title=words.KIT_TITLE,
            handle=words.KIT_HANDLE,
            description_html=words.KIT_TEXT,
            vendor=shop.VENDOR,
            product_type="Set",
            published_at=now() - _AGE,
            tags=("stoneware", "gift"),
            popularity=540,
            variants=(
                VariantDraft(sku=words.KIT_SKU, weight_grams=2600, prices={shop.CURRENCY: PriceDraft(words.KIT_PRICE)}),
            ),
            pictures=tuple(PictureDraft(pictures[parts[sku]]) for sku in reversed(skus) if parts[sku] in pictures),
        )
    )
    kit_id = next(iter(saved.variant_ids.values()))
    kits.set_parts(kit_id, [PartDraft(parts[sku], quantity) for quantity, sku in words.KIT_PARTS])
    _shelve(saved.product_id, item("moth-mug").collection)


def _value(name: str, extra: int, swatch: str | None = None) -> ValueDraft:
    return ValueDraft(name, swatch=swatch, deltas={shop.CURRENCY: extra} if extra else {})


def _shelve(product_id: int, handle: str) -> None:
    """Put a product on a shelf, behind what stands there."""
    collection_id = session.execute(select(Collection.id).where(Collection.handle == handle)).scalar_one()
    last = session.execute(
        select(func.max(CollectionProduct.position)).where(CollectionProduct.collection_id == collection_id)
    ).scalar_one()
    session.add(CollectionProduct(collection_id=collection_id, product_id=product_id, position=(last or 0) + 1))
    session.flush()
