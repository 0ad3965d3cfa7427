"""`store test`: every step runs, the summary tells the truth, and browser tests are never left out in silence."""

import sys

import pytest

from store.ops import browser, checks
from store.ops.checks import Step

FINE = Step("fine", [sys.executable, "-c", "print('3 passed, 1 skipped in 0.1s')"])
BROKEN = Step("broken", [sys.executable, "-c", "print('1 failed, 2 passed in 0.1s'); raise SystemExit(1)"])
BROWSER = Step("browser", [sys.executable, "-c", "print('5 passed in 1s')"])


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(browser, "find", lambda: "/usr/bin/chromium")


def run(monkeypatch, *steps):
    monkeypatch.setattr(checks, "STEPS", steps)
    return checks.run_all()


def test_all_steps_run_though_one_fails_and_their_tests_are_counted_together(monkeypatch, capfd):
    assert run(monkeypatch, BROKEN, FINE, BROWSER) == 1
    lines = capfd.readouterr().out.splitlines()
    assert "1 failed, 10 passed, 1 skipped in " in lines[-2]
    assert lines[-1].startswith("FAILED: broken in ")


def test_when_all_pass_the_status_is_zero(monkeypatch, capfd):
    assert run(monkeypatch, FINE, BROWSER) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("All checks passed")


def test_a_step_may_be_a_function_that_lists_faults(monkeypatch, capfd):
    assert run(monkeypatch, Step("scan", lambda: ["a.py:3: a secret"]), FINE) == 1
    assert "a.py:3: a secret" in capfd.readouterr().out


@pytest.mark.parametrize(("ci", "status"), [(None, 0), ("1", 1)])
def test_without_chromium_the_last_lines_say_so_and_ci_fails(monkeypatch, capfd, ci, status):
    monkeypatch.setattr(browser, "find", lambda: None)
    if ci:
        monkeypatch.setenv("CI", ci)
    assert run(monkeypatch, FINE, BROWSER) == status
    last = "\n".join(capfd.readouterr().out.splitlines()[-6:])
    assert "NO CHROMIUM WAS FOUND: the browser tests did NOT run." in last
    assert "apt-get install -y chromium" in last


def test_chromium_is_the_named_one_or_one_of_the_usual(monkeypatch, tmp_path):
    monkeypatch.undo()
    program = tmp_path / "my-chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("STORE_CHROMIUM", str(program))
    assert browser.find() == str(program)
    monkeypatch.setenv("STORE_CHROMIUM", str(tmp_path / "none"))
    assert browser.find() is None
    monkeypatch.delenv("STORE_CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() is None
    program.rename(tmp_path / "google-chrome")
    assert browser.find() == str(tmp_path / "google-chrome")
