"""The pictures: drawn here, the same every time, and not grey."""

import hashlib
import io
import subprocess
import sys

import pytest
from PIL import Image, ImageStat

from store.core.settings import PROJECT_ROOT
from store.seed.art import studio
from store.seed.art.colour import darker, is_dark, lighter, lightness, mix
from store.seed.art.layers import compose
from store.seed.art.motifs import MOTIFS, motif
from store.seed.art.motifs.ink import Ink
from store.seed.art.shots import picture_of, shots_of
from store.seed.art.things import ink_for
from store.seed.content import ITEMS, item
from store.seed.content.palette import CLOTH, GLAZE

_PRINT_DIGEST = """
import hashlib
from store.seed.art import studio
print(hashlib.sha256(b"".join(studio.paint("moth-cap/front-ink").files.values())).hexdigest())
"""


def test_a_picture_is_the_same_in_another_process():
    here = hashlib.sha256(b"".join(studio.paint("moth-cap/front-ink").files.values())).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", _PRINT_DIGEST], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_a_picture_that_was_painted_is_known_again_from_its_files():
    painted = studio.paint("moth-matches/front")
    known = studio.known("moth-matches/front", painted.files)
    assert (known.key, known.width, known.height) == (painted.key, painted.width, painted.height)
    assert mix(known.colour, painted.colour, 0.5)[:2] == "#" + painted.colour[1], "the average colour, but for rounding"


def test_pictures_are_four_to_five_and_come_in_the_promised_widths():
    painted = studio.paint("low-dish/front-ash")
    assert (painted.width, painted.height) == (960, 1200)
    assert {width: Image.open(io.BytesIO(body)).size for width, body in painted.files.items()} == {
        480: (480, 600),
        960: (960, 1200),
    }
    assert all(len(body) < 250_000 for body in painted.files.values())


def test_an_unknown_picture_is_refused():
    with pytest.raises(KeyError):
        studio.paint("moth-mug/front-purple")
    with pytest.raises(KeyError):
        studio.paint("no-such-thing/front")


@pytest.mark.parametrize("kind", sorted({one.look.kind for one in ITEMS}))
def test_every_kind_of_thing_fills_its_picture_with_colour(kind):
    one = next(one for one in ITEMS if one.look.kind == kind)
    for shot in (shots_of(one)[0], shots_of(one)[-1]):
        small = compose(picture_of(one, shot), 160)
        statistics = ImageStat.Stat(small)
        assert max(statistics.mean) - min(statistics.mean) > 4, "grey"
        assert max(statistics.stddev) > 12, "empty"
        corners = [small.getpixel(place) for place in ((0, 0), (159, 0), (0, 199), (159, 199))]
        assert (136, 136, 136) not in corners, "the drawing does not reach the edge"


def test_two_colours_of_a_thing_look_different_where_the_thing_is():
    mug = item("moth-mug")
    first, second = (
        ImageStat.Stat(compose(picture_of(mug, shot), 160).crop((50, 120, 70, 140))).mean for shot in shots_of(mug)[:2]
    )
    assert sum(abs(one - other) for one, other in zip(first, second, strict=True)) > 100


def test_prints_can_be_read_on_every_ground():
    for ground in (*CLOTH.values(), *GLAZE.values()):
        ink = ink_for(ground)
        assert abs(lightness(ink.main) - lightness(ground)) > 0.2, ground
        assert abs(lightness(ink.accent) - lightness(ground)) > 0.1, ground


def test_motifs_are_drawn_in_the_inks_they_are_given():
    for name in MOTIFS:
        drawn = motif(name, Ink("#111111", "#222222", "#333333"))
        assert "#111111" in drawn, name
        assert "url(" not in drawn, "a motif needs no definitions of the drawing it is put into"


def test_shades_keep_their_order():
    assert lightness(darker("#5f6b4f", 0.1)) < lightness("#5f6b4f") < lightness(lighter("#5f6b4f", 0.1))
    assert mix("#000000", "#ffffff", 0.0) == "#000000"
    assert mix("#000000", "#ffffff", 1.0) == "#ffffff"
    assert is_dark("#262b38")
    assert not is_dark("#ece4d5")
