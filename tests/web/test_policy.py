import re

import pytest
from flask import Flask

from store.web import policy
from tests.web.conftest import HTMX, SAME_ORIGIN, make_probe_app


def test_a_public_page_may_be_kept_by_shared_caches_for_its_seconds_and_by_browsers_never_unasked(probe):
    response = probe.get("/probe/public")
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=30, stale-if-error=86400"
    assert "Vary" not in response.headers


def test_a_public_page_sees_no_cookie_and_sets_none(probe):
    probe.set_cookie("sid", "whatever")
    probe.set_cookie("has_cart", "1")
    response = probe.get("/probe/public")
    assert response.text == "the same for everyone: "
    assert "Set-Cookie" not in response.headers


def test_a_public_page_is_the_same_for_htmx_which_takes_its_part(probe):
    whole = probe.get("/probe/public")
    asked_by_htmx = probe.get("/probe/public", headers=HTMX)
    assert whole.data == asked_by_htmx.data
    assert whole.headers["ETag"] == asked_by_htmx.headers["ETag"]


def test_a_browser_that_has_the_page_hears_304_without_a_body(probe):
    tag = probe.get("/probe/public").headers["ETag"]
    again = probe.get("/probe/public", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "Content-Security-Policy" in again.headers


def test_a_public_page_that_touches_the_session_is_a_bug_and_says_so(probe):
    assert probe.get("/probe/public/session").status_code == 500


def test_a_public_page_that_sets_a_cookie_is_a_bug_in_development_and_loses_it_in_production(probe):
    assert probe.get("/probe/public/cookie").status_code == 500
    live = make_probe_app(store_env="production", public_url="https://shop.example").test_client()
    response = live.get("/probe/public/cookie", base_url="https://shop.example")
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("path", "control"),
    [
        ("/probe/personal", "private, no-cache"),
        ("/probe/secret/untouched", "private, no-store"),
        ("/probe/nowhere", "no-store"),
        ("/healthz", "no-store"),
        ("/probe/public/moved", "no-store"),
    ],
)
def test_each_kind_of_route_says_who_may_keep_it(probe, path, control):
    assert probe.get(path).headers["Cache-Control"] == control


def test_a_personal_url_with_page_and_fragment_varies_by_what_htmx_asks(probe):
    assert probe.get("/probe/personal").headers["Vary"] == "HX-Request-Type"


def test_a_secret_page_does_not_tell_other_sites_where_the_visitor_came_from(probe):
    assert probe.get("/probe/secret/untouched").headers["Referrer-Policy"] == "same-origin"
    assert probe.get("/probe/public").headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_the_application_does_not_start_with_a_route_that_declares_nothing():
    app = Flask("forgetful")
    policy.init_app(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match=re.escape("forgotten (/forgotten)")):
        policy.check_routes(app)


def test_the_application_does_not_start_with_a_public_route_that_takes_a_form():
    app = Flask("careless")
    policy.init_app(app)
    app.add_url_rule("/form", "form", policy.public()(lambda: ""), methods=["POST"])
    with pytest.raises(RuntimeError, match="is public and takes"):
        policy.check_routes(app)


def test_a_library_mounted_under_a_prefix_is_covered_by_one_policy():
    app = Flask("with a library")
    policy.init_app(app)
    app.add_url_rule("/admin/thing/", "thing.index_view", lambda: "")
    app.add_url_rule("/admin/static/<path:name>", "admin.static", lambda name: name)
    policy.cover(app, "/admin", policy.SECRET)
    policy.check_routes(app)
    known = app.extensions["store.policy"]
    assert (known["thing.index_view"], known["admin.static"]) == (policy.SECRET, policy.FILES)


def test_webhooks_are_answered_in_json_and_need_no_origin(probe):
    assert probe.post("/probe/webhook", data=b"abc").text == "3"
    broken = probe.get("/probe/webhook/broken")
    assert (broken.status_code, broken.json["error"]) == (409, "already there")


def test_a_fragment_on_a_personal_page_is_sent_only_to_htmx(probe):
    page = probe.get("/probe/personal")
    assert page.text.lstrip().startswith("<!doctype html>")
    fragment = probe.get("/probe/personal", headers=HTMX)
    assert "<!doctype" not in fragment.text
    restored = probe.get("/probe/personal", headers={"HX-History-Restore-Request": "true", **HTMX})
    assert restored.text.lstrip().startswith("<!doctype html>")


def test_a_form_reaches_a_personal_route(probe):
    assert probe.post("/probe/personal", data={"a": "1"}, headers=SAME_ORIGIN).text == "posted 1"
