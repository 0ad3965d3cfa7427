from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DataError, OperationalError, PendingRollbackError

from tests.web.conftest import HTMX, SAME_ORIGIN, make_probe_app


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/probe/nowhere", 404, "We looked everywhere"),
        ("DELETE", "/probe/personal", 405, "not how this page works"),
        ("POST", "/probe/conflict", 409, "Only two are left."),
        ("GET", "/probe/unavailable", 503, "The carrier does not answer."),
        ("GET", "/probe/bug", 500, "nothing you entered was charged"),
    ],
)
def test_every_failure_is_a_page_with_words_a_way_back_and_a_reference(probe, method, path, status, words):
    response = probe.open(path, method=method, headers=SAME_ORIGIN)
    assert response.status_code == status
    assert words in response.text
    assert 'href="/' in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert "Traceback" not in response.text
    assert "ZeroDivisionError" not in response.text


def test_htmx_gets_the_failure_as_a_toast_beside_the_page_that_stays(probe):
    response = probe.post("/probe/conflict", headers=SAME_ORIGIN | HTMX)
    assert response.status_code == 409
    assert 'hx-swap-oob="beforeend:#toasts"' in response.text
    assert "Only two are left." in response.text
    assert "<html" not in response.text


def test_a_page_restored_from_history_gets_a_whole_page_even_when_it_fails(probe):
    response = probe.get("/probe/nowhere", headers={"HX-History-Restore-Request": "true"})
    assert "<html" in response.text


def test_what_can_be_tried_again_says_when(probe):
    assert probe.get("/probe/unavailable").headers["Retry-After"] == "5"


def test_a_wrong_method_names_the_right_ones(probe):
    assert "GET" in probe.delete("/probe/personal").headers["Allow"]


def test_a_silent_database_is_503_and_a_value_it_can_not_hold_is_400():
    app = make_probe_app()
    failures = {
        "down": OperationalError("SELECT 1", {}, Exception("connection refused")),
        "cut": psycopg.OperationalError("the connection is closed"),
        "gone-on": PendingRollbackError("can't reconnect until the transaction is rolled back"),
        "broken": DataError("SELECT 1", {}, Exception("integer out of range")),
    }

    def fail(which):
        raise failures[which]

    from store.web.policy import personal

    app.add_url_rule("/probe/database/<which>", "database", personal(fail))
    client = app.test_client()
    for which in ("cut", "gone-on"):
        assert client.get(f"/probe/database/{which}").status_code == 503
    down = client.get("/probe/database/down")
    assert (down.status_code, down.headers["Retry-After"]) == (503, "5")
    assert "refused" not in down.text
    assert client.get("/probe/database/broken").status_code == 400


def test_a_failure_outside_the_application_is_still_a_page(monkeypatch):
    app = make_probe_app()
    proxies: Any = app.wsgi_app
    layer = proxies._inner._inner  # the guard inside the boundary inside the proxies

    def explode(_environ):
        raise ZeroDivisionError

    monkeypatch.setattr(layer, "_problem", explode)
    response = app.test_client().get("/")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.text
    assert "Content-Security-Policy" in response.headers
