"""The data folder: one holder at a time, secrets made once, nothing of a newer program touched."""

import os
import subprocess
import sys

import pytest

from store.ops.datadir import FORMAT, DataDir, Held
from store.ops.refusal import Refusal


@pytest.fixture
def data(tmp_path):
    return DataDir(tmp_path / "data")


@pytest.mark.parametrize("version", [str(FORMAT + 1), "99", "2.0.1", "nonsense", "\xff"])
def test_a_folder_of_a_newer_program_is_left_alone(data, version):
    (data.folder / "VERSION").write_bytes(version.encode("latin-1"))
    with pytest.raises(Refusal, match="written by a newer Vitrine"):
        DataDir(data.folder)


def test_a_folder_that_can_not_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="STORE_DATA_DIR"):
        DataDir(tmp_path / "file" / "data")


def test_secrets_are_made_once_and_for_the_owner_only(data):
    assert data.secret_key() == data.secret_key() == DataDir(data.folder).secret_key()
    assert len(data.secret_key()) == 64
    assert data.staff_login() == DataDir(data.folder).staff_login()
    for name in ("secret_key", "staff.json"):
        assert (data.folder / name).stat().st_mode & 0o077 == 0


def test_two_folders_have_different_secrets(data, tmp_path):
    other = DataDir(tmp_path / "other")
    assert data.secret_key() != other.secret_key()
    assert data.staff_login().password != other.staff_login().password


def test_the_second_holder_learns_who_the_first_is(data):
    with data.holding("up") as holder:
        holder.publish(url="http://127.0.0.1:8000", database_url="d", redis_url="r")
        with pytest.raises(Held, match=r"already running at http://127\.0\.0\.1:8000"), data.holding("up"):
            pass
        assert data.current_run().database_url == "d"
        assert (data.folder / "run.json").stat().st_mode & 0o077 == 0
    assert data.current_run() is None
    with data.holding("up"):
        pass


def test_what_a_killed_holder_left_behind_is_not_believed(data):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with data.holding("up") as holder:
        holder.publish(url="u", database_url="d", redis_url="r")
        run = (data.folder / "run.json").read_text()
    (data.folder / "run.json").write_text(run.replace(f'"pid": {os.getpid()}', f'"pid": {gone.pid}'))
    assert data.current_run() is None
    (data.folder / "run.json").write_text("{")
    assert data.current_run() is None


def test_servers_stay_while_somebody_visits_them(data):
    import time

    with data.visiting():
        started = time.monotonic()
        data.wait_for_visitors(seconds=0.3)
        assert time.monotonic() - started >= 0.3
    started = time.monotonic()
    data.wait_for_visitors(seconds=5)
    assert time.monotonic() - started < 1
