"""What follows in the background when the catalogue is described anew."""

from store.catalog import fields, galleries, indexing, labels, membership
from store.core.db import transaction
from store.core.errors import NotFound
from store.core.events import subscribe
from store.core.queue import job
from store.media.events import UploadReady


@job("catalog.refresh_collection", lease=600)
def refresh_collection(collection_id: int) -> None:
    """Look at all products for one collection by rule; one that is gone needs nothing."""
    try:
        with transaction():
            membership.refresh(collection_id)
    except NotFound:
        return


@job("catalog.follow_changes", lease=600)
def follow_changes() -> None:
    """Bring products that changed to the collections by rule where they belong."""
    membership.follow_changes()


@job("catalog.refresh_by_clock", lease=600)
def refresh_by_clock() -> None:
    """Look at collections whose rules turn by time or stock."""
    membership.refresh_all(by_clock=True)


@job("catalog.refresh_collections", lease=600, patient=True)
def refresh_collections() -> None:
    """Look at every collection by rule, whatever was noted: what slipped through is found within a day."""
    membership.refresh_all()


@job("catalog.rename_label", lease=600)
def rename_label(kind: str, old: str, new: str) -> None:
    """Call a tag, brand or type otherwise on all products."""
    labels.rename(kind, old, new)


@job("catalog.show_field_anew", lease=600)
def show_field_anew(field_id: int) -> None:
    """Let every product with this field be rendered anew, after its definition changed."""
    fields.touch_products(field_id)


@job("catalog.delete_field", lease=600)
def delete_field(field_id: int) -> None:
    """Take a custom field away with all its values."""
    fields.delete_field(field_id)


@job("catalog.refresh_facets", lease=120)
def refresh_facets() -> None:
    """Bring what listings filter and count by up to date, a batch in each transaction."""
    indexing.refresh_all()


@subscribe(UploadReady, name="catalog.hang_uploaded_picture")
def hang_uploaded_picture(event: UploadReady) -> None:
    """Show a picture that was sent in for a product there."""
    with transaction():
        galleries.hang(event.upload_id)
