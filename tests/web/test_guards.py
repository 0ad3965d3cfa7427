import io

import pytest

from store.web.guards import host_check, is_clean_form, is_clean_text
from tests.web.conftest import SAME_ORIGIN, settings_for_tests


@pytest.mark.parametrize(
    "path",
    [
        "/products/a%00b",
        "/search?q=%00",
        "/search?q=a%00b&page=1",
        "/search?q=%ff",
        "/search?%00=1",
        "/search?q=%ed%a0%80",
        "/search?" + "&".join(f"a{n}=1" for n in range(1001)),
        "/search?q=" + "x" * 9000,
    ],
)
def test_an_address_with_broken_or_endless_bytes_is_400(probe, path):
    response = probe.get(path)
    assert response.status_code == 400
    assert "<h1>" in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("raw", ["/products/\xff\xfe", "/products/\xed\xa0\x80", "/products/a\0b", "products"])
def test_a_path_with_broken_bytes_is_400(probe, raw):
    # The test client would mend these on the way, so they go in as a server hands them over.
    assert probe.get("/", environ_overrides={"PATH_INFO": raw}).status_code == 400


def test_words_in_other_scripts_pass(probe):
    assert probe.get("/probe/public?q=%C3%A9%E6%97%A5%F0%9F%8E%81+%26").status_code == 200
    assert probe.get("/probe/nowhere-日本").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"name=Ann&note=%E2%82%AC+%F0%9F%8E%81", 200),
        (b"name=%00", 400),
        (b"name=a\x00b", 400),
        (b"%00=x", 400),
        (b"name=%ff", 400),
        (b"name=\xff\xfe", 400),
        (b"name=%ed%a0%80", 400),
        (b"&".join(b"a=1" for _ in range(1001)), 400),
        (b"name=" + b"x" * 1_100_000, 413),
        (b"&" * 1_000_000, 400),
    ],
)
def test_a_form_is_checked_before_a_page_reads_it(probe, body, status):
    response = probe.post(
        "/probe/personal", data=body, headers=SAME_ORIGIN, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == status


def test_a_form_with_files_is_checked_too(probe):
    def post(**fields):
        return probe.post(
            "/probe/personal", data=fields, headers=SAME_ORIGIN, content_type="multipart/form-data"
        ).status_code

    assert post(name="Ann") == 200
    assert post(name="a\0b") == 400
    assert post(**{f"a{n}": "1" for n in range(1001)}) == 413
    assert post(name="x" * 600_000) == 413


def test_a_webhook_keeps_its_bytes(probe):
    assert probe.post("/probe/webhook", data=b"\x00\xff" * 10).text == "20"
    assert probe.post("/probe/webhook", data=b"x" * 1_100_000).status_code == 413


@pytest.mark.parametrize(
    ("path", "size", "status"), [("webhook", 1_100_000, 413), ("personal", 1_100_000, 413), ("webhook", 900_000, 200)]
)
def test_a_body_that_does_not_say_its_length_is_not_cut_but_refused(probe, path, size, status):
    response = probe.post(
        f"/probe/{path}",
        input_stream=io.BytesIO(b"x" * size),
        headers=SAME_ORIGIN,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert response.status_code == status


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "",
        "a b",
        "localhost:99999999",
        "localhost/x",
        "localhost,evil.example",
    ],
)
def test_an_unknown_host_is_400_and_not_repeated(probe, host):
    response = probe.get("/probe/public", headers={"Host": host})
    assert response.status_code == 400
    assert "evil" not in response.text


def test_health_is_asked_by_address_and_answers_any_host(probe):
    assert probe.get("/healthz", headers={"Host": "10.1.2.3:9999"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "development", "production"),
    [
        ("shop.example", True, True),
        ("SHOP.example:443", True, True),
        ("www.shop.example", True, True),
        ("localhost:8000", True, False),
        ("192.168.1.20:8000", True, False),
        ("[::1]:8000", True, False),
        ("evil.example", False, False),
        ("shop.example.evil.example", False, False),
    ],
)
def test_which_hosts_the_shop_answers_to(host, development, production):
    for env, expected in (("development", development), ("production", production)):
        knows = host_check(
            settings_for_tests(store_env=env, public_url="https://shop.example", trusted_hosts=("www.shop.example",))
        )
        assert knows(host) is expected, env


def test_clean_text_is_utf8_without_nul():
    assert is_clean_text("naïve 🎁".encode())
    assert not is_clean_text(b"a\0")
    assert not is_clean_text(b"\xff")
    assert is_clean_form(b"a=%C3%A9")
    assert not is_clean_form(b"a=%C3")
