"""The pictures of every item: which there are, what they are called, and how each is put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.seed.art import stage
from store.seed.art.layers import Box, Part, Picture, placed
from store.seed.art.stage import Backdrop
from store.seed.art.things import parts_of, stand_of
from store.seed.content.model import Item, Look, Value

BACKDROPS: dict[str, Backdrop] = {
    "sand": Backdrop("#c9b79c", "#8f6d4c", "window", 2),
    "sage": Backdrop("#93a199", "#a98a68", "leaves", 3),
    "rose": Backdrop("#cfaa98", "#9a7757", "window", 5),
    "stone": Backdrop("#b5ada2", "#8d6b4e", "leaves", 6),
    "slate": Backdrop("#7d8a99", "#8a6d53", "window", 4),
    "clay": Backdrop("#c38f70", "#7a5840", "window", 8),
    "ochre": Backdrop("#c9a765", "#8a6540", "leaves", 9),
    "dusk": Backdrop("#56617a", "#6f5039", "lamp", 5),
    "night": Backdrop("#3a4355", "#624634", "lamp", 7),
    "linen": Backdrop("#c6b69d", "#8d6b4e", "leaves", 7),
    "walnut": Backdrop("#92715a", "#6a4d38", "window", 11),
}


TABLE_VIEW: Box = (40, 150, 840, 1050)


@dataclass(frozen=True)
class Shot:
    """One picture of an item; `value` names the colour it belongs to, empty for pictures of all."""

    name: str
    alt: str
    value: str = ""


def shots_of(item: Item) -> list[Shot]:
    """The pictures of an item in the order of its gallery."""
    axis, look = item.pictured, item.look
    if axis is None:
        shots = [Shot("front", f"{item.title}, {_kind_word(item)}")]
    else:
        shots = [
            Shot(
                f"front-{_slug(value.name)}",
                f"{item.title} in {value.name}" if axis.name != "Frame" else _frame_words(item, value),
                value.name,
            )
            for value in axis.values
        ]
    words = {
        "detail": f"Close view of {item.title}",
        "back": f"{item.title} from behind",
        "together": f"{item.title} in every colour",
        "room": f"{item.title} above a table with a vase",
    }
    return [*shots, *(Shot(view, words[view]) for view in look.views)]


def picture_of(item: Item, shot: Shot) -> Picture:
    """Put a picture of an item together."""
    look, stand = item.look, stand_of(item.look.kind)
    values = item.pictured.values if item.pictured else (Value("", item.look.colour),)
    by_name = {f"front-{_slug(value.name)}": value for value in values}
    if shot.name == "front" or shot.name in by_name:
        value = by_name.get(shot.name, values[0])
        return Picture([_ground(look), *_thing(look, value)], stand.front)
    if shot.name == "detail":
        return Picture([_ground(look), *_thing(look, values[-1] if look.kind == "print" else values[0])], stand.close)
    if shot.name == "back":
        return Picture(
            [_ground(look), *parts_of(look, values[min(1, len(values) - 1)].swatch or look.colour, "back")], stand.front
        )
    if shot.name == "room":
        return _room(look)
    return _together(look, values)


def _thing(look: Look, value: Value) -> list[Part]:
    return parts_of(look, value.swatch or look.colour, value.name)


def _ground(look: Look, horizon: float | None = None) -> Part:
    stand, backdrop = stand_of(look.kind), BACKDROPS[look.backdrop]
    return stage.table(backdrop, horizon or stand.horizon) if stand.table else stage.wall(backdrop)


def _together(look: Look, values: Sequence[Value]) -> Picture:
    """All colours side by side; what stands on a table overlaps from back to front."""
    stand = stand_of(look.kind)
    count = len(values)
    box = TABLE_VIEW if stand.table else stand.front
    parts = [_ground(look, 820 if stand.table else None)]
    if stand.table:
        scale = {2: 0.6, 3: 0.51}.get(count, 0.46)
        steps = {2: ((-10, 402), (330, 470)), 3: ((-45, 400), (372, 424), (165, 520))}.get(count, ((0, 0),) * count)
        for value, step in zip(values, steps, strict=False):
            parts += placed(_thing(look, value), *step, scale)
        return Picture(parts, box)
    # Each thing is a copy of its own picture, smaller; slots are shares of the picture's width and height.
    scale = {2: 0.62, 3: 0.57}.get(count, 0.5)
    slots = {
        2: ((-0.05, 0.03), (0.43, 0.36)),
        3: ((-0.07, 0.01), (0.5, 0.05), (0.21, 0.43)),
        4: ((0.0, 0.01), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)),
    }[count]
    left, top, wide, high = box
    for value, (across, down) in zip(values, slots, strict=True):
        parts += placed(_thing(look, value), left * (1 - scale) + across * wide, top * (1 - scale) + down * high, scale)
    return Picture(parts, box)


def _room(look: Look) -> Picture:
    """A framed print above a table, with a vase and a pot beside it."""
    backdrop = BACKDROPS[look.backdrop]
    vase = parts_of(Look("bottle", stems="grass"), "#515a45" if look.backdrop != "sage" else "#bd6f3c")
    cup = parts_of(Look("tumbler"), "#e6ddcd")
    parts = [
        stage.table(backdrop, 1020),
        *placed(parts_of(look, look.colour, "Oak"), 60, 40, 0.74),
        *placed(vase, 560, 620, 0.46),
        *placed(cup, 520, 905, 0.24),
    ]
    return Picture(parts)


def _slug(name: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def _kind_word(item: Item) -> str:
    return item.kind.lower()


def _frame_words(item: Item, value: Value) -> str:
    return (
        f"{item.title}, print without a frame"
        if value.name == "Unframed"
        else f"{item.title}, print in a frame of {value.name.lower()} wood"
    )


__all__ = ["BACKDROPS", "Box", "Shot", "picture_of", "shots_of"]
