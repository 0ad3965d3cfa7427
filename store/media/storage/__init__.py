"""Where renditions are kept: one interface, so that a bucket can take the place of the local folder."""

from store.core.settings import Settings
from store.media.composing.recipe import is_composed
from store.media.storage.folder import FolderStorage
from store.media.storage.memory import MemoryStorage
from store.media.storage.names import (
    CACHE_CONTROL,
    CONTENT_TYPES,
    EXTENSION,
    FILM_TYPES,
    KEY,
    content_type_of,
    film_name,
    is_public_name,
    name_of,
    rendition_in,
)
from store.media.storage.place import PIECE, Storage

__all__ = [
    "CACHE_CONTROL",
    "CONTENT_TYPES",
    "EXTENSION",
    "FILM_TYPES",
    "KEY",
    "PIECE",
    "FolderStorage",
    "MemoryStorage",
    "Storage",
    "configure",
    "content_type_of",
    "current",
    "film_name",
    "film_url",
    "is_public_name",
    "media_url",
    "name_of",
    "rendition_in",
    "use",
]

_storage: Storage = MemoryStorage()
_public_base = ""


def configure(settings: Settings) -> None:
    """Keep files where the settings say: in the bucket they name, else in the data folder."""
    use(_of(settings), public_base=settings.media_public_url)


def use(storage: Storage, *, public_base: str = "") -> None:
    """Keep files in this storage; `public_base` is the address of a host that serves them instead of the shop."""
    global _storage, _public_base
    _storage, _public_base = storage, public_base.rstrip("/")


def current() -> Storage:
    """Return the storage in use."""
    return _storage


def media_url(key: str, width: int, extension: str = EXTENSION) -> str:
    """Return the address of a rendition, the same in every market: a path, or a URL when a media host is set."""
    if is_composed(key):
        # Made when it is first asked for, so it is asked of the shop.
        return f"/media/compose/{key}-{width}.{extension}"
    return f"{_public_base or '/media'}/{key}-{width}.{extension}"


def film_url(key: str, kind: str) -> str:
    """Return the address of a film's file: a path, or a URL when a media host is set."""
    return f"{_public_base or '/films'}/{film_name(key, kind)}"


def _of(settings: Settings) -> Storage:
    if not settings.s3_bucket:
        return FolderStorage(settings.data_dir / "media")
    # The client library takes 20 MB and a quarter of a second, which a shop without a bucket need not pay.
    from store.media.storage.bucket import BucketStorage

    return BucketStorage(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        region=settings.s3_region,
    )
