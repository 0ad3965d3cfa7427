"""Makes the sizes of a picture that browsers load, never larger than the original and without its metadata."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.media.sizes import WIDTHS, fitting

# A phone's largest photographs have 12 to 24 megapixels; beyond this a small file may ask for gigabytes.
MAX_PIXELS = 40_000_000
MAX_BYTES = 10 * 1024 * 1024

# What decoders are let near uploads. SVG is a document with scripts, so it is not among them.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")

# In all of these ways Pillow's decoders report a broken file.
_UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

MASTER_WIDTH = 2000
# Kept for ourselves: half the time at a slower step's quality for 5 % more bytes.
_MASTER_SAVED_AS = {"quality": 90, "method": 2}
_LARGEST_PROFILE = 1024 * 1024

# How each format is written. AVIF at 55 is as near to the original as WebP at 80, by PSNR, with a fifth fewer bytes; at
# speed 7 it takes a third less time than at 6 for 2 % more bytes.
_SAVED_AS = {
    "avif": ("AVIF", {"quality": 55, "speed": 7}),
    "webp": ("WEBP", {"quality": 80, "method": 4}),
    "jpg": ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
}

_PLACEHOLDER_WIDTH = 16


@dataclass(frozen=True)
class Rendered:
    """A picture in its sizes: `width` and `height` are the original's, `files` its WebP renditions by width in pixels.

    `placeholder` is a tiny blurred WebP as a `data:` address. Where one can see through it, nothing may stand behind a
    picture, so it has neither colour nor placeholder.
    """

    width: int
    height: int
    colour: str | None
    placeholder: str | None
    files: dict[int, bytes]
    master: bytes


def decode(data: bytes) -> Image.Image:
    """Return the picture upright, in RGB or RGBA; raises `Invalid` with the reason.

    Its size is read from the header and judged before any pixel is decoded.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(_("This picture is larger than %(limit)s MB.", limit=MAX_BYTES // 1024 // 1024), field="image")
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise Invalid(
                _("This picture has more than %(limit)s megapixels.", limit=MAX_PIXELS // 1_000_000), field="image"
            )
        picture.load()
        profile = picture.info.get("icc_profile")
        upright = ImageOps.exif_transpose(picture)
    except _UNREADABLE as error:
        raise Invalid(_("This file is not a picture that we can read."), field="image") from error
    return plain(upright, profile)


def render(data: bytes, widths: Iterable[int] = WIDTHS) -> Rendered:
    """Return the renditions of a file that is known to be good; raises `Invalid` with the reason."""
    return render_picture(decode(data), widths)


def render_picture(
    picture: Image.Image, widths: Iterable[int] = WIDTHS, *, size: tuple[int, int] | None = None
) -> Rendered:
    """Return the renditions of a decoded picture, which may be smaller than the original; `size` is the original's."""
    width, height = size or picture.size
    solid = picture.mode == "RGB" or picture.getchannel("A").getextrema()[0] == 255
    return Rendered(
        width=width,
        height=height,
        colour=dominant_colour(picture) if solid else None,
        placeholder=placeholder(picture) if solid else None,
        files={width: encode(picture, width) for width in fitting(widths, picture.width)},
        master=encode(picture, min(picture.width, MASTER_WIDTH), "webp", **_MASTER_SAVED_AS),
    )


def encode(picture: Image.Image, width: int, extension: str = "webp", **changes: int) -> bytes:
    """Return the picture at that width in pixels; it holds pixels only. JPEG is white where nothing is.

    `changes` go to the encoder, past what is usual for the format.
    """
    height = max(1, round(picture.height * width / picture.width))
    sized = picture
    if width != picture.width:
        sized = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # A new canvas, because Pillow would carry EXIF and profile over from `info`.
    flat = extension == "jpg" and sized.mode == "RGBA"
    clean = Image.new("RGB" if flat else sized.mode, sized.size, "white" if flat else 0)
    clean.paste(sized, mask=sized.getchannel("A") if flat else None)
    target = io.BytesIO()
    kind, options = _SAVED_AS[extension]
    clean.save(target, kind, **{**options, **changes})
    return target.getvalue()


def dominant_colour(picture: Image.Image) -> str:
    """Return the colour that covers most of the picture as `#rrggbb`, shown until the picture has loaded."""
    reduced = _on_white(picture, (48, 48)).quantize(6)
    counts = reduced.histogram()
    index = max(range(6), key=counts.__getitem__)
    palette = reduced.getpalette() or [255] * 18
    red, green, blue = palette[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def placeholder(picture: Image.Image) -> str:
    """Return the picture blurred at a few pixels, as a `data:` address of some hundred characters."""
    height = max(1, min(2 * _PLACEHOLDER_WIDTH, round(picture.height * _PLACEHOLDER_WIDTH / picture.width)))
    small = _on_white(picture, (_PLACEHOLDER_WIDTH, height)).filter(ImageFilter.GaussianBlur(1))
    target = io.BytesIO()
    small.save(target, "WEBP", quality=30, method=6)
    return "data:image/webp;base64," + base64.b64encode(target.getvalue()).decode()


def _on_white(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    small = Image.new("RGB", size, "white")
    thumb = picture.resize(size, Image.Resampling.BOX)
    small.paste(thumb, mask=thumb.getchannel("A") if thumb.mode == "RGBA" else None)
    return small


def plain(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, as RGB or RGBA; `profile` says which colours its numbers mean."""
    mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    if profile and len(profile) <= _LARGEST_PROFILE and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode if picture.mode != "CMYK" else "RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A broken profile costs some colour, not the picture.
            converted = None
        if converted is not None:
            return converted
    return picture if picture.mode == mode else picture.convert(mode)
