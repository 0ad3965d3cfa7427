"""Files that somebody might send to harm the shop, made here: none is kept in the repository."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, rows: bytes = b"", before: bytes = b"", colour: int = 2, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + before
        + png_chunk(b"IDAT", rows or zlib.compress(b""))
        + png_chunk(b"IEND", b"")
    )


def zeros(size: int) -> bytes:
    """So many zeros, compressed without ever being there."""
    packer, piece, made = zlib.compressobj(9), b"\0" * 1_000_000, []
    for _ in range(size // len(piece)):
        made.append(packer.compress(piece))
    made.extend((packer.compress(b"\0" * (size % len(piece))), packer.flush()))
    return b"".join(made)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def photograph(width: int = 1200, height: int = 900, kind: str = "JPEG", **options: object) -> bytes:
    return saved(Image.effect_noise((width, height), 60).convert("RGB"), kind, **options)


def frames(count: int) -> Iterator[Image.Image]:
    for number in range(count):
        yield Image.new("P", (64, 64), number % 256)


def gif_of_many_frames(count: int = 10_000) -> bytes:
    first = saved(Image.new("P", (64, 64), 1), "GIF")
    frame = first[first.index(b"\x2c") : -1]
    return first[:-1] + frame * (count - 1) + b"\x3b"


def apng_of_many_frames(count: int = 10_000) -> bytes:
    rows = zlib.compress((b"\0" + b"\x40" * 64 * 3) * 64)
    control = struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 100, 0, 0)
    pieces = [png_chunk(b"acTL", struct.pack(">II", count, 0)), png_chunk(b"fcTL", control)]
    later = [
        png_chunk(b"fcTL", struct.pack(">I", 2 * number - 1) + control[4:])
        + png_chunk(b"fdAT", struct.pack(">I", 2 * number) + rows)
        for number in range(1, count)
    ]
    whole = png(64, 64, rows=rows, before=b"".join(pieces))
    return whole[:-12] + b"".join(later) + whole[-12:]


def webp_of_many_frames(count: int = 500) -> bytes:
    shown = list(frames(count))
    return saved(shown[0], "WEBP", save_all=True, append_images=shown[1:], duration=10)


def profile_bomb() -> bytes:
    """A PNG whose colour profile unpacks to 200 MB."""
    rows = zlib.compress((b"\0" + b"\x80" * 300) * 100)
    return png(100, 100, rows=rows, before=png_chunk(b"iCCP", b"bomb\0\0" + zeros(200_000_000)))


def text_bomb() -> bytes:
    """A PNG with two hundred texts that unpack to a megabyte each."""
    rows = zlib.compress((b"\0" + b"\x80" * 300) * 100)
    text = png_chunk(b"zTXt", b"words\0\0" + zeros(1_000_000))
    return png(100, 100, rows=rows, before=text * 200)


def broken_profile() -> bytes:
    return photograph(icc_profile=b"\xff" * 60_000)


def large_profile() -> bytes:
    return photograph(icc_profile=b"\0\0\0\x80" * 500_000)


def exif_of_many_entries() -> bytes:
    """EXIF that claims 4,000 entries, each pointing at the next directory: round in circles."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 4000) + entry * 4000 + struct.pack("<I", 8)
    return photograph(exif=exif[:65_000])


def exif_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (16.0, 3.0, 16.6)
    return photograph(exif=exif.tobytes(), comment=b"shot at home")


def jpeg_with(tail: bytes) -> bytes:
    return photograph() + tail


def jpeg_with_a_program_in_its_comment() -> bytes:
    return photograph(comment=b"<?php system($_GET['c']); ?><script>alert(1)</script>")


def progressive_with_many_scans(repeats: int = 2000) -> bytes:
    """A JPEG whose last scan comes again and again, and each has to be decoded."""
    whole = photograph(2000, 2000, progressive=True, quality=20)
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:-2] + scan * min(repeats, (9_000_000 - len(whole)) // len(scan)) + b"\xff\xd9"


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


# name, how it is made, why it is refused: the empty word means that it becomes a clean picture.
CORPUS: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("drawing.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "drawing"),
    ("drawing-with-prolog.jpg", lambda: b"\xef\xbb\xbf<?xml version='1.0'?><!DOCTYPE svg><svg/>", "drawing"),
    ("packed-drawing.svgz", lambda: b"\x1f\x8b\x08" + b"\0" * 40, "archive"),
    ("page.jpg", lambda: b"<!doctype html><script>alert(document.cookie)</script>", "web_page"),
    ("shell.png", lambda: b"<?php system($_GET['c']); ?>", "program"),
    ("paper.jpg", lambda: b"%PDF-1.7\n%\xe2\xe3", "document"),
    ("tool.jpg", lambda: b"MZ\x90\0" + b"\0" * 400, "program"),
    ("goods.zip", lambda: b"PK\x03\x04" + b"\0" * 60, "archive"),
    ("clip.jpg", lambda: b"\0\0\0\x20ftypisom" + b"\0" * 60, "film"),
    ("phone.heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60, "camera"),
    ("layers.tiff", lambda: saved(Image.new("RGB", (40, 40)), "TIFF"), "camera"),
    ("script.eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + b"0 0 moveto " * 40, "unknown"),
    ("old.bmp", lambda: saved(Image.new("RGB", (40, 40)), "BMP"), "unknown"),
    ("nothing-but-zeros.png", lambda: b"\0" * 5000, "unknown"),
    ("head-only.jpg", lambda: b"\xff\xd8\xff\xe0" + b"\0" * 200, "broken"),
    ("head-only.gif", lambda: b"GIF89a" + b"\0" * 40, "broken"),
    ("head-only.webp", lambda: b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\0" * 400, "broken"),
    ("head-only.avif", lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + b"\0" * 400, "broken"),
    ("cut.jpg", lambda: cut(photograph(), 0.5), "broken"),
    ("cut.png", lambda: cut(photograph(kind="PNG"), 0.5), "broken"),
    ("cut.webp", lambda: cut(photograph(kind="WEBP"), 0.5), "broken"),
    ("cut.avif", lambda: cut(photograph(kind="AVIF"), 0.5), "broken"),
    ("50000x50000.png", lambda: png(50_000, 50_000), "too_many_pixels"),
    ("50000x50000-filled.png", lambda: png(50_000, 50_000, depth=1, colour=0, rows=zeros(60_000_000)), "too_many_pixels"),
    ("60000x60.png", lambda: png(60_000, 60, rows=zeros(60 * 180_001)), "too_long"),
    ("7000x6000.jpg", lambda: saved(Image.new("RGB", (7000, 6000)), "JPEG"), "too_many_pixels"),
    ("16000x2600.webp", lambda: saved(Image.new("RGB", (16_000, 2600)), "WEBP", lossless=True), "too_many_pixels"),
    ("dot.gif", lambda: saved(Image.new("P", (1, 1)), "GIF"), "too_small"),
    ("deep.png", lambda: png(4000, 4000, depth=16, colour=6, rows=zeros(4000 * 32_001)), "too_many_pixels"),
    ("profile-bomb.png", profile_bomb, "broken"),
    ("text-bomb.png", text_bomb, "too_costly"),
    ("broken-profile.jpg", broken_profile, ""),
    ("large-profile.jpg", large_profile, ""),
    ("round-in-circles.jpg", exif_of_many_entries, ""),
    ("many-frames.gif", gif_of_many_frames, ""),
    ("many-frames.png", apng_of_many_frames, ""),
    ("many-frames.webp", webp_of_many_frames, ""),
    ("with-a-place.jpg", exif_with_a_place, ""),
    ("with-a-shell.php.jpg", jpeg_with_a_program_in_its_comment, ""),
    ("with-a-page.jpg", lambda: jpeg_with(b"<html><script>alert(1)</script></html>"), ""),
    ("with-an-archive.jpg", lambda: jpeg_with(b"PK\x03\x04" + b"evil" * 4000), ""),
    ("../../etc/passwd", photograph, ""),
    ("..\\..\\windows\\win.ini\0.jpg", photograph, ""),
    ("\u202egpj.exe", photograph, ""),
    ("фото\u0301 \U0001f9e6 سن.jpg", photograph, ""),
    ("x" * 5000 + ".jpg", photograph, ""),
    ("largest-honest.jpg", lambda: saved(Image.new("RGB", (7300, 5400), "teal"), "JPEG", quality=90), ""),
    ("largest-honest.png", lambda: saved(Image.new("RGB", (6000, 4000), "teal"), "PNG"), ""),
    ("largest-sheer.png", lambda: saved(Image.new("RGBA", (4000, 3500), (0, 99, 99, 80)), "PNG"), ""),
    ("largest-honest.webp", lambda: saved(Image.new("RGB", (3900, 2560), "teal"), "WEBP"), ""),
    ("largest-honest.avif", lambda: saved(Image.new("RGB", (4000, 3000), "teal"), "AVIF", speed=10), ""),
    ("print.jpg", lambda: saved(Image.new("CMYK", (5000, 7000)), "JPEG"), ""),
    ("many-scans.jpg", progressive_with_many_scans, ""),
)  # fmt: skip
