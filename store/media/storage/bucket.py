"""Files in a bucket of any store that speaks S3: Cloudflare R2, AWS, MinIO, Garage.

The settings are those that R2 documents for boto3 (region `auto`, checksums only when required) and that other stores
take as well. Objects lie under `media/`, with the headers a CDN in front of the bucket passes on.
"""

from collections.abc import Callable, Iterator
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.media.storage.names import CACHE_CONTROL, checked, checked_key, content_type_of, is_name
from store.media.storage.place import PIECE, Storage

PREFIX = "media/"

# A page that waits for a picture must not hold a worker for long.
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 2, 8, 2

_MISSING = ("NoSuchKey", "404", "NotFound")
_THERE_ALREADY = ("PreconditionFailed", "412")


def client_settings(endpoint: str, access_key_id: str, secret_access_key: str, region: str) -> dict[str, Any]:
    """Return what boto3 has to know of a store."""
    return {
        "endpoint_url": endpoint or None,
        "aws_access_key_id": access_key_id,
        "aws_secret_access_key": secret_access_key,
        "region_name": region,
        "config": Config(
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"max_attempts": _ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": "path"},
        ),
    }


class BucketStorage(Storage):
    """Files as objects of one bucket. The client is made at the first use and is safe to share between threads."""

    def __init__(
        self, *, endpoint: str, bucket: str, access_key_id: str, secret_access_key: str, region: str = "auto"
    ) -> None:
        self._bucket = bucket
        self._settings = client_settings(endpoint, access_key_id, secret_access_key, region)
        self._made: Any = None

    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already; an object is whole or not there."""
        self._ask(
            "put_object",
            name,
            _THERE_ALREADY,
            Body=body,
            ContentType=content_type_of(name),
            CacheControl=CACHE_CONTROL,
            # The name says what is in it: the first one in stays.
            IfNoneMatch="*",
        )

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None`."""
        found: bytes | None = self._ask("get_object", name, _MISSING, take=lambda answer: answer["Body"].read())
        return found

    def exists(self, name: str) -> bool:
        """Whether the object is there."""
        return self._ask("head_object", name, _MISSING) is not None

    def delete(self, name: str) -> None:
        """Let go of a file."""
        self._ask("delete_object", name, _MISSING)

    def sizes(self, key: str) -> dict[str, int]:
        """Return the objects of a key by name, with their size in bytes; a picture never has more than one answer."""
        answer = self._call("list_objects_v2", (), Prefix=f"{PREFIX}{checked_key(key)}-")
        found = {one["Key"].removeprefix(PREFIX): int(one["Size"]) for one in answer.get("Contents", [])}
        return {name: size for name, size in found.items() if is_name(name)}

    def write_from(self, name: str, source: IO[bytes]) -> None:
        """Keep what is left to read of a seekable file; the client reads it piece by piece."""
        self._ask(
            "put_object",
            name,
            _THERE_ALREADY,
            Body=source,
            ContentType=content_type_of(name),
            CacheControl=CACHE_CONTROL,
            IfNoneMatch="*",
        )

    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes] | None:
        """Return the bytes from `start` up to `stop` in pieces, as they come."""
        span = f"bytes={start}-{stop - 1}"
        body = self._ask("get_object", name, _MISSING, take=lambda answer: answer["Body"], Range=span)
        return None if body is None else _pieces(body)

    def _ask(
        self,
        verb: str,
        name: str,
        expected: tuple[str, ...],
        *,
        take: Callable[[Any], Any] = lambda answer: answer,
        **more: Any,
    ) -> Any:
        """Return what `take` makes of the answer, `None` when it is `expected`; others raise `Unavailable`."""
        return self._call(verb, expected, take=take, Key=PREFIX + checked(name), **more)

    def _call(
        self,
        verb: str,
        expected: tuple[str, ...],
        *,
        take: Callable[[Any], Any] = lambda answer: answer,
        **more: Any,
    ) -> Any:
        if self._made is None:
            self._made = boto3.client("s3", **self._settings)
        try:
            return take(getattr(self._made, verb)(Bucket=self._bucket, **more))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in expected:
                return None
            raise Unavailable(_("The pictures can't be reached right now."), code=code) from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable(_("The pictures can't be reached right now."), reason=str(error)[:200]) from error


def _pieces(body: Any) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(PIECE)
    finally:
        # Somebody who leaves a film in the middle must not leave a connection behind.
        body.close()
