"""What staff do with the pictures that the shop has."""

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.media.models import Image


def describe(image_id: int, alt: str) -> str:
    """Say what a picture shows, for those who can't see it; return what was said before. Raises `NotFound`."""
    image = locked(image_id)
    before, image.alt = image.alt, alt.strip()
    return before


def locked(image_id: int) -> Image:
    """Return a picture's row for this transaction alone; raises `NotFound`."""
    query = select(Image).where(Image.id == image_id).with_for_update().execution_options(populate_existing=True)
    image = session.execute(query).scalar_one_or_none()
    if image is None:
        raise NotFound(_("This picture is not here any more."), image_id=image_id)
    return image
