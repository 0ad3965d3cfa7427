"""WebM: elements in elements, each with a name and a length of variable size (RFC 8794, RFC 9559)."""

import struct
from dataclasses import dataclass
from typing import IO

from store.films.formats.facts import Broken, Facts, Unplayable

_HEADER, _DOCTYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_CLUSTER, _TIME, _SCALE, _DURATION = 0x1F43B675, 0xE7, 0x2AD7B1, 0x4489
_CODEC, _WIDTH, _HEIGHT = 0x86, 0xB0, 0xBA
_TAGS, _ATTACHMENTS = 0x1254C367, 0x1941A469

_ENTERED = (_HEADER, _SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO, _CLUSTER)
_BLANKED = (_TAGS, _ATTACHMENTS)
_READ = (_DOCTYPE, _TIME, _SCALE, _DURATION, _CODEC, _WIDTH, _HEIGHT)

# Those of an hour; what lies behind them adds nothing to what is known.
_MOST_ELEMENTS = 400_000
_CODECS = {"V_VP8": "vp08", "V_VP9": "vp09", "V_AV1": "av01", "V_MPEG4/ISO/AVC": "H.264 in WebM"}


@dataclass
class _Found:
    doctype: str = ""
    scale: int = 1_000_000
    duration: float = 0
    last: int = 0
    clusters: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0


def clean(file: IO[bytes], size: int) -> Facts:
    """Return what the film is and blank its metadata; raises `Broken` or `Unplayable`."""
    found = _Found()
    at = elements = 0
    while at < size and elements < _MOST_ELEMENTS:
        elements += 1
        name, length, body = _element(file, at)
        if name in _ENTERED:
            # A length that is not known yet was written by somebody who was still filming.
            if length is not None and body + length > size:
                raise Broken(f"{name:x} at {at} is longer than the file")
            found.clusters += name == _CLUSTER
            at = body
            continue
        if length is None or body + length > size:
            raise Broken(f"{name:x} at {at} is longer than the file")
        if name in _BLANKED:
            _blank(file, at, body + length)
        elif name in _READ:
            _take(found, name, _read(file, body, min(length, 32)))
        at = body + length
    if found.doctype != "webm":
        raise Unplayable(found.doctype or "EBML")
    if not found.clusters or not found.codec:
        raise Broken("no pictures")
    duration = int((found.duration or found.last) * found.scale / 1_000_000)
    return Facts("webm", found.width, found.height, duration or None, _CODECS.get(found.codec, found.codec))


def _element(file: IO[bytes], at: int) -> tuple[int, int | None, int]:
    """Return name, length and where the body begins; the length is `None` when it is not known."""
    head = _read(file, at, 1)[0]
    wide = 9 - head.bit_length()
    if not head or wide > 4:
        raise Broken(f"no name at {at}")
    name = int.from_bytes(_read(file, at, wide), "big")
    first = _read(file, at + wide, 1)[0]
    if not first:
        raise Broken(f"no length at {at}")
    long = 9 - first.bit_length()
    every = (1 << 7 * long) - 1
    length = int.from_bytes(_read(file, at + wide, long), "big") & every
    return name, None if length == every else length, at + wide + long


def _take(found: _Found, name: int, body: bytes) -> None:
    if name == _DOCTYPE:
        found.doctype = body.rstrip(b"\0").decode("ascii", "replace")
    elif name == _CODEC:
        codec = body.rstrip(b"\0").decode("ascii", "replace")
        if codec.startswith("V_") and not found.codec:
            found.codec = codec
    elif name == _DURATION:
        if len(body) not in (4, 8):
            raise Broken("duration")
        (found.duration,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
        if not 0 <= found.duration < 1e12:
            raise Broken("duration")
    else:
        number = int.from_bytes(body[:8], "big")
        if name == _TIME:
            found.last = max(found.last, number)
        elif name == _SCALE:
            found.scale = number
        elif name == _WIDTH:
            found.width = found.width or number
        elif name == _HEIGHT:
            found.height = found.height or number


def _read(file: IO[bytes], at: int, length: int) -> bytes:
    file.seek(at)
    read = file.read(length)
    if len(read) < length:
        raise Broken("the file ends too early")
    return read


def _blank(file: IO[bytes], at: int, end: int) -> None:
    """Turn an element into a void of the same length."""
    file.seek(at)
    file.write(b"\xec" + ((1 << 56) | (end - at - 9)).to_bytes(8, "big") if end - at >= 9 else b"")
    left = end - at - 9
    while left > 0:
        left -= file.write(bytes(min(left, 65536)))
