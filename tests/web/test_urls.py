import pytest

from store.web import urls

OWN = [
    "/",
    "/cart",
    "/cart?x=1",
    "/products/tee?colour=sand#gallery",
    "/de-at/cart",
    "/a//b",
    "/search?q=a%26b",
    "/p?next=https://x",
]

ELSEWHERE = [
    "",
    None,
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "http://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@evil.example",
    "ftp://evil.example",
    "evil.example",
    "www.evil.example/x",
    "/%2f%2fevil.example",
    "/%2fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%252f%252fevil.example",
    "/%252fevil.example",
    "/%255cevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aSet-Cookie:x=1",
    "/%00/evil.example",
    "/\0evil",
    "/%20/evil.example",
    "/\x7fevil",
    "?next=//evil.example",
    "#//evil.example",
    "./x",
    "../x",
    "cart",
    ";//evil.example",
    "@evil.example",
    "user@evil.example",
    "//user@evil.example",
    "//evil.example/%2f..",
    "/\\\\evil.example",
    "//[::1]/",
    "//0x7f000001/",
    "https:\\\\evil.example",
    "//evil%E3%80%82example",
    "/cart\r\nLocation: https://evil.example",
    "/cart?x=\r\nSet-Cookie: a=b",
    "/cart?x=\\evil",
    "/x" * 2000,
]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_our_own_is_gone_on_to(path):
    assert urls.safe_next(path, "/default") == path


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_target_that_could_lead_elsewhere_becomes_the_default(path):
    assert urls.safe_next(path, "/default") == "/default"


def test_links_in_mail_start_at_the_public_address_whatever_host_was_asked():
    from tests.web.conftest import make_probe_app

    app = make_probe_app(public_url="https://shop.example/")
    with app.app_context():
        assert urls.external("/orders/abc") == "https://shop.example/orders/abc"
        assert urls.external("probe.show_item", number=3) == "https://shop.example/probe/items/3"
    with app.test_request_context("/", base_url="http://evil.example"):
        assert urls.external("probe.show_item", number=3) == "https://shop.example/probe/items/3"
