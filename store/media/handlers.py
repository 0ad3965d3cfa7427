"""What follows when files arrive."""

from store.core.queue import job
from store.media import checking, uploads


@job("media.check_upload", lease=120, long=True)
def check_upload(upload_id: int) -> None:
    """Make a picture of an upload, or say why not."""
    checking.check(upload_id)


@job("media.sweep_uploads", lease=120)
def sweep_uploads() -> None:
    """Call off what never arrived, forget what has long been told."""
    uploads.sweep()
