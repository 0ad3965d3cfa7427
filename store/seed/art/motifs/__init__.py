"""What is printed: every motif by name, drawn for a set of inks."""

from collections.abc import Callable

from store.seed.art.motifs import creatures, garden, night
from store.seed.art.motifs.ink import Ink

MOTIFS: dict[str, Callable[[Ink], str]] = {
    "arches": garden.arches,
    "beetle": creatures.beetle,
    "cat": creatures.cat,
    "chart": night.chart,
    "eye": garden.eye,
    "fern": garden.fern,
    "fishes": creatures.fishes,
    "fox": creatures.fox,
    "hare": creatures.hare,
    "moonrise": night.moonrise,
    "moth": night.moth,
    "owl": night.owl,
    "peaks": garden.peaks,
    "phases": night.phases,
    "primrose": garden.primrose,
    "swallows": night.swallows,
    "tide": garden.tide,
    "toadstools": garden.toadstools,
}


def motif(name: str, ink: Ink) -> str:
    """The shapes of a motif in a box from -100 to 100."""
    return MOTIFS[name](ink)
