"""The commands as an operator types them."""

import os
import subprocess
import sys

import pytest


def run(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "STORE_ENV")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "store.cli", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.parametrize("command", ["web", "worker", "relay", "scheduler"])
def test_production_is_refused_in_lines_without_a_traceback(command):
    done = run(command)
    assert done.returncode == 1
    assert done.stderr.startswith("store: not ready for production:\n")
    assert "SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_makes_no_sense_is_named():
    done = run("up", PORT="eighty")
    assert done.returncode == 1
    assert done.stderr.startswith("store: PORT=eighty is not usable")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_without_the_schema_is_told_so(empty_database, redis_url, tmp_path):
    done = run("audit", DATABASE_URL=empty_database, REDIS_URL=redis_url, STORE_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "store migrate" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_migrate_brings_an_empty_database_to_the_schema(empty_database, redis_url, tmp_path):
    environment = {"DATABASE_URL": empty_database, "REDIS_URL": redis_url, "STORE_DATA_DIR": str(tmp_path)}
    assert "revision" in run("migrate", **environment).stdout
    audit = run("audit", "--json", STORE_ENV="development", **environment)
    assert audit.returncode == 0, audit.stderr
    assert '"violations": []' in audit.stdout


def test_every_verb_explains_itself():
    listing = run("--help").stdout
    for verb in (
        "up",
        "web",
        "worker",
        "relay",
        "scheduler",
        "migrate",
        "seed",
        "import",
        "audit",
        "reconcile",
        "reindex",
        "test",
        "bench",
    ):
        assert f"  {verb} " in listing


def test_the_first_owner_is_hired_once(fresh_database, redis_url, tmp_path):
    environment = {"DATABASE_URL": fresh_database, "REDIS_URL": redis_url, "STORE_DATA_DIR": str(tmp_path)}
    words = ("hire", "ana@example.com", "--name", "Ana", "--password", "four-green-kettles-1")
    assert "Ana can log in" in run(*words, STORE_ENV="development", **environment).stdout
    again = run(*words, STORE_ENV="development", **environment)
    assert again.returncode == 1
    assert "has this e-mail address already" in again.stderr
    assert "Traceback" not in again.stderr
