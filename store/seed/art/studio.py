"""Pictures as files: WebP in two widths, painted by several processes."""

import hashlib
import io
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from store.media.renditions import placeholder
from store.seed.art import blanks
from store.seed.art.layers import compose
from store.seed.art.scenes import SCENES, scene
from store.seed.art.shots import picture_of, shots_of
from store.seed.content import ITEMS, item, to_order
from store.seed.content.palette import CLOTH

# Painted at once; what the widest screens want is painted later, by a job.
FIRST_WIDTHS = (480, 960)
LATER_WIDTH = 1440
# The home page opens with it, so it is sharp at once.
_WIDE_AT_ONCE = {"scene/hero"}
_BUNDLE = 16
_QUALITY = {480: 82, 960: 80, 1280: 90, 1440: 80}
BLANK = to_order.TEE_HANDLE
_LAYERS = ("backdrop", "garment", "folds")
_LAYER_NAMES = {f"{BLANK}/{name}" for name in _LAYERS}


@dataclass(frozen=True)
class Painted:
    """A picture as it is stored: `files` are WebP by width."""

    name: str
    key: str
    width: int
    height: int
    colour: str
    files: dict[int, bytes]
    placeholder: str
    master: bytes | None = None


def names() -> list[str]:
    """Every picture of the demo shop, like things next to each other: `moth-mug/front-salt`, `scene/hero`."""
    alike = sorted(ITEMS, key=lambda one: (one.look.kind, one.look.backdrop))
    shots = [f"{one.handle}/{shot.name}" for one in alike for shot in shots_of(one)]
    return [*shots, *(f"scene/{name}" for name in SCENES), *(f"{BLANK}/{name}" for name in _blank_names())]


def _blank_names() -> list[str]:
    """What the tee that is printed to order is composed of: its layers, and each print in both inks."""
    prints = [f"{handle}-{ink}" for _motif, handle, _extra in to_order.MOTIFS for ink in to_order.INKS]
    return ["cover", *_LAYERS, *prints]


@cache
def fingerprint() -> str:
    """What all pictures follow from: the text of the modules that compose them."""
    seed = Path(__file__).resolve().parents[1]
    sources = sorted([*(seed / "art").rglob("*.py"), *(seed / "content").rglob("*.py")])
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def key_of(name: str) -> str:
    """The key of a picture, known before it is painted: the same sources give the same picture."""
    return hashlib.sha256(f"{fingerprint()} {name}".encode()).hexdigest()[:32]


def first_widths(name: str) -> tuple[int, ...]:
    """The widths that a picture is painted in at once."""
    if name in _LAYER_NAMES:
        return (*FIRST_WIDTHS, blanks.WIDTH)
    return (*FIRST_WIDTHS, LATER_WIDTH) if name in _WIDE_AT_ONCE else FIRST_WIDTHS


def known(name: str, files: dict[int, bytes]) -> Painted:
    """A picture that was painted before, from its files."""
    widest = Image.open(io.BytesIO(files[max(files)]))
    small = Image.open(io.BytesIO(files[min(files)])).convert("RGB")
    width, height = (blanks.PRINT_WIDTH,) * 2 if _is_print(name) else widest.size
    return Painted(name, key_of(name), width, height, _dominant(small), files, placeholder(small))


def paint(name: str) -> Painted:
    """Paint one picture in the first widths; raises `KeyError` for a name that there is not."""
    widths = first_widths(name)
    widest = widths[-1]
    original = _print(name)
    master = _composed(name, widest) if original is None else original.resize((widest, widest), Image.Resampling.BOX)
    files = {widest: _webp(master, widest)}
    for width in widths[:-1]:
        factor = widest / width
        small = (
            master.reduce(int(factor)) if factor.is_integer() else master.resize((width, round(master.height / factor)))
        )
        files[width] = _webp(small, width)
    kept = None if original is None else _lossless(original)
    colour, blurred = _dominant(master), placeholder(master)
    width, height = master.size if original is None else original.size
    return Painted(name, key_of(name), width, height, colour, files, blurred, kept)


def paint_wide(name: str) -> bytes:
    """Paint one picture in the width that is added later."""
    return _webp(_composed(name, LATER_WIDTH), LATER_WIDTH)


def paint_all(wanted: Iterable[str], *, processes: int = 2) -> Iterator[Painted]:
    """Paint pictures in several processes; they come as they are ready, alike ones together."""
    bundles = _bundled(list(wanted))
    if processes < 2 or len(bundles) < 2:
        for bundle in bundles:
            yield from _paint_bundle(bundle)
        return
    # Not by fork: the children must not share the database connections of this process.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_parent)
    try:
        for painted in pool.map(_paint_bundle, bundles):
            yield from painted
    finally:
        pool.shutdown(cancel_futures=True)


def _paint_bundle(bundle: list[str]) -> list[Painted]:
    return [paint(name) for name in bundle]


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _bundled(wanted: list[str]) -> list[list[str]]:
    """Like things in one bundle, so that one process draws what they share once; small enough to stop soon."""
    kinds: dict[str, list[str]] = {}
    for name in wanted:
        handle = name.partition("/")[0]
        kinds.setdefault(handle if handle in ("scene", BLANK) else item(handle).look.kind, []).append(name)
    longest_first = sorted(kinds.values(), key=lambda names: (-len(names), names[0]))
    return [names[start : start + _BUNDLE] for names in longest_first for start in range(0, len(names), _BUNDLE)]


def _composed(name: str, width: int) -> Image.Image:
    handle, _, shot_name = name.partition("/")
    if handle == "scene":
        return compose(scene(shot_name), width)
    if handle == BLANK:
        return blanks.cover(width) if shot_name == "cover" else blanks.layer(shot_name, width)
    one = item(handle)
    shots = {shot.name: shot for shot in shots_of(one)}
    return compose(picture_of(one, shots[shot_name]), width)


def _print(name: str) -> Image.Image | None:
    """A print as it goes to the press, `None` for what is no print."""
    if not _is_print(name):
        return None
    print_handle, _, ink = name.partition("/")[2].rpartition("-")
    return blanks.print_of(print_handle, CLOTH[to_order.INKS[ink][0]])


def _is_print(name: str) -> bool:
    return name.startswith(f"{BLANK}/") and name.rpartition("-")[2] in to_order.INKS


def _lossless(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, method=0, quality=30)
    return buffer.getvalue()


def _webp(image: Image.Image, width: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY[width], method=1)
    return buffer.getvalue()


def _dominant(image: Image.Image) -> str:
    """The average colour, for the place that a picture will take."""
    red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX, reducing_gap=2.0).getpixel((0, 0))  # type: ignore[misc]
    return f"#{red:02x}{green:02x}{blue:02x}"
