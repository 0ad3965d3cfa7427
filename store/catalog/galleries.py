"""Pictures that were sent in for a product take their place in its gallery."""

from dataclasses import replace

from sqlalchemy import select

from store.catalog.drafts import PictureDraft, find_stored
from store.catalog.models import Product
from store.catalog.services import save_product
from store.core.db import session
from store.media.models import Upload

PURPOSE = "product"


def hang(upload_id: int) -> None:
    """Put an upload's picture into the gallery of its product, in the order in which the files were sent.

    Nothing happens when the product or the picture is gone, or when the picture hangs there already.
    """
    upload = session.get(Upload, upload_id, populate_existing=True)
    if upload is None or upload.purpose != PURPOSE or upload.image_id is None:
        return
    handle = session.execute(select(Product.handle).where(Product.id == upload.subject_id)).scalar_one_or_none()
    stored = find_stored([handle], lock=True).get(handle) if handle else None
    if stored is None or any(picture.image_id == upload.image_id for picture in stored.draft.pictures):
        return
    later = set(
        session.execute(
            select(Upload.image_id).where(
                Upload.purpose == PURPOSE, Upload.subject_id == upload.subject_id, Upload.id > upload_id
            )
        ).scalars()
    )
    pictures = list(stored.draft.pictures)
    place = len(pictures)
    # Only those at the end: where somebody has put a picture since, it stays.
    while place and pictures[place - 1].image_id in later:
        place -= 1
    pictures.insert(place, PictureDraft(upload.image_id, upload.alt))
    save_product(replace(stored.draft, pictures=tuple(pictures)), expected_version=stored.version)
