"""The places that pictures are kept in, each held to the same contract, the bucket over real HTTP."""

import threading
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from store.core.errors import Unavailable
from store.core.settings import Settings
from store.media import storage
from store.media.storage import FolderStorage, MemoryStorage, Storage
from store.media.storage.bucket import BucketStorage
from store.ops.ports import find_free
from tests.contracts.storage import NAME, StorageContract


class TestFolder(StorageContract):
    @pytest.fixture
    def place(self, tmp_path) -> Storage:
        return FolderStorage(tmp_path)


class TestMemory(StorageContract):
    @pytest.fixture
    def place(self) -> Storage:
        return MemoryStorage()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def admin(endpoint):
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    client.create_bucket(Bucket="pictures")
    yield client
    for found in client.list_objects_v2(Bucket="pictures").get("Contents", []):
        client.delete_object(Bucket="pictures", Key=found["Key"])
    client.delete_bucket(Bucket="pictures")


@pytest.fixture
def bucket(endpoint, admin) -> BucketStorage:
    return BucketStorage(endpoint=endpoint, bucket="pictures", access_key_id="key", secret_access_key="secret")


class TestBucket(StorageContract):
    @pytest.fixture
    def place(self, bucket) -> Storage:
        return bucket


def test_an_object_says_what_it_is_and_that_it_may_be_kept(bucket, admin):
    bucket.write(NAME, b"picture")
    head = admin.head_object(Bucket="pictures", Key=f"media/{NAME}")
    assert head["ContentType"] == "image/webp"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_eight_who_keep_the_same_picture_at_once_keep_it_once(bucket):
    threads = [threading.Thread(target=bucket.write, args=(NAME, bytes([number]) * 100)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(bucket.read(NAME))) == 1


def test_a_store_that_does_not_answer_is_unavailable_and_no_crash():
    away = BucketStorage(
        endpoint=f"http://127.0.0.1:{find_free()}", bucket="pictures", access_key_id="key", secret_access_key="secret"
    )
    for ask in (away.read, away.exists, away.delete):
        with pytest.raises(Unavailable):
            ask(NAME)
    with pytest.raises(Unavailable):
        away.write(NAME, b"x")


def test_a_bucket_that_is_not_there_is_no_missing_picture(endpoint):
    wrong = BucketStorage(endpoint=endpoint, bucket="nowhere", access_key_id="key", secret_access_key="secret")
    with pytest.raises(Unavailable):
        wrong.write(NAME, b"x")


def test_the_settings_choose_the_bucket_and_nothing_imports_its_client_before(tmp_path, monkeypatch):
    before = storage.current()
    try:
        storage.configure(Settings(store_data_dir=tmp_path))
        assert isinstance(storage.current(), FolderStorage)
        storage.configure(
            Settings(s3_endpoint="http://127.0.0.1:1", s3_bucket="b", s3_access_key_id="k", s3_secret_access_key="s")
        )
        assert isinstance(storage.current(), BucketStorage)
    finally:
        storage.use(before)


def test_a_bucket_without_keys_is_refused_at_the_start():
    with pytest.raises(ValidationError, match="S3_ACCESS_KEY_ID"):
        Settings(s3_bucket="pictures")
