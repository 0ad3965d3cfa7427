"""Files for the workshop: what is printed, and nothing else, as large as it will be."""

import io

from PIL import Image, PngImagePlugin

from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.media import storage
from store.media.composing.painting import fitted
from store.media.composing.recipe import Recipe

DPI = 300
_INCH = 25.4


def print_file(recipe: Recipe, width_mm: int, height_mm: int) -> bytes:
    """Return what is printed as a PNG of the print area's size at 300 dpi, transparent where cloth is seen.

    Raises `NotFound` when nothing is printed, or its artwork is gone.
    """
    if not recipe.prints:
        raise NotFound(_("Nothing is printed here."))
    size = (pixels(width_mm), pixels(height_mm))
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    for key in recipe.prints:
        body = storage.current().read(storage.name_of(key, "master"))
        if body is None:
            raise NotFound(_("The artwork of this print is not here any more."), key=key)
        shown, place = fitted(Image.open(io.BytesIO(body)).convert("RGBA"), size)
        sheet.alpha_composite(shown, place)
    target = io.BytesIO()
    told = PngImagePlugin.PngInfo()
    # Presses take a file that does not say so for anything.
    told.add(b"sRGB", b"\0")
    sheet.save(target, "PNG", dpi=(DPI, DPI), pnginfo=told, compress_level=4)
    return target.getvalue()


def pixels(millimetres: int) -> int:
    """Return how many pixels a length has at 300 dpi."""
    return round(millimetres / _INCH * DPI)
