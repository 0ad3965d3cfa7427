"""A drawing in SVG: shapes as strings, definitions collected beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 1000, 1250  # units of a product picture, 4:5

Point = tuple[float, float]
Stop = tuple[float, str] | tuple[float, str, float]


@dataclass
class Drawing:
    """What one picture defines (gradients, clips, filters); ids count up, so the same calls give the same text."""

    defs: list[str] = field(default_factory=list)

    def linear(
        self, stops: Iterable[Stop], start: Point = (0, 0), end: Point = (0, 1), *, units: str = "objectBoundingBox"
    ) -> str:
        """Define a linear gradient and return the paint that names it."""
        name = self._name()
        self.defs.append(
            f'<linearGradient id="{name}" gradientUnits="{units}" x1="{num(start[0])}" y1="{num(start[1])}"'
            f' x2="{num(end[0])}" y2="{num(end[1])}">{_stops(stops)}</linearGradient>'
        )
        return f"url(#{name})"

    def radial(
        self,
        stops: Iterable[Stop],
        centre: Point = (0.5, 0.5),
        radius: float = 0.5,
        *,
        units: str = "objectBoundingBox",
        transform: str = "",
    ) -> str:
        """Define a radial gradient and return the paint that names it."""
        name = self._name()
        moved = f' gradientTransform="{transform}"' if transform else ""
        self.defs.append(
            f'<radialGradient id="{name}" gradientUnits="{units}" cx="{num(centre[0])}" cy="{num(centre[1])}"'
            f' r="{num(radius)}"{moved}>{_stops(stops)}</radialGradient>'
        )
        return f"url(#{name})"

    def blur(self, radius: float, *, room: int = 40) -> str:
        """Define a soft focus of `radius` units; `room` is the share of the shape's box it may spill over, in percent."""
        name = self._name()
        self.defs.append(
            f'<filter id="{name}" x="-{room}%" y="-{room}%" width="{100 + 2 * room}%" height="{100 + 2 * room}%" color-interpolation-filters="sRGB">'
            f'<feGaussianBlur stdDeviation="{num(radius)}"/></filter>'
        )
        return f"url(#{name})"

    def rough(self, scale: float, *, grain: float = 0.04, seed: int = 1) -> str:
        """Define a filter that lets edges wander by about `scale` units, as a hand does."""
        name = self._name()
        self.defs.append(
            f'<filter id="{name}" x="-5%" y="-5%" width="110%" height="110%">'
            f'<feTurbulence type="fractalNoise" baseFrequency="{grain}" numOctaves="2" seed="{seed}" result="n"/>'
            f'<feDisplacementMap in="SourceGraphic" in2="n" scale="{num(scale)}" xChannelSelector="R" yChannelSelector="G"/></filter>'
        )
        return f"url(#{name})"

    def clip(self, *shapes: str) -> str:
        name = self._name()
        self.defs.append(f'<clipPath id="{name}">{"".join(shapes)}</clipPath>')
        return f"url(#{name})"

    def mask(self, *shapes: str) -> str:
        name = self._name()
        self.defs.append(
            f'<mask id="{name}" maskUnits="userSpaceOnUse" x="-500" y="-500" width="3000" height="3000">{"".join(shapes)}</mask>'
        )
        return f"url(#{name})"

    def pattern(self, width: float, height: float, content: str, *, transform: str = "") -> str:
        name = self._name()
        moved = f' patternTransform="{transform}"' if transform else ""
        self.defs.append(
            f'<pattern id="{name}" width="{num(width)}" height="{num(height)}" patternUnits="userSpaceOnUse"{moved}>{content}</pattern>'
        )
        return f"url(#{name})"

    def document(self, body: str) -> str:
        """The whole SVG; the part that is seen and its size are filled in when it is rendered."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
            f' viewBox="@view@" width="@width@" height="@height@"><defs>{"".join(self.defs)}</defs>{body}</svg>'
        )

    def _name(self) -> str:
        return f"d{len(self.defs)}"


def num(value: float) -> str:
    """A number as short as SVG allows, with two decimals at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """An element; underscores in names become hyphens, `None` is left out."""
    parts = [tag]
    for name, value in attributes.items():
        if value is None:
            continue
        text = num(value) if isinstance(value, float | int) else str(value)
        parts.append(f'{name.rstrip("_").replace("_", "-")}="{text}"')
    opening = " ".join(parts)
    return f"<{opening}>{content}</{tag}>" if content else f"<{opening}/>"


def path(shape: str, fill: str = "none", **attributes: object) -> str:
    return element("path", d=shape, fill=fill, **attributes)


def stroke(shape: str, colour: str, width: float, **attributes: object) -> str:
    """A line with round ends."""
    ends: dict[str, object] = {"stroke_linecap": "round", "stroke_linejoin": "round"}
    return element("path", d=shape, fill="none", stroke=colour, stroke_width=width, **(ends | attributes))


def rect(x: float, y: float, width: float, height: float, fill: str, **attributes: object) -> str:
    return element("rect", x=x, y=y, width=width, height=height, fill=fill, **attributes)


def circle(x: float, y: float, radius: float, fill: str = "none", **attributes: object) -> str:
    return element("circle", cx=x, cy=y, r=radius, fill=fill, **attributes)


def ellipse(x: float, y: float, across: float, down: float, fill: str = "none", **attributes: object) -> str:
    return element("ellipse", cx=x, cy=y, rx=across, ry=down, fill=fill, **attributes)


def group(*children: str, **attributes: object) -> str:
    return element("g", "".join(children) or " ", **attributes)


def picture(uri: str, x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """A raster texture stretched over a box."""
    return element(
        "image", x=x, y=y, width=width, height=height, preserveAspectRatio="none", **{"xlink:href": uri}, **attributes
    )


def polyline(points: Sequence[Point], *, closed: bool = False) -> str:
    """Path text through points, straight."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + ("Z" if closed else "")


def smooth(points: Sequence[Point], *, closed: bool = False, tension: float = 1.0) -> str:
    """Path text through points, curved (Catmull-Rom)."""
    count = len(points)
    text = f"M{num(points[0][0])} {num(points[0][1])}"
    for index in range(count if closed else count - 1):
        before, here = points[index - 1] if closed or index else points[0], points[index]
        there = points[(index + 1) % count]
        after = points[(index + 2) % count] if closed else points[min(index + 2, count - 1)]
        pull = tension / 6
        text += (
            f"C{num(here[0] + (there[0] - before[0]) * pull)} {num(here[1] + (there[1] - before[1]) * pull)}"
            f" {num(there[0] - (after[0] - here[0]) * pull)} {num(there[1] - (after[1] - here[1]) * pull)}"
            f" {num(there[0])} {num(there[1])}"
        )
    return text + ("Z" if closed else "")


def _stops(stops: Iterable[Stop]) -> str:
    text = ""
    for stop in stops:
        opacity = f' stop-opacity="{num(stop[2])}"' if len(stop) == 3 else ""
        text += f'<stop offset="{num(stop[0])}" stop-color="{stop[1]}"{opacity}/>'
    return text
