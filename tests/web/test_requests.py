import json

from tests.web.conftest import SAME_ORIGIN, make_probe_app


def lines(captured):
    return [json.loads(line) for line in captured.err.splitlines() if line.startswith("{")]


def test_each_request_is_one_line_with_its_route_and_id_but_no_path_and_no_address(capsys):
    app = make_probe_app(log_format="json")
    response = app.test_client().get(
        "/probe/items/4711?email=ann@example.org", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
    )
    out = capsys.readouterr()
    entry = next(line for line in lines(out) if line["event"] == "request")
    assert entry["route"] == "/probe/items/<int:number>"
    assert (entry["method"], entry["status"]) == ("GET", 200)
    assert entry["request_id"] == response.headers["X-Request-Id"]
    assert entry["ms"] >= 0
    for secret in ("4711", "ann@example.org", "203.0.113.9"):
        assert secret not in out.err


def test_health_checks_are_not_logged(capsys):
    make_probe_app().test_client().get("/healthz")
    assert '"request"' not in capsys.readouterr().err


def test_a_bug_is_logged_once_with_its_trace_and_the_request_id(capsys):
    app = make_probe_app(log_format="json")
    response = app.test_client().get("/probe/bug", headers=SAME_ORIGIN)
    errors = [line for line in lines(capsys.readouterr()) if line["level"] == "error"]
    assert len(errors) == 1
    assert errors[0]["request_id"] == response.headers["X-Request-Id"]
    assert "ZeroDivisionError" in errors[0]["exception"]


def test_a_log_line_can_not_be_forged_through_the_address(capsys):
    app = make_probe_app(log_format="console")
    app.test_client().get("/probe/nowhere%0aGET /admin 200")
    assert "/admin" not in capsys.readouterr().err
