"""Pictures as others ask for them."""

from collections.abc import Iterable

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.media.models import Image


def get_image(image_id: int) -> Image:
    """Return a picture's row; raises `NotFound`."""
    image = session.get(Image, image_id, populate_existing=True)
    if image is None:
        raise NotFound(_("This picture is not here any more."), image_id=image_id)
    return image


def find_by_source(source_urls: Iterable[str]) -> dict[str, int]:
    """Return the ids of the pictures that come from these addresses. 1 statement."""
    rows = session.execute(select(Image.source_url, Image.id).where(Image.source_url.in_(list(source_urls))))
    return {url: image_id for url, image_id in rows if url is not None}
