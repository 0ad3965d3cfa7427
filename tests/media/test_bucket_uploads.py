"""Uploads in a bucket, over HTTP: the shop's own, and those that browsers send with a ticket."""

import base64
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from store.core.errors import Unavailable
from store.media.incoming.bucket import BucketIncoming
from store.ops.ports import find_free
from tests.contracts.incoming import TOKEN, IncomingContract
from tests.standins import bucket as standin
from tests.standins.bucket import BucketServer, fault_of, signature_of


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    server = BucketServer()
    yield server
    server.stop()


@pytest.fixture
def place(server) -> Iterator[BucketIncoming]:
    server.away = False
    yield at(server.url)
    for name in server.names(""):
        server.client.delete_object(Bucket=standin.NAME, Key=name)


def at(endpoint: str) -> BucketIncoming:
    return BucketIncoming(
        endpoint=endpoint, bucket=standin.NAME, access_key_id=standin.KEY_ID, secret_access_key=standin.SECRET
    )


class TestBucket(IncomingContract):
    pass


def post(place: BucketIncoming, body: bytes, *, size: int | None = None, **changed: str) -> requests.Response:
    ticket = place.ticket(TOKEN, "image/png", len(body) if size is None else size)
    assert ticket.method == "POST"
    fields = {**ticket.fields, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return requests.post(ticket.url, data=fields, files={"file": ("../../x.html", body, "text/html")}, timeout=10)


def test_a_browser_sends_a_file_with_its_ticket_and_the_shop_finds_it(place, server):
    assert post(place, b"picture").status_code == 201
    assert place.size(TOKEN) == 7
    assert server.names("") == [f"incoming/{TOKEN}"]
    head = server.client.head_object(Bucket=standin.NAME, Key=f"incoming/{TOKEN}")
    # Whoever opens it gets a download, whatever is in it.
    assert (head["ContentType"], head["ContentDisposition"]) == ("image/png", "attachment")


@pytest.mark.parametrize("size", [6, 8, 0])
def test_a_ticket_is_good_for_exactly_as_many_bytes_as_were_announced(place, server, size):
    assert post(place, b"picture", size=size).status_code == 403
    assert server.names("") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Content_Type": "text/html"},
        {"Content_Disposition": "inline"},
        {"key": "media/0123456789abcdef-480.webp"},
        {"acl": "public-read"},
        {"x_amz_signature": "0" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_ticket_is_good_for_nothing_else(place, server, changed):
    assert post(place, b"picture", **changed).status_code == 403
    assert server.names("") == []


def test_a_store_without_forms_is_sent_a_put_that_names_type_and_length():
    ticket = at("https://0123.r2.cloudflarestorage.com").ticket(TOKEN, "image/png", 7)
    asked = parse_qs(urlsplit(ticket.url).query)
    assert (ticket.method, ticket.fields) == ("PUT", {})
    assert asked["X-Amz-SignedHeaders"] == ["content-disposition;content-length;content-type;host"]
    assert ticket.headers == {"Content-Type": "image/png", "Content-Disposition": "attachment"}
    assert asked["X-Amz-Expires"] == ["3600"]


def test_the_region_of_a_bucket_is_part_of_its_tickets():
    facts = {"bucket": "pictures", "access_key_id": "key", "secret_access_key": "secret"}
    there = BucketIncoming(endpoint="", region="eu-central-1", **facts)
    ticket = there.ticket(TOKEN, "image/png", 7)
    assert "/eu-central-1/s3/" in ticket.fields["x-amz-credential"]
    assert there.origin() == "https://s3.eu-central-1.amazonaws.com"
    assert ticket.url == "https://s3.eu-central-1.amazonaws.com/pictures"


def test_a_page_may_send_files_to_the_store_and_nowhere_else(place, server):
    assert place.origin() == server.url


def test_a_store_that_does_not_answer_is_unavailable(server):
    away = at(f"http://127.0.0.1:{find_free()}")
    for ask in (away.size, away.delete, lambda token: away.take(token, io.BytesIO(b"x"), "image/png")):
        with pytest.raises(Unavailable):
            ask(TOKEN)


# In two parts, so that nobody takes the example for somebody's key.
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"

POLICY = """{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "KEY-ID/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}""".replace("KEY-ID", KEY_ID)


def test_the_stand_in_judges_amazons_own_example_as_amazon_does():
    """The policy, the secret and the signature are those of the API reference's example of a form."""
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    form = {
        "key": "user/user1/photo.jpg",
        "acl": "public-read",
        "success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
        "Content-Type": "image/jpeg",
        "x-amz-meta-uuid": "14365123651274",
        "x-amz-server-side-encryption": "AES256",
        "x-amz-credential": f"{KEY_ID}/20151229/us-east-1/s3/aws4_request",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-date": "20151229T000000Z",
        "x-amz-meta-tag": "",
        "policy": base64.b64encode(POLICY.replace("\n", "\r\n").encode()).decode(),
        "x-amz-signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
    }
    assert signature_of(form, secret) == form["x-amz-signature"]
    before, after = (datetime(2015, 12, day, 13, tzinfo=UTC) for day in (29, 30))
    assert fault_of(form, 100, "sigv4examplebucket", secret, moment=before) == ""
    assert "expired" in fault_of(form, 100, "sigv4examplebucket", secret, moment=after)
    assert "bucket" in fault_of(form, 100, "another", secret, moment=before)
    assert "Extra" in fault_of({**form, "x-amz-meta-more": "1"}, 100, "sigv4examplebucket", secret, moment=before)
