"""Uploads in the bucket, sent there by the browser itself with a ticket that the shop has signed.

The ticket is a form with a policy (presigned POST), as S3 defines it: this key, this type, this many bytes and no
other, for an hour. Cloudflare R2 takes no such forms, so there the ticket is a signed PUT whose length and type are
part of the signature. Objects lie under `incoming/`, and whoever opens one gets a download, whatever is in it.
"""

from collections.abc import Callable
from typing import IO, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.media.incoming.place import Incoming, Ticket, checked
from store.media.storage.bucket import client_settings

PREFIX = "incoming/"

# Long enough for a slow line, short enough for a page that is left open over night.
TICKET_SECONDS = 3600

_DISPOSITION = "attachment"
_MISSING = ("NoSuchKey", "404", "NotFound")
_CHUNK = 1024 * 1024

# "POST, which performs uploads via native HTML forms, is not currently supported", say R2's pages on presigned URLs.
_WITHOUT_FORMS = (".r2.cloudflarestorage.com",)


class BucketIncoming(Incoming):
    """Uploads as objects of one bucket. The client is made at the first use and is safe to share between threads."""

    def __init__(
        self, *, endpoint: str, bucket: str, access_key_id: str, secret_access_key: str, region: str = "auto"
    ) -> None:
        self._bucket = bucket
        self._settings = client_settings(endpoint, access_key_id, secret_access_key, region)
        self._takes_forms = not (urlsplit(endpoint).hostname or "").endswith(_WITHOUT_FORMS)
        self._made: Any = None

    def take(self, token: str, body: IO[bytes], content_type: str) -> None:
        """Keep a file that came through the shop."""
        self._ask(
            lambda client, where: client.put_object(
                **where, Body=body, ContentType=content_type, ContentDisposition=_DISPOSITION
            ),
            token,
        )

    def size(self, token: str) -> int | None:
        """Return how many bytes have arrived, or `None`."""
        found = self._ask(lambda client, where: client.head_object(**where), token)
        return None if found is None else int(found["ContentLength"])

    def fetch(self, token: str, target: IO[bytes]) -> bool:
        """Write a file's bytes into `target`, a piece at a time."""

        def copy(client: Any, where: dict[str, str]) -> bool:
            body = client.get_object(**where)["Body"]
            target.writelines(body.iter_chunks(_CHUNK))
            return True

        return self._ask(copy, token) is not None

    def delete(self, token: str) -> None:
        """Let go of a file."""
        self._ask(lambda client, where: client.delete_object(**where), token)

    def origin(self) -> str:
        """Return the store's own origin."""
        parts = urlsplit(self._client().meta.endpoint_url)
        return f"{parts.scheme}://{parts.netloc}"

    def ticket(self, token: str, content_type: str, size: int) -> Ticket:
        """Return a form, or a signed PUT where the store takes no forms, for exactly this file."""
        key = PREFIX + checked(token)
        if self._takes_forms:
            fields = {"Content-Type": content_type, "Content-Disposition": _DISPOSITION, "success_action_status": "201"}
            signed = self._client().generate_presigned_post(
                self._bucket,
                key,
                Fields=fields,
                Conditions=[["content-length-range", size, size], *({name: fields[name]} for name in fields)],
                ExpiresIn=TICKET_SECONDS,
            )
            return Ticket("POST", signed["url"], signed["fields"], {})
        url = self._client().generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentLength": size,
                "ContentType": content_type,
                "ContentDisposition": _DISPOSITION,
            },
            ExpiresIn=TICKET_SECONDS,
        )
        # The length is signed as well; browsers write it themselves and let nobody else do it.
        return Ticket("PUT", url, {}, {"Content-Type": content_type, "Content-Disposition": _DISPOSITION})

    def _client(self) -> Any:
        if self._made is None:
            self._made = boto3.client("s3", **self._settings)
        return self._made

    def _ask(self, verb: Callable[[Any, dict[str, str]], Any], token: str) -> Any:
        """Return what the store answers, `None` when the file is not there; others raise `Unavailable`."""
        where = {"Bucket": self._bucket, "Key": PREFIX + checked(token)}
        try:
            return verb(self._client(), where)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _MISSING:
                return None
            raise Unavailable(_("The pictures can't be reached right now."), code=code) from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable(_("The pictures can't be reached right now."), reason=str(error)[:200]) from error
