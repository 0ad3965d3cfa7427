"""What the demo shop's content is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import product
from typing import Literal


@dataclass(frozen=True)
class Value:
    """A choice on an axis; `extra` is added to the price (minor units), `weight` to the weight in grams."""

    name: str
    swatch: str | None = None
    extra: int = 0
    weight: int = 0


@dataclass(frozen=True)
class Axis:
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Look:
    """What a thing looks like: the kind of object, what is printed on it, and where it is shown."""

    kind: str
    motif: str = ""
    backdrop: str = "sand"
    accent: str | None = None  # the second colour of the print
    words: tuple[str, ...] = ()  # lettering: a title, a line
    stems: str = ""  # what stands in a vase
    colour: str = "#3c4f66"  # for things without a choice of colour
    views: tuple[str, ...] = ("detail",)


@dataclass(frozen=True)
class Item:
    """A product. Combinations are named as shoppers see them: `Ink / M`."""

    handle: str
    title: str
    collection: str
    kind: str
    price: int  # minor units of the first combination, with tax
    text: tuple[str, ...]
    details: tuple[str, ...]
    look: Look
    sku: str
    weight: int  # grams
    axes: tuple[Axis, ...] = ()
    tags: tuple[str, ...] = ()
    compare_at: int | None = None
    status: Literal["active", "draft"] = "active"
    policy: Literal["deny", "continue"] = "deny"
    sold_out: tuple[str, ...] = ()  # combinations; "*" is all of them
    few: tuple[tuple[str, int], ...] = ()
    popularity: int = 0

    @property
    def description_html(self) -> str:
        """The description as paragraphs and one list."""
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in self.text)
        return paragraphs + "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in self.details) + "</ul>"

    @property
    def pictured(self) -> Axis | None:
        """The axis whose values look different; `None` when they all look the same."""
        return next((axis for axis in self.axes if axis.name in ("Colour", "Glaze", "Cover", "Frame")), None)

    def combinations(self) -> Iterator[tuple[Value, ...]]:
        """Every combination of the item's choices, in the order they are shown; one empty one without choices."""
        return product(*(axis.values for axis in self.axes))


@dataclass(frozen=True)
class Shelf:
    """A collection and the picture of it."""

    handle: str
    title: str
    text: str
    seo: str
    scene: str


@dataclass(frozen=True)
class Text:
    """A written page."""

    kind: Literal["page", "policy"]
    handle: str
    title: str
    body_html: str = field(repr=False)


def combination_name(values: tuple[Value, ...]) -> str:
    """How shoppers see a combination: `Ink / M`."""
    return " / ".join(value.name for value in values)
