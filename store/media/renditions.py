"""Makes the sizes of a picture that browsers load: WebP, never larger than the original, without its metadata."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from store.core.errors import Invalid
from store.core.i18n import gettext as _

WIDTHS = (480, 960, 1440)

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

_MASTER_WIDTH = 2000
_QUALITY = 80
_MASTER_QUALITY = 90
_LARGEST_PROFILE = 1024 * 1024


@dataclass(frozen=True)
class Rendered:
    """A picture in its sizes: `width` and `height` are the original's, `files` its renditions by width in pixels."""

    width: int
    height: int
    colour: str
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
    return _plain(upright, profile)


def render(data: bytes, widths: Iterable[int] = WIDTHS) -> Rendered:
    """Return the renditions of an uploaded file; raises `Invalid` with the reason."""
    picture = decode(data)
    return Rendered(
        width=picture.width,
        height=picture.height,
        colour=dominant_colour(picture),
        files={width: encode(picture, width) for width in fitting(widths, picture.width)},
        master=encode(picture, min(picture.width, _MASTER_WIDTH), quality=_MASTER_QUALITY),
    )


def fitting(widths: Iterable[int], original: int) -> list[int]:
    """Return the widths to make of an original: none above its own, which takes the place of those that are."""
    return sorted({min(width, original) for width in widths})


def encode(picture: Image.Image, width: int, quality: int = _QUALITY) -> bytes:
    """Return the picture as WebP of that width in pixels; it holds pixels only, no metadata."""
    height = max(1, round(picture.height * width / picture.width))
    sized = picture if width == picture.width else picture.resize((width, height), Image.Resampling.LANCZOS)
    # A new canvas, because Pillow would carry EXIF and profile over from `info`.
    clean = Image.new(sized.mode, sized.size)
    clean.paste(sized)
    target = io.BytesIO()
    clean.save(target, "WEBP", quality=quality, method=4)
    return target.getvalue()


def dominant_colour(picture: Image.Image) -> str:
    """Return the colour that covers most of the picture as `#rrggbb`, shown until the picture has loaded."""
    small = Image.new("RGB", (48, 48), "white")
    thumb = picture.resize((48, 48), Image.Resampling.BOX)
    small.paste(thumb, mask=thumb.getchannel("A") if thumb.mode == "RGBA" else None)
    reduced = small.quantize(6)
    counts = reduced.histogram()
    index = max(range(6), key=counts.__getitem__)
    palette = reduced.getpalette() or [255] * 18
    red, green, blue = palette[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _plain(picture: Image.Image, profile: bytes | None) -> Image.Image:
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
