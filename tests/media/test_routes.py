"""Renditions over HTTP."""

import pytest

from store.core.db import transaction
from store.media import services
from tests.factories.shop import make_shop


@pytest.fixture
def image(db):
    with transaction():
        make_shop()
        return services.add_rendered(
            {480: b"RIFF....WEBP"}, "fedcba9876543210", 480, 600, "#102030", "", master=b"original"
        )


def test_a_rendition_may_be_kept_for_ever(client, image):
    answer = client.get("/media/fedcba9876543210-480.webp", headers={"Cookie": "sid=x"})
    assert answer.status_code == 200
    assert answer.data == b"RIFF....WEBP"
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    again = client.get("/media/fedcba9876543210-480.webp", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert "immutable" in again.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    [
        "fedcba9876543210-960.webp",
        "fedcba9876543210-master.webp",
        "fedcba9876543210-480.png",
        "fedcba9876543210-0480.webp",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "fedcba9876543210-480.webp%00",
        "x" * 3000,
    ],
)
def test_anything_else_is_not_there(client, image, name):
    answer = client.get(f"/media/{name}")
    assert answer.status_code in (400, 404, 414)
    assert "immutable" not in answer.headers.get("Cache-Control", "")
