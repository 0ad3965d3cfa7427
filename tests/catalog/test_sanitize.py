"""What is left of HTML that others wrote."""

import pytest

from store.catalog.handles import is_handle, make_handle
from store.catalog.sanitize import clean_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<iframe src=https://evil.example></iframe>",
    "<form action=/admin><button>x</button></form>",
    '<p style="position:fixed">x</p><style>*{display:none}</style>',
    '<div hx-get="/admin" hx-trigger="load" data-hx-post="/cart">x</div>',
    "<math><mtext></p><img src=x onerror=alert(1)></mtext></math>",
    '<base href="https://evil.example/"><link rel=stylesheet href=//evil.example>',
    '<p id="main" class="page" onclick=alert(1)>x</p>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_survives(html):
    cleaned = clean_html(html).lower()
    for bad in ("<script", "onerror", "onload", "onclick", "javascript:", "data:", "<iframe", "<form", "<img", "<svg",
                "style", "hx-", "<base", "<link", "id=", "class="):  # fmt: skip
        assert bad not in cleaned
    assert clean_html(cleaned) == cleaned


def test_a_description_keeps_its_shape():
    html = '<h2>Care</h2><ul><li>Wash <b>cold</b></li></ul><p>More <a href="https://example.com">here</a>.</p>'
    assert clean_html(html) == html.replace('com">', 'com" rel="noopener nofollow">')


@pytest.mark.parametrize(
    ("title", "handle"),
    [
        ("Größe 42 Café", "groesse-42-cafe"),
        ("  T-Shirt -- „Falter“ ", "t-shirt-falter"),
        ("Smørrebrød Łódź", "smorrebrod-lodz"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_handle_reads_like_its_title(title, handle):
    assert make_handle(title) == handle
    assert is_handle(handle)


def test_a_title_in_another_script_gets_the_same_handle_each_time():
    assert make_handle("靴下") == make_handle("靴下")
    assert is_handle(make_handle("靴下"))
    assert make_handle("靴下") != make_handle("帽子")
