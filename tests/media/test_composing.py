"""Pictures put together of layers: what is seen in them, and what they are called."""

import pytest
from PIL import Image, ImageDraw, ImageFilter

from store.media.composing.painting import Layers, paint
from store.media.composing.recipe import Area, Recipe, is_composed, key_for, whose

_SIZE = (320, 400)
_MIDDLE = Area(25, 25, 50, 50)


def _garment(*, fringe: int | None = None) -> Image.Image:
    """A disc of grey cloth; `fringe` is the level of what a camera saw around it, left in its half transparent edge."""
    big = Image.new("L", (_SIZE[0] * 4, _SIZE[1] * 4), 0)
    ImageDraw.Draw(big).ellipse((160, 160, 1120, 1440), fill=255)
    alpha = big.resize(_SIZE, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.5))
    grey = Image.new("L", _SIZE, 128)
    if fringe is not None:
        grey = Image.composite(grey, Image.new("L", _SIZE, fringe), alpha.point([0] * 250 + [255] * 6))
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _fold(at: int) -> Image.Image:
    """One upright fold: light left of it, shadow on it."""
    folds = Image.new("L", _SIZE, 128)
    draw = ImageDraw.Draw(folds)
    for x in range(24):
        draw.line((at + x, 0, at + x, _SIZE[1]), fill=128 - round(90 * (1 - abs(x - 12) / 12)))
    return folds


def _lines() -> Image.Image:
    """Black lines, on nothing."""
    art = Image.new("RGBA", (160, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(art)
    for x in range(0, 160, 20):
        draw.line((x, 0, x, 200), fill=(0, 0, 0, 255), width=6)
    return art


def test_a_garment_takes_the_colour_that_was_chosen():
    made = paint(Layers(_garment(), tint="#1a2b8c"))
    assert made.getpixel((160, 200)) == pytest.approx((0x1A, 0x2B, 0x8C), abs=3)
    assert made.getpixel((2, 2)) != made.getpixel((160, 200))


def test_one_that_is_not_tinted_keeps_its_own():
    assert paint(Layers(_garment())).getpixel((160, 200)) == pytest.approx((128, 128, 128), abs=1)


@pytest.mark.parametrize("colour", ["#20242e", "#ece4d5", "#8c1a2b"])
@pytest.mark.parametrize("fringe", [0, 255])
def test_what_stood_behind_the_garment_leaves_no_halo_at_its_edge(colour, fringe):
    backdrop = Image.new("RGB", _SIZE, "#9a9488")
    with_fringe = paint(Layers(_garment(fringe=fringe), backdrop, tint=colour))
    clean = paint(Layers(_garment(), backdrop, tint=colour))
    # Along a line from the wall to the cloth no level lies outside of the two: that would be a rim.
    for x in range(40):
        for seen, wanted in zip(with_fringe.getpixel((x + 20, 200)), clean.getpixel((x + 20, 200)), strict=True):
            assert abs(seen - wanted) <= 8


def test_a_fold_shades_the_cloth_and_what_is_printed_on_it():
    art = Image.new("RGBA", (160, 200), (230, 220, 200, 255))
    flat, folded = (
        paint(Layers(_garment(), folds=folds, tint="#8c1a2b", area=_MIDDLE, prints=[art]))
        for folds in (None, _fold(150))
    )
    assert sum(folded.getpixel((162, 200))) < sum(flat.getpixel((162, 200))) - 90
    assert sum(folded.getpixel((162, 60))) < sum(flat.getpixel((162, 60))) - 20
    assert folded.getpixel((100, 200)) == pytest.approx(flat.getpixel((100, 200)), abs=2)


def test_a_print_moves_with_the_fold_it_lies_on_and_nowhere_else():
    def lines(folds: Image.Image | None) -> Image.Image:
        return paint(Layers(_garment(), folds=folds, tint="#ffffff", area=_MIDDLE, prints=[_lines()]))

    flat, folded = lines(None), lines(_fold(142))

    def middle(made: Image.Image, start: int, end: int) -> float:
        black = [x for x in range(start, end) if made.getpixel((x, 200))[0] < 60]
        return sum(black) / len(black)

    assert middle(folded, 95, 110) == pytest.approx(middle(flat, 95, 110), abs=0.1)
    assert max(abs(middle(folded, at, at + 16) - middle(flat, at, at + 16)) for at in (132, 152)) > 0.7


def test_a_print_stays_on_the_cloth():
    art = Image.new("RGBA", (100, 100), (255, 0, 0, 255))
    made = paint(
        Layers(_garment(), Image.new("RGB", _SIZE, "#00ff00"), tint="#222222", area=Area(0, 0, 100, 100), prints=[art])
    )
    assert made.getpixel((4, 200)) == (0, 255, 0)
    assert made.getpixel((160, 200))[0] > 150


def test_a_print_fits_into_its_place_with_its_own_proportions():
    made = paint(
        Layers(_garment(), tint="#222222", area=_MIDDLE, prints=[Image.new("RGBA", (400, 100), (255, 255, 255, 255))])
    )
    assert made.getpixel((160, 200))[0] > 150
    assert made.getpixel((160, 150))[0] < 80


def test_a_key_follows_from_everything_that_is_seen_and_tells_whose_picture_it_is():
    recipe = Recipe("a" * 32, tint="#112233", area=Area(30, 20.5, 40, 30), prints=("b" * 32,))
    key = key_for(recipe, 7, (12, 345, 6789))
    assert is_composed(key)
    assert whose(key) == (7, (12, 345, 6789))
    others = [
        Recipe("a" * 32, tint="#112234", area=Area(30, 20.5, 40, 30), prints=("b" * 32,)),
        Recipe("a" * 32, tint="#112233", area=Area(30, 20.5, 40, 30.01), prints=("b" * 32,)),
        Recipe("a" * 32, tint="#112233", area=Area(30, 20.5, 40, 30), prints=("c" * 32,)),
        Recipe("a" * 32, folds="d" * 32, tint="#112233", area=Area(30, 20.5, 40, 30), prints=("b" * 32,)),
    ]
    assert len({key, *(key_for(one, 7, (12, 345, 6789)) for one in others)}) == 5
    assert key_for(recipe, 7, (12, 345)) != key


def test_the_largest_numbers_of_a_table_still_fit_into_a_name():
    key = key_for(Recipe("a"), 10**9, (10**9, 10**9 + 1, 10**9 + 2, 10**9 + 3))
    assert len(key) <= 64
    assert whose(key) == (10**9, (10**9, 10**9 + 1, 10**9 + 2, 10**9 + 3))


@pytest.mark.parametrize(
    "key", ["f" * 32, "0" * 20 + "z", "0" * 20 + "z-1", "0" * 20 + "z" + "z" * 43, "z" * 30, "0" * 20 + "z0"]
)
def test_other_keys_are_nobodys(key):
    assert whose(key) is None
