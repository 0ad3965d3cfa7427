import pytest

from tests.web.conftest import make_probe_app


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_a_form_of_our_own_pages_is_taken(probe, headers):
    assert probe.post("/probe/personal", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Referer": "http://localhost/cart"},
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "https://evil.example", "X-HTTP-Method-Override": "GET"},
    ],
)
@pytest.mark.parametrize("path", ["/probe/personal", "/probe/secret", "/admin/probe/login"])
def test_a_form_from_anywhere_else_is_refused(probe, path, headers):
    response = probe.post(path, headers=headers)
    assert response.status_code == 403
    assert "<h1>" in response.text


def test_in_production_only_the_public_address_counts_as_ours():
    live = make_probe_app(
        store_env="production", public_url="https://shop.example", trusted_hosts=("www.shop.example",)
    ).test_client()
    www = {"base_url": "https://www.shop.example"}
    assert live.post("/probe/personal", headers={"Origin": "https://shop.example"}, **www).status_code == 200
    assert live.post("/probe/personal", headers={"Origin": "https://www.shop.example"}, **www).status_code == 403
    assert live.post("/probe/personal", headers={"Origin": "http://shop.example"}, **www).status_code == 403


def test_reading_needs_no_origin(probe):
    assert probe.get("/probe/personal", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert probe.head("/probe/personal").status_code == 200
