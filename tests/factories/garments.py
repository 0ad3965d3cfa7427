"""What things made to order look like: small pictures, made here."""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw
from sqlalchemy import select

from store.catalog import garments
from store.catalog.garments import PhotoDraft
from store.catalog.models import OptionValue
from store.core.db import session, transaction
from store.media import services
from store.media.composing.recipe import Area
from tests.factories.catalog import forget
from tests.factories.to_order import ToOrder

SIZE = (640, 800)
AREA = Area(30, 25, 40, 32)
COLOURS = {"Ink": "#20283a", "Sand": "#d8c7a4"}


def png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def garment_png() -> bytes:
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(picture).rounded_rectangle((80, 80, 560, 760), 60, fill=(128, 128, 128, 255))
    return png(picture)


def folds_png() -> bytes:
    picture = Image.new("L", SIZE, 128)
    draw = ImageDraw.Draw(picture)
    for x in range(0, SIZE[0], 80):
        draw.line((x, 0, x + 160, SIZE[1]), fill=90, width=14)
    return png(picture)


def artwork_png(colour: str) -> bytes:
    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((20, 20, 280, 280), fill=colour)
    return png(picture)


def dress(made: ToOrder, artworks: Mapping[str, str] | None = None) -> int:
    """Give a product a front view, a garment with folds, and an artwork for each motif; return the view's id."""
    with transaction():
        for name, colour in COLOURS.items():
            for value in session.execute(select(OptionValue).where(OptionValue.value == name)).scalars():
                value.swatch = colour
        view_id = garments.save_view(made.id, "Front", width_mm=280, height_mm=280)
        garments.save_photo(
            made.id,
            view_id,
            PhotoDraft(
                services.add_image(garment_png(), "").id,
                AREA,
                folds_id=services.add_image(folds_png(), "").id,
            ),
        )
        named = artworks if artworks is not None else {"Moon": "#f0e0a0", "Fox": "#d06020", "Fern": "#307040"}
        garments.save_artworks(
            made.id,
            view_id,
            [(made.ids(name), services.add_image(artwork_png(colour), name).id) for name, colour in named.items()],
        )
    forget()
    return view_id
