"""A bucket that browsers may send files to: moto's S3 over HTTP, with the checks that moto leaves out.

As Amazon documents them (API reference, "Browser-based uploads using POST"): a form's signature over its policy, the
policy's end, its conditions, and that no field stands outside of them. CORS answers one origin, as a rule of the bucket
would. `away` lets it answer nothing but 503.
"""

import base64
import hashlib
import hmac
import io
import json
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.formparser import parse_form_data
from werkzeug.serving import make_server

NAME, KEY_ID, SECRET = "pictures", "key", "secret"
_FREE_FIELDS = {"policy", "x-amz-signature", "file"}


class BucketServer:
    """One bucket on a port of this machine."""

    def __init__(self) -> None:
        self.away = False
        self.origin = "*"
        self.forms: list[dict[str, str]] = []
        self.refused: list[str] = []
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.client = boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET, region_name="us-east-1"
        )
        self.client.create_bucket(Bucket=NAME)

    @property
    def environment(self) -> dict[str, str]:
        """What a shop has to know of it."""
        return {
            "S3_ENDPOINT": self.url,
            "S3_BUCKET": NAME,
            "S3_ACCESS_KEY_ID": KEY_ID,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }

    def names(self, prefix: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=NAME, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def stop(self) -> None:
        """Close the port; moto forgets what it kept with its process, so it is emptied."""
        for name in self.names(""):
            self.client.delete_object(Bucket=NAME, Key=name)
        self.client.delete_bucket(Bucket=NAME)
        self._server.shutdown()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        cors = [("Access-Control-Allow-Origin", self.origin)] if environ.get("HTTP_ORIGIN") else []
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response(
                "200 OK",
                [
                    *cors,
                    ("Access-Control-Allow-Methods", "POST, PUT"),
                    ("Access-Control-Allow-Headers", "content-type, content-disposition"),
                ],
            )
            return [b""]
        if self.away:
            start_response("503 Slow Down", cors)
            return [b"<Error><Code>SlowDown</Code></Error>"]
        if environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE", "").startswith("multipart/"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            _stream, form, files = parse_form_data({**environ, "wsgi.input": io.BytesIO(body)})
            problem = fault_of(form.to_dict(), len(files["file"].read()), environ["PATH_INFO"].strip("/"), SECRET)
            self.forms.append(form.to_dict())
            if problem:
                self.refused.append(problem)
                start_response("403 Forbidden", [*cors, ("Content-Type", "application/xml")])
                return [f"<Error><Code>{problem}</Code></Error>".encode()]
            environ["wsgi.input"] = io.BytesIO(body)

        def answered(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [one for one in headers if not one[0].lower().startswith("access-control")]
            return start_response(status, [*kept, *cors], *more)

        return self._app(environ, answered)


def fault_of(form: Mapping[str, str], size: int, bucket: str, secret: str, *, moment: datetime | None = None) -> str:
    """Return why a form is refused; the empty word when it is not."""
    fields = {name.lower(): value for name, value in form.items()}
    if not hmac.compare_digest(signature_of(fields, secret), fields.get("x-amz-signature", "")):
        return "SignatureDoesNotMatch"
    policy = json.loads(base64.b64decode(fields["policy"]))
    if datetime.fromisoformat(policy["expiration"]) < (moment or datetime.now(UTC)):
        return "AccessDenied: Policy expired"
    fields["bucket"], covered = bucket, {"bucket"}
    for condition in policy["conditions"]:
        kind, name, *rest = condition if isinstance(condition, list) else ("eq", *next(iter(condition.items())))
        if kind == "content-length-range":
            if not int(name) <= size <= int(rest[0]):
                return "EntityTooLarge" if size > int(rest[0]) else "EntityTooSmall"
            continue
        name = name.removeprefix("$").lower()
        covered.add(name)
        value = fields.get(name, "")
        if not (value.startswith(rest[0]) if kind == "starts-with" else value == rest[0]):
            return f"AccessDenied: Policy Condition failed: {name}"
    extra = {name for name in fields if not name.startswith("x-ignore-")} - covered - _FREE_FIELDS
    return f"AccessDenied: Extra input fields: {sorted(extra)}" if extra else ""


def signature_of(fields: Mapping[str, str], secret: str) -> str:
    """Return the signature of version 4 over a form's policy."""
    _key_id, *scope = fields["x-amz-credential"].split("/")
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, fields["policy"].encode(), hashlib.sha256).hexdigest()
