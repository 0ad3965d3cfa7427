"""Films are looked into before they are taken in: only what browsers play, whole, and without what phones add."""

import io

import pytest

from store.core.errors import Invalid
from store.films import formats
from store.films.formats import Facts
from tests.factories.films import box, element, make_mp4, make_webm


def look(data: bytes) -> Facts:
    return formats.clean(io.BytesIO(data), len(data))


def cleaned(data: bytes) -> bytes:
    file = io.BytesIO(data)
    formats.clean(file, len(data))
    return file.getvalue()


def test_an_mp4_tells_its_size_and_length():
    assert look(make_mp4()) == Facts("mp4", 640, 360, 45_000, "avc1")


def test_a_film_held_upright_is_as_high_as_it_is_shown():
    facts = look(make_mp4(width=1920, height=1080, turned=True))
    assert (facts.width, facts.height) == (1080, 1920)


def test_a_webm_tells_its_size_and_length():
    assert look(make_webm(duration=2500.0)) == Facts("webm", 640, 360, 2500, "vp09")


def test_a_webm_that_a_browser_recorded_has_the_length_of_its_last_part():
    assert look(make_webm(known=False)) == Facts("webm", 640, 360, 3000, "vp09")


@pytest.mark.parametrize("place", ["in_moov", "in_track", "more"])
@pytest.mark.parametrize("name", [b"udta", b"meta", b"uuid"])
def test_where_a_film_was_taken_is_blanked_and_nothing_moves(place, name):
    secret = b"+48.2082+016.3738/"
    data = make_mp4(**{place: box(name, secret)})
    clean = cleaned(data)
    assert secret not in clean
    assert len(clean) == len(data)
    assert clean.index(b"pictures") == data.index(b"pictures")
    assert look(clean) == look(data)


@pytest.mark.parametrize("name", [b"\x12\x54\xc3\x67", b"\x19\x41\xa4\x69"])
def test_tags_and_attachments_of_a_webm_are_blanked(name):
    data = make_webm(more=element(name, b"taken at home"))
    clean = cleaned(data)
    assert b"at home" not in clean
    assert len(clean) == len(data)
    assert look(clean) == look(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no film"),
        (b"<html><script>alert(1)</script>", "no film"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no film"),
        (make_mp4(codec=b"hvc1"), "hvc1"),
        (make_mp4(codec=b"mp4v"), "mp4v"),
        (make_mp4(brand=b"qt  ", brands=b"qt  "), "QuickTime"),
        (make_webm(doctype=b"matroska"), "matroska"),
        (make_webm(codec=b"V_MPEG4/ISO/AVC"), "H.264 in WebM"),
        (make_mp4()[:-10], "damaged"),
        (make_mp4()[:300], "damaged"),
        (make_webm()[:-10], "damaged"),
        (box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", b"x"), "damaged"),
        (box(b"ftyp", b"avif", bytes(4), b"avifmif1") + box(b"meta", bytes(40)) + box(b"mdat", b"x"), "damaged"),
        (make_mp4(width=0), "damaged"),
        (make_mp4(width=60_000), "damaged"),
        (make_mp4(more=b"\0\0\0\7free"), "damaged"),
        (make_mp4(more=b"\0\0\0\1free" + b"\xff" * 8), "damaged"),
        (b"\x1a\x45\xdf\xa3\x00", "damaged"),
        (b"\x1a\x45\xdf\xa3\x80" + bytes(50), "damaged"),
    ],
)
def test_anything_else_is_refused_with_its_reason(data, sentence):
    with pytest.raises(Invalid, match=sentence):
        look(data)


def test_boxes_in_boxes_without_an_end_are_refused():
    nested = b""
    for _level in range(2000):
        nested = box(b"moov", nested)
    with pytest.raises(Invalid, match="damaged"):
        look(box(b"ftyp", b"isom", bytes(4)) + nested)


def test_a_hundred_thousand_boxes_are_refused():
    with pytest.raises(Invalid, match="damaged"):
        look(make_mp4(more=box(b"free") * 100_001))


def test_only_the_boxes_are_read(monkeypatch):
    class Counted(io.BytesIO):
        fetched = 0

        def read(self, size=-1, /):
            body = super().read(size)
            self.fetched += len(body)
            return body

    data = make_mp4(pictures=bytes(20 * 1024 * 1024))
    file = Counted(data)
    formats.clean(file, len(data))
    assert file.fetched < 4096
