"""Pictures are sized, cleaned and, where they would do harm, refused."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from store.core.errors import Invalid
from store.media import renditions


def picture(size=(1600, 2000), colour="#c04020", mode="RGB", kind="JPEG", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes whose header promises an enormous picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_large_picture_is_made_in_every_declared_width():
    made = renditions.render(picture((2400, 3000)))
    assert {width: opened(body).size for width, body in made.files.items()} == {
        width: (width, round(width * 1.25)) for width in (320, 480, 640, 960, 1280, 1920)
    }
    assert {opened(body).format for body in made.files.values()} == {"WEBP"}
    assert (made.width, made.height) == (2400, 3000)


@pytest.mark.parametrize(("width", "expected"), [(300, [300]), (600, [320, 480, 600]), (960, [320, 480, 640, 960])])
def test_nothing_is_made_larger_than_it_is(width, expected):
    assert sorted(renditions.render(picture((width, 100))).files) == expected


@pytest.mark.parametrize(("extension", "kind"), [("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")])
def test_every_format_is_made_of_the_same_picture(extension, kind):
    body = renditions.encode(renditions.decode(picture()), 480, extension)
    made = opened(body)
    assert (made.format, made.size) == (kind, (480, 600))
    red, green, blue = made.convert("RGB").getpixel((240, 300))
    assert abs(red - 0xC0) < 10
    assert abs(green - 0x40) < 10
    assert abs(blue - 0x20) < 10


def test_where_a_picture_shows_nothing_its_jpeg_is_white():
    body = renditions.encode(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), 320, "jpg")
    assert opened(body).getpixel((10, 10)) == (255, 255, 255)


def test_what_stands_for_a_picture_is_a_few_pixels_in_the_page():
    small = renditions.placeholder(renditions.decode(picture()))
    head, _, body = small.partition(",")
    assert head == "data:image/webp;base64"
    assert opened(base64.b64decode(body)).size == (16, 20)
    assert len(small) < 400


def test_metadata_stays_behind():
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    made = renditions.render(picture(exif=exif.tobytes()))
    for body in [*made.files.values(), made.master]:
        assert b"Camera of Ana" not in body
        assert not opened(body).getexif()


def test_a_picture_taken_on_its_side_is_set_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    made = renditions.render(picture((2000, 1600), exif=exif.tobytes()))
    assert (made.width, made.height) == (1600, 2000)


def test_the_colour_is_that_of_most_of_the_picture():
    red, green, blue = (int(renditions.render(picture()).colour[place : place + 2], 16) for place in (1, 3, 5))
    assert abs(red - 0xC0) < 8
    assert abs(green - 0x40) < 8
    assert abs(blue - 0x20) < 8


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "GIF"), ("L", "PNG"), ("LA", "PNG"), ("CMYK", "JPEG"), ("1", "PNG")]
)
def test_every_kind_of_pixel_is_understood(mode, kind):
    target = io.BytesIO()
    Image.new(mode, (600, 400)).save(target, kind)
    assert 480 in renditions.render(target.getvalue()).files


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not a picture</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"GIF89a" + b"\0" * 40,
        b"\xff\xd8\xff\xe0" + b"\0" * 200,
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Invalid):
        renditions.render(data)


def test_a_truncated_picture_is_refused():
    noisy = io.BytesIO()
    Image.effect_noise((900, 900), 90).save(noisy, "JPEG")
    with pytest.raises(Invalid):
        renditions.render(noisy.getvalue()[:5000])


@pytest.mark.parametrize("size", [(50_000, 50_000), (7000, 6000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(size):
    with pytest.raises(Invalid):
        renditions.render(huge_png(*size))


def test_a_file_above_10_mb_is_refused():
    with pytest.raises(Invalid, match="10 MB"):
        renditions.render(b"\0" * (renditions.MAX_BYTES + 1))
