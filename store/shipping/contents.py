"""What is in a parcel, as far as a price goes by it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contents:
    """What is sent: its weight with the box in grams, its value in minor units, and its number of pieces."""

    grams: int
    value_minor: int = 0
    pieces: int = 1
