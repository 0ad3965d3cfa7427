import gzip
import re

import pytest

from store.web.assets import CORE_CSS, STATIC_FOLDER, Assets


@pytest.fixture
def assets(probe_app):
    return probe_app.extensions["store.assets"]


def test_a_file_is_served_for_a_year_under_a_name_that_changes_with_it(probe, assets):
    url = assets.get("css/core.css").url
    assert re.fullmatch(r"/static/css/core-[0-9a-f]{12}\.css", url)
    response = probe.get(url)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "Set-Cookie" not in response.headers


def test_a_file_travels_compressed_to_who_can_read_that(probe, assets):
    asset = assets.get("js/htmx.js")
    zipped = probe.get(asset.url, headers={"Accept-Encoding": "br, gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(zipped.data) == asset.body
    plain = probe.get(asset.url)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == asset.body


def test_a_browser_that_has_the_file_hears_304(probe, assets):
    url = assets.get("js/app.js").url
    tag = probe.get(url).headers["ETag"]
    again = probe.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_head_sends_the_length_only(probe, assets):
    response = probe.head(assets.get("js/app.js").url)
    assert (response.status_code, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) > 100


def test_the_name_of_another_version_gets_this_one_but_not_for_long(probe, assets):
    response = probe.get("/static/css/core-000000000000.css")
    assert response.data == assets.get("css/core.css").body
    assert response.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/css/core.css",
        "/static/css/nothing-000000000000.css",
        "/static/../store/app-000000000000.py",
        "/static/css/tokens-000000000000.css",
        "/static/%2e%2e/pyproject-000000000000.toml",
        "/static//etc/passwd-000000000000.txt",
    ],
)
def test_nothing_else_is_served(probe, path):
    assert probe.get(path).status_code == 404


def test_core_css_opens_with_the_order_of_the_layers_and_holds_every_component(assets):
    css = assets.get("css/core.css").body.decode()
    assert css.lstrip().startswith(("@layer", "/*"))
    for part in (STATIC_FOLDER / "css" / "components").glob("*.css"):
        assert part.read_text().strip() in css
    assert CORE_CSS[0] == "layers"


def test_a_page_stays_light(assets):
    script = gzip.compress(assets.get("js/app.js").body + assets.get("js/theme.js").body, 9)
    assert len(script) <= 6 * 1024
    core = len(assets.get("css/core.css").zipped)
    pages = [len(assets.get(name).zipped or b"") for name in assets.names() if name.startswith("css/pages/")]
    assert core + max(pages, default=0) <= 17 * 1024


def test_every_icon_the_templates_name_is_in_the_sprite(assets):
    sprite = assets.get("icons/sprite.svg").body.decode()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = set()
    for template in (STATIC_FOLDER.parent / "templates").rglob("*.html"):
        named |= set(re.findall(r"""\bicon\(\s*["']([a-z-]+)["']""", template.read_text()))
    assert named <= drawn, named - drawn


def test_an_edit_shows_at_the_next_look_in_development(tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "tokens.css").write_text("a{}")
    watched = Assets(tmp_path, watch=True)
    before = watched.get("css/core.css")
    (tmp_path / "css" / "tokens.css").write_text("b{}")
    watched._check_at = 0.0
    after = watched.get("css/core.css")
    assert before is not None
    assert after is not None
    assert after.url != before.url


def test_a_file_that_does_not_exist_is_named_when_a_template_asks(probe_app):
    with probe_app.app_context(), pytest.raises(LookupError, match=r"no asset css/nothing\.css"):
        probe_app.jinja_env.globals["asset"]("css/nothing.css")


def test_scripts_run_without_anything_inline(assets, probe_app):
    html = str(probe_app.jinja_env.globals["scripts"]())
    assert html.count("<script src=") == 3
    assert not re.search(r"<script[^>]*>[^<]", html)
    for script in re.findall(r'src="([^"]+)"', html):
        assert script.startswith("/static/js/")
    source = assets.get("js/app.js").body.decode()
    assert "eval(" not in source
    assert "innerHTML" not in source
