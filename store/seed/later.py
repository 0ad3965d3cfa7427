"""What is painted after the shop has opened: the widest files of the pictures that are seen large."""

from datetime import timedelta

from sqlalchemy import select

from store.core.db import session, transaction
from store.core.queue import enqueue, job
from store.media import storage
from store.media.models import Image

# The shop has better to do in its first minutes, and its mail should never wait long behind a picture.
_PAUSE = timedelta(minutes=5)
_APART = timedelta(seconds=20)
_BUNDLE = 4


def paint_later(images: dict[str, int]) -> None:
    """Have the widest files of these pictures painted by job, some at a time; ids by the name of the picture."""
    names = list(images)
    for start in range(0, len(names), _BUNDLE):
        bundle = {name: images[name] for name in names[start : start + _BUNDLE]}
        enqueue(
            "seed.paint_wide",
            dedupe=f"seed.paint_wide:{names[start]}",
            delay=_PAUSE + _APART * (start // _BUNDLE),
            images=bundle,
        )


@job("seed.paint_wide", lease=120, patient=True)
def paint_wide(images: dict[str, int]) -> None:
    """Paint the widest file of each picture that has none yet."""
    # Painting needs libraries that only the worker that does it should load.
    from store.seed.art import studio

    for name, image_id in images.items():
        with transaction():
            image = session.get(Image, image_id)
            key = image.key if image is not None and studio.LATER_WIDTH not in image.widths else None
        if key is None:
            continue
        storage.current().write(storage.name_of(key, studio.LATER_WIDTH), studio.paint_wide(name))
        with transaction():
            row = session.execute(
                select(Image).where(Image.id == image_id).with_for_update().execution_options(populate_existing=True)
            ).scalar_one()
            row.widths = sorted({*row.widths, studio.LATER_WIDTH})
