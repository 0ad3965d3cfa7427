"""What the repository must not hold is found; the examples are put together here, so that this file does not hold them."""

import pytest

from store.ops import scan


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "STRIPE = 'sk_live_abcdefghijklmnop'",
        "AKIAABCDEFGHIJKLMNOP",
        "open('/{}/ana/shop/data.csv')".format("home"),
        "cp /{}/shop/file .".format("root"),
        "index-url = https://{}.org/simple".format("pypi"),
        "<script src='https://{}.com/htmx.org'>".format("unpkg"),
        "curl https://example.com/tool-1.2.{}".format("tar.gz"),
        "//# sourceMappingURL=app.js.map",
    ],
)
def test_it_is_found_with_its_line(line):
    assert scan.faults_in(f"fine\n{line}\n")[0].startswith("2: ")


@pytest.mark.parametrize(
    "line",
    [
        "href='/home/'",
        "path = '/{}/.config'".format("root"),
        "a /rooted/tree",
        "pk_test_abc",
        "https://shop.example/a.html",
    ],
)
def test_ordinary_lines_are_left_alone(line):
    assert scan.faults_in(line) == []
