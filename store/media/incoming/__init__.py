"""Where uploads lie until they have been looked at: beside the pictures, never among them, and never served."""

from store.core.settings import Settings
from store.media.incoming.folder import FolderIncoming
from store.media.incoming.place import Incoming, Ticket

__all__ = ["FolderIncoming", "Incoming", "Ticket", "configure", "current", "use"]

_incoming: Incoming | None = None


def configure(settings: Settings) -> None:
    """Receive files where the settings keep pictures: in the bucket, else in the data folder."""
    use(_of(settings))


def use(incoming: Incoming) -> None:
    """Receive files in this place."""
    global _incoming
    _incoming = incoming


def current() -> Incoming:
    """Return the place in use."""
    if _incoming is None:
        raise RuntimeError("nobody has said where uploads go: call incoming.configure()")
    return _incoming


def _of(settings: Settings) -> Incoming:
    if not settings.s3_bucket:
        return FolderIncoming(settings.data_dir / "incoming")
    # As in store.media.storage: a shop without a bucket need not pay for its client.
    from store.media.incoming.bucket import BucketIncoming

    return BucketIncoming(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        region=settings.s3_region,
    )
