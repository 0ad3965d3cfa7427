"""Pictures in the library, without drawing them."""

import itertools

from store.core.db import session
from store.media.models import Image

_serial = itertools.count(1)


def make_picture(alt: str = "", *, status: str = "ready", width: int = 1200, height: int = 900) -> Image:
    """Make a picture's row; its files are not there."""
    number = next(_serial)
    image = Image(
        key=f"{number:032x}" if status == "ready" else None,
        source_url=None if status == "ready" else f"https://pictures.example/{number}.jpg",
        alt=alt,
        width=width if status == "ready" else 0,
        height=height if status == "ready" else 0,
        widths=[480, 960] if status == "ready" else [],
        colour="#806040",
        status=status,
    )
    session.add(image)
    session.commit()
    return image
