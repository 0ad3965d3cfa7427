import pytest
from sqlalchemy import text

from store.core.db import session as database
from store.core.db import transaction
from tests.web.conftest import make_probe_app


@pytest.mark.parametrize("path", ["/healthz", "/health"])
def test_the_process_lives_without_any_neighbour(probe, path):
    response = probe.get(path)
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_without_its_database_the_shop_is_not_ready(probe):
    response = probe.get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["database"] == "down"


def test_with_database_and_schema_it_is_ready_whatever_redis_does(stored, another_app):
    assert stored.get("/readyz").json == {"status": "ok", "database": "ok", "schema": "ok", "redis": "absent"}
    lonely = another_app(redis_url="redis://127.0.0.1:1/0").test_client()
    response = lonely.get("/readyz")
    assert (response.status_code, response.json["redis"]) == (200, "down")


def test_another_schema_than_this_code_s_is_not_ready(stored_app, stored):
    def rename(old, new):
        with stored_app.app_context(), transaction():
            database.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("alembic_version", "alembic_version_away")
    try:
        response = stored.get("/readyz")
        assert (response.status_code, response.json["schema"]) == (503, "missing")
    finally:
        rename("alembic_version_away", "alembic_version")
    assert stored.get("/readyz").status_code == 200


def test_browsers_may_report_what_they_refused_to_load(capsys):
    report = {"csp-report": {"effective-directive": "script-src", "blocked-uri": "https://evil.example/x.js"}}
    assert make_probe_app().test_client().post("/csp", json=report).status_code == 204
    assert "https://evil.example/x.js" in capsys.readouterr().err


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"csp-report": 3}', b"\xff\x00"])
def test_a_senseless_report_is_swallowed(probe, body):
    assert probe.post("/csp", data=body, content_type="application/csp-report").status_code == 204


def test_a_huge_report_is_refused(probe):
    assert probe.post("/csp", data=b"x" * 20_000).status_code == 413
