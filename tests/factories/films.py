"""Films made in code: whole in their structure, with nothing in them to be seen."""

import io
import struct

from store.catalog import films as shelves
from store.core.db import transaction
from store.films import services
from store.films.models import Film


def box(name: bytes, *bodies: bytes) -> bytes:
    """A box of MP4."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, name) + body


def make_mp4(
    *,
    codec: bytes = b"avc1",
    brand: bytes = b"isom",
    brands: bytes = b"isomavc1mp41",
    width: int = 640,
    height: int = 360,
    milliseconds: int = 45_000,
    turned: bool = False,
    more: bytes = b"",
    in_moov: bytes = b"",
    in_track: bytes = b"",
    pictures: bytes = b"pictures" * 100,
) -> bytes:
    """An MP4 with one track of pictures; `more` comes after it, `in_moov` and `in_track` inside."""
    matrix = (
        (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30) if turned else (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    )
    header = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, milliseconds), bytes(80))
    track = box(
        b"trak",
        box(b"tkhd", bytes(4 + 20 + 16), struct.pack(">9iII", *matrix, width << 16, height << 16)),
        box(
            b"mdia",
            box(b"hdlr", bytes(8), b"vide", bytes(13)),
            box(
                b"minf", box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), struct.pack(">I4s", 86, codec), bytes(78)))
            ),
        ),
        in_track,
    )
    return b"".join(
        [
            box(b"ftyp", brand, bytes(4), brands),
            box(b"moov", header, track, in_moov),
            more,
            box(b"mdat", pictures),
        ]
    )


def element(name: bytes, *bodies: bytes, known: bool = True) -> bytes:
    """An element of WebM; the length of one that is still written is not `known`."""
    body = b"".join(bodies)
    length = ((1 << 56) | len(body)).to_bytes(8, "big") if known else b"\x01" + b"\xff" * 7
    return name + length + body


def make_webm(
    *,
    doctype: bytes = b"webm",
    codec: bytes = b"V_VP9",
    width: int = 640,
    height: int = 360,
    duration: float | None = None,
    known: bool = True,
    more: bytes = b"",
) -> bytes:
    """A WebM of two clusters, the second after three seconds."""
    number = lambda value: value.to_bytes(2, "big")  # noqa: E731
    about = [element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3, "big"))]
    if duration is not None:
        about.append(element(b"\x44\x89", struct.pack(">d", duration)))
    video = element(b"\xe0", element(b"\xb0", number(width)), element(b"\xba", number(height)))
    tracks = element(b"\x16\x54\xae\x6b", element(b"\xae", element(b"\x86", codec), video))
    clusters = [
        element(b"\x1f\x43\xb6\x75", element(b"\xe7", number(at)), element(b"\xa3", b"picture" * 20), known=known)
        for at in (0, 3000)
    ]
    body = [element(b"\x15\x49\xa9\x66", *about), tracks, more, *clusters]
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", doctype)) + element(
        b"\x18\x53\x80\x67", *body, known=known
    )


def make_film(product_id: int | None = None, *, title: str = "The mug is thrown", data: bytes | None = None) -> Film:
    """A film in storage, on a product if one is named."""
    taken = services.take_in(io.BytesIO(data or make_mp4()))
    with transaction():
        film = services.add_film(taken, title=title)
        if product_id is not None:
            shelves.put_on(product_id, film.id)
    return film
