"""Pictures of more than one thing: the window of the shop, the covers of the collections."""

from collections.abc import Callable

from store.seed.art import stage
from store.seed.art.garments import hook
from store.seed.art.layers import Part, Picture, placed
from store.seed.art.shots import BACKDROPS
from store.seed.art.stage import Backdrop
from store.seed.art.things import parts_of
from store.seed.content.model import Look
from store.seed.content.palette import CLOTH, GLAZE


def scene(name: str) -> Picture:
    """Put a scene together; raises `KeyError` for one that there is not."""
    return SCENES[name]()


def _stand(look: Look, colour: str, right: float, down: float, scale: float, choice: str = "") -> list[Part]:
    return placed(parts_of(look, colour, choice), right, down, scale)


def _evening(width: float, height: float, horizon: float) -> list[Part]:
    """The wall and the long table of the studio, the lamp just lit."""
    return [stage.table(Backdrop("#4b5770", "#6f5039", "lamp", 5, width, height), horizon)]


def _hung(look: Look, colour: str, right: float, down: float, scale: float) -> list[Part]:
    """A garment on its hanger."""
    return [*_stand(look, colour, right, down, scale), *placed([hook()], right, down, scale)]


def _hero() -> Picture:
    """Nearly square, as the home page shows it; nothing that matters lies near an edge."""
    parts = _evening(1200, 1080, 770)
    parts += _stand(Look("print", "moonrise", words=("Moonrise",), colour="#262b38"), "#262b38", 40, 20, 0.5, "Oak")
    parts += _hung(Look("sweatshirt", "owl"), CLOTH["Moss"], 420, -40, 0.68)
    parts += _stand(Look("vase", stems="leaves"), GLAZE["Salt"], 580, 80, 0.82)
    parts += _stand(Look("candle", "moth", words=("Night Garden",)), GLAZE["Midnight"], 420, 440, 0.46)
    parts += _stand(Look("mug", "moth"), GLAZE["Ember"], 40, 410, 0.5)
    parts += _stand(
        Look("matches", "fox", colour="#8c3f2e", accent="#e3b061", words=("Fox Fire",)), "#8c3f2e", 322, 640, 0.32
    )
    parts += _stand(Look("dish"), GLAZE["Celadon"], 740, 510, 0.44)
    return Picture(parts, (0, 0, 1200, 1080))


def _tees() -> Picture:
    parts: list[Part] = [stage.wall(BACKDROPS["sand"])]
    parts += _stand(Look("tee", "phases", accent="#b5562e"), CLOTH["Chalk"], 300, 10, 0.74)
    parts += _stand(Look("tee", "toadstools", accent="#c0512f"), CLOTH["Fir"], -40, 420, 0.74)
    return Picture(parts)


def _sweatshirts() -> Picture:
    parts: list[Part] = [stage.wall(BACKDROPS["rose"])]
    parts += _stand(Look("hoodie", "chart"), CLOTH["Plum"], -60, 60, 0.74)
    parts += _stand(Look("sweatshirt", "fox", accent="#c4642f"), CLOTH["Oat"], 310, 330, 0.76)
    return Picture(parts)


def _bags() -> Picture:
    parts: list[Part] = [stage.wall(BACKDROPS["sage"])]
    parts += _stand(Look("tote", "eye"), CLOTH["Chalk"], -30, 40, 0.76)
    parts += _stand(Look("tote", "moth"), CLOTH["Ink"], 330, 300, 0.76)
    return Picture(parts)


def _table() -> Picture:
    parts: list[Part] = [stage.table(BACKDROPS["clay"], 800)]
    parts += _stand(Look("jug"), GLAZE["Salt"], 330, 190, 0.72)
    parts += _stand(Look("bowl"), GLAZE["Midnight"], -90, 290, 0.7)
    parts += _stand(Look("mug", "moth"), GLAZE["Celadon"], 250, 560, 0.54)
    return Picture(parts)


def _paper() -> Picture:
    parts: list[Part] = [stage.wall(BACKDROPS["slate"])]
    parts += _stand(
        Look("print", "toadstools", accent="#c9592f", words=("Toadstools",), colour="#47513c"),
        "#47513c",
        -70,
        -60,
        0.7,
        "Oak",
    )
    parts += _stand(Look("print", "peaks", words=("Two Peaks",), colour="#2e3d55"), "#2e3d55", 400, 60, 0.62, "Black")
    parts += _stand(Look("notebook", "chart"), CLOTH["Plum"], 240, 560, 0.62)
    return Picture(parts)


def _home() -> Picture:
    parts: list[Part] = [stage.table(BACKDROPS["dusk"], 800)]
    parts += _stand(Look("cushion", "hare"), CLOTH["Chalk"], 290, 110, 0.72)
    parts += _stand(Look("candle", "moth", words=("Night Garden",)), GLAZE["Damson"], -20, 320, 0.64)
    parts += _stand(
        Look("matches", "fox", colour="#8c3f2e", accent="#e3b061", words=("Fox Fire",)), "#8c3f2e", 350, 560, 0.5
    )
    return Picture(parts)


SCENES: dict[str, Callable[[], Picture]] = {
    "hero": _hero,
    "tees": _tees,
    "sweatshirts": _sweatshirts,
    "bags": _bags,
    "table": _table,
    "paper": _paper,
    "home": _home,
}
__all__ = ["SCENES", "scene"]
