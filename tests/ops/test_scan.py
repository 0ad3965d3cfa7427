"""What the repository must not hold is found."""

import pytest

from store.ops import scan


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "STRIPE = 'sk_live_abcdefghijklmnop'",
        "AKIAABCDEFGHIJKLMNOP",
        "open('/home/ana/shop/data.csv')",
        "cp /root/work/file .",
        "index-url = https://pypi.org/simple",
        "<script src='https://unpkg.com/htmx.org'>",
        "curl https://example.com/tool-1.2.tar.gz",
        "//# sourceMappingURL=app.js.map",
    ],
)
def test_it_is_found_with_its_line(line):
    assert scan.faults_in(f"fine\n{line}\n")[0].startswith("2: ")


@pytest.mark.parametrize(
    "line", ["href='/home/'", "path = '/root/.config'", "a /rooted/tree", "pk_test_abc", "https://shop.example/a.html"]
)
def test_ordinary_lines_are_left_alone(line):
    assert scan.faults_in(line) == []
