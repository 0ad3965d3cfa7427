"""Makes composed pictures from the layers in storage, and keeps them there: each is made once."""

import io
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PIL import Image

from store.core import log
from store.core.errors import NotFound, Unavailable
from store.core.i18n import gettext as _
from store.core.single_flight import alone
from store.media import storage
from store.media.composing.painting import Layers, Picture, paint
from store.media.composing.recipe import WIDTHS, Recipe, is_composed

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "webp": ("WEBP", {"quality": 80, "method": 1}),
    # For mail, and for sites that show a link with its picture.
    "jpg": ("JPEG", {"quality": 82}),
}
# Each picture takes some 40 MB while it is made; the others wait.
_bench = threading.BoundedSemaphore(2)

# Widths in which layers may have been kept.
_LAYER_WIDTHS = (320, 480, 640, 960, 1280, 1440, 1920)

logger = log.get_logger(__name__)


def get_or_make(name: str, recipe_of: Callable[[str], Recipe | None]) -> bytes:
    """Return a composed picture by the name of its file, made now if nobody has asked for it before.

    `recipe_of` is asked for the key only when the picture has to be made. Raises `NotFound` for what no recipe stands
    behind and for widths and formats that are not offered.
    """
    wanted = storage.rendition_in(name)
    if wanted is None or not is_composed(wanted[0]) or wanted[1] not in WIDTHS or wanted[2] not in _FORMATS:
        raise _nothing(name)
    key, width, extension = wanted
    body = storage.current().read(name)
    if body is not None:
        return body
    recipe = recipe_of(key)
    if recipe is None:
        raise _nothing(name)
    with alone(name):
        body = storage.current().read(name)
        if body is None:
            with _bench:
                body = encode(paint(gather(recipe, width)), extension)
            _keep(name, body)
    return body


def gather(recipe: Recipe, width: int) -> Layers:
    """Read the layers of a picture from storage, in the size that it will have; raises `NotFound`."""
    garment, backdrop, folds = cloth_layers(recipe.garment, recipe.backdrop, recipe.folds, width)
    return Layers(
        garment=garment,
        backdrop=backdrop,
        folds=folds,
        tint=recipe.tint,
        area=recipe.area,
        # About as wide as it will be seen; it is fitted while it is laid on.
        prints=[_layer(key, round(width * recipe.area.width * 0.0095), "RGBA", exactly=False) for key in recipe.prints],
    )


# The two sides of the garment somebody is trying on: 12 MB each at 1280 px. Keys follow from contents, so what is
# remembered never gets old.
@lru_cache(maxsize=2)
def cloth_layers(
    garment_key: str, backdrop_key: str | None, folds_key: str | None, width: int
) -> tuple[Picture, Picture | None, Picture | None]:
    """Return garment, backdrop and folds in one size, remembered for the next choice of the same garment."""
    garment = _layer(garment_key, width, "RGBA")
    backdrop = _layer(backdrop_key, width, "RGB") if backdrop_key else None
    # Light is soft: half of the pixels tell all of it.
    folds = _layer(folds_key, width // 2, "L") if folds_key else None
    return (
        garment,
        None if backdrop is None else _alike(backdrop, garment),
        None if folds is None else _alike(folds, garment),
    )


def encode(picture: Picture, extension: str = "webp") -> bytes:
    """Return the picture as a file; quickly, for somebody waits for it."""
    target = io.BytesIO()
    kind, options = _FORMATS[extension]
    picture.save(target, kind, **options)
    return target.getvalue()


def _keep(name: str, body: bytes) -> None:
    try:
        storage.current().write(name, body)
    except (Unavailable, OSError) as error:
        # Whoever asked has it; the next one makes it again.
        logger.warning("a composed picture can't be kept", name=name, reason=str(error)[:200])


def _nothing(name: str) -> NotFound:
    return NotFound(_("This picture is not here any more."), name=name[:80])


def _layer(key: str, width: int, mode: str, *, exactly: bool = True) -> Picture:
    """A picture from its smallest file that is wide enough, or from its master."""
    sizes: list[int | str] = [*(one for one in _LAYER_WIDTHS if one >= width), "master"]
    for size in sizes:
        body = storage.current().read(storage.name_of(key, size))
        if body is not None:
            break
    else:
        raise _nothing(key)
    picture: Picture = Image.open(io.BytesIO(body))
    picture.load()
    if mode == "L" and picture.mode == "RGB":
        picture = picture.getchannel("G")
    if picture.mode != mode:
        picture = picture.convert(mode)
    if not exactly or picture.width == width:
        return picture
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.HAMMING)


def _alike(layer: Picture, garment: Picture) -> Picture:
    return layer if layer.size == garment.size else layer.resize(garment.size, Image.Resampling.BILINEAR)
