import pytest

from store.web.security import content_security_policy
from tests.web.conftest import HTMX, SAME_ORIGIN, make_probe_app


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/probe/public", {}),
        ("GET", "/probe/personal", HTMX),
        ("GET", "/probe/public/moved", {}),
        ("POST", "/probe/redirect", SAME_ORIGIN),
        ("POST", "/probe/personal", {}),
        ("GET", "/probe/bug", {}),
        ("GET", "/probe/nowhere", {}),
        ("DELETE", "/probe/public", {}),
        ("GET", "/x?q=%00", {}),
        ("GET", "/probe/public", {"Host": "evil.example"}),
        ("GET", "/static/css/core-000000000000.css", {}),
        ("GET", "/static/nothing.css", {}),
        ("GET", "/healthz", {}),
        ("HEAD", "/probe/public", {}),
        ("OPTIONS", "/probe/public", {}),
    ],
)
def test_every_answer_carries_the_security_headers(probe, method, path, headers):
    response = probe.open(path, method=method, headers=headers)
    got = response.headers
    assert got["Content-Security-Policy"] == content_security_policy()
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Referrer-Policy"] in ("strict-origin-when-cross-origin", "same-origin")
    assert got["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in got["Permissions-Policy"]
    assert got["Server"] == ""
    assert "Strict-Transport-Security" not in got
    assert len(got.getlist("Content-Security-Policy")) == 1


def test_the_policy_allows_nothing_inline_nothing_evaluated_and_no_frame():
    policy = content_security_policy("https://media.example/pictures/")
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "img-src 'self' data: https://media.example;" in policy


def test_behind_https_browsers_are_told_to_stay_there():
    live = make_probe_app(store_env="production", public_url="https://shop.example").test_client()
    response = live.get("/probe/public", base_url="https://shop.example")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
