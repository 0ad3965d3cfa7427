import json

import pytest

from store.web import hypermedia
from tests.web.conftest import HTMX, SAME_ORIGIN


def test_after_a_form_a_browser_is_sent_on_with_303_and_htmx_with_a_header(probe):
    plain = probe.post("/probe/redirect", headers=SAME_ORIGIN)
    assert (plain.status_code, plain.headers["Location"]) == (303, "/probe/personal")
    by_htmx = probe.post("/probe/redirect", headers=SAME_ORIGIN | HTMX)
    assert (by_htmx.status_code, by_htmx.headers["HX-Redirect"], by_htmx.data) == (204, "/probe/personal", b"")


def test_an_event_names_the_body_so_that_a_replaced_form_does_not_swallow_it(probe):
    answer = probe.post("/probe/personal", headers=SAME_ORIGIN | HTMX)
    assert json.loads(answer.headers["HX-Trigger"]) == {"cart:refresh": {"target": "body"}}


def test_a_browser_without_htmx_gets_no_events(probe):
    assert "HX-Trigger" not in probe.post("/probe/personal", headers=SAME_ORIGIN).headers


@pytest.mark.parametrize(
    ("html", "marked"),
    [
        ('<p id="a">x</p>', '<p hx-swap-oob="true" id="a">x</p>'),
        ('\n  <cart-badge id="a"></cart-badge>', '<cart-badge hx-swap-oob="true" id="a"></cart-badge>'),
        ("<ul><li><p>x</p></li></ul>", '<ul hx-swap-oob="true"><li><p>x</p></li></ul>'),
    ],
)
def test_an_out_of_band_fragment_is_marked_at_its_root_only(html, marked):
    assert hypermedia.out_of_band(html) == marked


def test_an_out_of_band_fragment_without_a_root_is_a_mistake():
    with pytest.raises(ValueError, match="root element"):
        hypermedia.out_of_band("just words <b>here</b>")


def test_htmx_is_configured_by_a_meta_element_that_holds_json():
    meta = str(hypermedia.htmx_config_meta())
    content = meta.split('content="')[1].split('"', maxsplit=1)[0].replace("&#34;", '"')
    assert json.loads(content)["noSwap"] == [204, 304, "4xx", "5xx"]
