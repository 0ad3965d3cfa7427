"""MP4: boxes in boxes, each with its length and a name of four letters (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from store.films.formats.facts import Broken, Facts, Unplayable

_MOST_BOXES = 100_000
_DEEPEST = 8
_BLANKED = (b"udta", b"meta", b"uuid")
_ENTERED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"edts")
_ZEROS = bytes(64 * 1024)


@dataclass
class _Track:
    handler: bytes = b""
    codec: str = ""
    width: int = 0
    height: int = 0


@dataclass
class _Found:
    top: set[bytes] = field(default_factory=set)
    tracks: list[_Track] = field(default_factory=list)
    timescale: int = 0
    duration: int = 0
    boxes: int = 0


def clean(file: IO[bytes], size: int) -> Facts:
    """Return what the film is and blank its metadata; raises `Broken` or `Unplayable`."""
    found = _Found()
    _walk(file, 0, size, found, level=0)
    if b"moov" not in found.top or not found.top & {b"mdat", b"moof"}:
        raise Broken("no pictures")
    track = next((one for one in found.tracks if one.handler == b"vide"), None)
    if track is None:
        raise Broken("no track of pictures")
    if b"qt  " in found.top:
        raise Unplayable("QuickTime")
    duration = found.duration * 1000 // found.timescale if found.timescale else 0
    return Facts("mp4", track.width, track.height, duration or None, track.codec)


def _walk(file: IO[bytes], start: int, end: int, found: _Found, *, level: int) -> None:
    for name, body, stop in _boxes(file, start, end, found):
        if level == 0:
            found.top.add(name)
        if name == b"ftyp":
            # Files of QuickTime's own name no other brand; those are no MP4, whatever they are called.
            brands = _read(file, body, min(stop - body, 256))
            if brands[:4] == b"qt  " and not {brands[at : at + 4] for at in range(8, len(brands), 4)} - {
                b"qt  ",
                bytes(4),
            }:
                found.top.add(b"qt  ")
        elif name in _BLANKED:
            _blank(file, body, stop)
        elif name in _ENTERED:
            if name == b"trak":
                found.tracks.append(_Track())
            if level >= _DEEPEST:
                raise Broken("boxes too deep")
            _walk(file, body, stop, found, level=level + 1)
        elif level and name in _READERS:
            _READERS[name](_read(file, body, min(stop - body, 128)), found)


def _boxes(file: IO[bytes], start: int, end: int, found: _Found) -> Iterator[tuple[bytes, int, int]]:
    at = start
    while at < end:
        found.boxes += 1
        if found.boxes > _MOST_BOXES:
            raise Broken("too many boxes")
        length, name = struct.unpack(">I4s", _read(file, at, 8))
        body = at + 8
        if length == 1:
            (length,) = struct.unpack(">Q", _read(file, body, 8))
            body += 8
        elif length == 0:
            length = end - at
        stop = at + length
        if length < body - at or stop > end:
            raise Broken(f"{name!r} at {at} is longer than the file")
        yield name, body, stop
        at = stop


def _read(file: IO[bytes], at: int, length: int) -> bytes:
    file.seek(at)
    read = file.read(length)
    if len(read) < length:
        raise Broken("the file ends too early")
    return read


def _blank(file: IO[bytes], body: int, stop: int) -> None:
    """Turn a box into free space of the same length: nothing that points into the file has to move."""
    # The name is the four bytes before the body, or before the long form of the length.
    file.seek(body - 4)
    at = body - 4 if file.read(4) in _BLANKED else body - 12
    file.seek(at)
    file.write(b"free")
    file.seek(body)
    left = stop - body
    while left:
        left -= file.write(_ZEROS[:left])


def _movie(body: bytes, found: _Found) -> None:
    form = ">QQIQ" if body[:1] == b"\1" else ">IIII"
    try:
        _made, _changed, found.timescale, found.duration = struct.unpack_from(form, body, 4)
    except struct.error as error:
        raise Broken("mvhd") from error
    if found.duration in (2**32 - 1, 2**64 - 1):
        found.duration = 0


def _fragments(body: bytes, found: _Found) -> None:
    """Take the length of a film in fragments, whose header does not know it."""
    try:
        (duration,) = struct.unpack_from(">Q" if body[:1] == b"\1" else ">I", body, 4)
    except struct.error as error:
        raise Broken("mehd") from error
    found.duration = found.duration or duration


def _track(body: bytes, found: _Found) -> None:
    at = 4 + (32 if body[:1] == b"\1" else 20) + 16
    try:
        matrix = struct.unpack_from(">9i", body, at)
        width, height = struct.unpack_from(">II", body, at + 36)
    except struct.error as error:
        raise Broken("tkhd") from error
    if not found.tracks:
        raise Broken("tkhd outside of a track")
    # Phones turn the picture by a matrix: a quarter turn swaps its sides.
    turned = matrix[0] == 0 and matrix[1] != 0
    track = found.tracks[-1]
    track.width, track.height = (height >> 16, width >> 16) if turned else (width >> 16, height >> 16)


def _handler(body: bytes, found: _Found) -> None:
    if found.tracks and not found.tracks[-1].handler:
        found.tracks[-1].handler = body[8:12]


def _sample(body: bytes, found: _Found) -> None:
    if found.tracks:
        found.tracks[-1].codec = body[12:16].decode("ascii", "replace")


_READERS = {b"mvhd": _movie, b"mehd": _fragments, b"tkhd": _track, b"hdlr": _handler, b"stsd": _sample}
