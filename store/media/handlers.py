"""What follows when files arrive."""

from store.core.db import transaction
from store.core.events import subscribe
from store.core.queue import job
from store.media import checking, deleting, library, replacing, unpacking, uploads
from store.media.events import UploadReady

checking.CHECKS["archive"] = unpacking.unpack


@job("media.check_upload", lease=120, long=True)
def check_upload(upload_id: int) -> None:
    """Make a picture of an upload, or say why not."""
    checking.check(upload_id)


@job("media.sweep_uploads", lease=120)
def sweep_uploads() -> None:
    """Call off what never arrived, forget what has long been told."""
    uploads.sweep()


@subscribe(UploadReady, name="media.settle_upload")
def settle_upload(event: UploadReady) -> None:
    """Keep a picture by the name of its file, in the folder or in the place that it was sent in for."""
    replacing.put_in_place(event.upload_id)
    with transaction():
        library.settle(event.upload_id)


@job("media.delete_files", lease=600, patient=True)
def delete_files(widths_by_key: dict[str, list[int]]) -> None:
    """Let go of the files of pictures that were deleted."""
    deleting.delete_files(widths_by_key)
