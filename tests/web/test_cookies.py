from tests.web.conftest import make_probe_app


def test_without_https_a_cookie_has_its_bare_name(probe):
    first = probe.get("/probe/cookie")
    basket, marker = sorted(first.headers.getlist("Set-Cookie"))
    assert basket == "basket=token; Max-Age=60; HttpOnly; Path=/; SameSite=Lax" or basket.startswith("basket=token;")
    assert "HttpOnly" in basket
    assert "HttpOnly" not in marker
    assert marker.startswith("has_cart=1;")
    assert probe.get("/probe/cookie").text == "token"


def test_with_https_it_belongs_to_this_host_alone():
    app = make_probe_app(store_env="production", public_url="https://shop.example")
    response = app.test_client().get("/probe/cookie", base_url="https://shop.example")
    basket, marker = sorted(response.headers.getlist("Set-Cookie"))
    assert basket.startswith("__Host-basket=token;")
    for cookie in (basket, marker):
        assert "; Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "SameSite=Lax" in cookie
