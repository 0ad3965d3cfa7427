"""Opens somebody else's picture: `python -m store.media.decoding <file> <folder>`, a process that may die of it.

It sets itself limits before it looks at the file, and is started without the shop's secrets by `store.media.sandbox`.
What it leaves in the folder are pixels that we have encoded ourselves; what it says on its output is one line of JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin, Image, ImageFile, PngImagePlugin

from store.media import renditions, sniffing
from store.media.sizes import FIRST_WIDTHS

# Measured on what is really held: code and libraries of this process take another 20 MB.
MEMORY_BYTES = 176 * 1024 * 1024
DECODE_SECONDS = 5
ENCODE_SECONDS = 20

LONGEST_SIDE = 16_000
NARROWEST = 10

# As in store.media.storage, whose settings take longer to load than most pictures.
EXTENSION = "webp"

# Decoders hold a picture more than once, and each in its own way; JPEG is made smaller while it is being read.
_MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 24_000_000, "GIF": 24_000_000, "AVIF": 12_000_000, "WEBP": 10_000_000}
_SHEER = {"PNG": 14_000_000}

_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_LIES_ON_ITS_SIDE = 5


class Refused(Exception):
    """The file is no picture for us; the reason is a word of `store.media.reasons`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def main() -> None:
    """Decode the file, write its renditions, say what it is."""
    limit()
    raw, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        said = make(raw, folder)
    except Refused as refusal:
        said = {"refused": refusal.reason}
    except MemoryError:
        said = {"refused": "too_costly"}
    sys.stdout.write(json.dumps({**said, "peak_kb": peak_kb(), "seconds": time.process_time()}))


def limit() -> None:
    """Give up memory, time and disk before anything of the file is read."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (DECODE_SECONDS, DECODE_SECONDS + ENCODE_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024 * 1024, 64 * 1024 * 1024))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    # A thread for each core would bring a stack for each.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    # Sizes are judged here, for each format by what it costs.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024


def peak_kb() -> int:
    """Return the most memory that this process has really held, where the system tells."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0])


def make(raw: Path, folder: Path) -> dict[str, Any]:
    """Write `<width>.webp` and `master.webp` into the folder; return the facts. Raises `Refused`."""
    picture, size = decode(raw)
    resource.setrlimit(resource.RLIMIT_CPU, (DECODE_SECONDS + ENCODE_SECONDS,) * 2)
    made = renditions.render_picture(picture, FIRST_WIDTHS, size=size)
    for name, body in (*made.files.items(), ("master", made.master)):
        (folder / f"{name}.{EXTENSION}").write_bytes(body)
    return {
        "width": made.width,
        "height": made.height,
        "colour": made.colour,
        "placeholder": made.placeholder,
        "files": sorted(made.files),
    }


def decode(raw: Path) -> tuple[Image.Image, tuple[int, int]]:
    """Return the picture upright and in sRGB, no larger than is needed, and its size before. Raises `Refused`."""
    with raw.open("rb") as file:
        head = file.read(sniffing.ENOUGH)
    decoder = sniffing.decoder_of(head)
    if decoder is None:
        raise Refused(sniffing.reason_against(head) if head else "empty")
    if decoder == "WEBP" and sniffing.webp_pixels(head) > _MOST_PIXELS[decoder]:
        # Its decoder takes the memory for all of them before it says how many there are.
        raise Refused("too_many_pixels")
    try:
        picture: Image.Image = Image.open(raw, formats=(decoder,))
        _judge(picture, decoder)
        width, height = picture.size
        # Only makes JPEG smaller, by a half, a quarter or an eighth, never below what is asked for.
        picture.draft(None, (renditions.MASTER_WIDTH, renditions.MASTER_WIDTH))
        turn = picture.getexif().get(_ORIENTATION)
        profile = picture.info.get("icc_profile")
        picture.load()
    except Refused:
        raise
    except MemoryError:
        raise Refused("too_costly") from None
    except Exception as error:
        # Decoders report a broken file in many ways, and this process has nothing else to lose.
        raise Refused("too_costly" if "memory" in str(error).lower() else "broken") from error
    picture = renditions.plain(_reduced(picture), profile)
    if turn not in _ROTATIONS:
        return picture, (width, height)
    return picture.transpose(_ROTATIONS[turn]), (height, width) if turn >= _LIES_ON_ITS_SIDE else (width, height)


def _judge(picture: Image.Image, decoder: str) -> None:
    """Judge a picture by its header, before a pixel of it is decoded."""
    if max(picture.size) > LONGEST_SIDE:
        raise Refused("too_many_pixels" if min(picture.size) > 1000 else "too_long")
    if picture.width < NARROWEST or picture.height < NARROWEST:
        raise Refused("too_small")
    most = _MOST_PIXELS[decoder]
    if picture.mode in ("RGBA", "LA", "PA"):
        most = min(most, _SHEER.get(decoder, most))
    if picture.width * picture.height > most:
        raise Refused("too_many_pixels")


def _reduced(picture: Image.Image) -> Image.Image:
    """Return the picture by a whole factor smaller, as long as that leaves enough of it."""
    factor = picture.width // renditions.MASTER_WIDTH
    if factor < 2 or picture.mode in ("P", "1"):
        return picture
    return picture.reduce(factor)


if __name__ == "__main__":
    main()
