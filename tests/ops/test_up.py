"""`store up`: everything starts together, is kept alive together, and ends together."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


def get(url: str) -> int:
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", parts.path or "/")
    status = connection.getresponse().status
    connection.close()
    return status


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def family(pid: int) -> set[int]:
    """The process, its children and theirs."""
    found = {pid}
    for line in subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        child, parent = map(int, line.split())
        if parent in found:
            found.add(child)
    return found


def wait_until(true, seconds=15):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_ctrl_c_ends_every_process_within_ten_seconds_and_without_a_traceback(live_shop):
    shop = live_shop()
    assert get(f"{shop.url}/readyz") == 200
    everybody = family(shop.process.pid)
    assert len(everybody) >= 7  # the supervisor, the web server with two workers, worker, relay, scheduler
    started = time.monotonic()
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(timeout=10) == 0
    assert time.monotonic() - started < 10
    assert [pid for pid in everybody if not is_gone(pid)] == []
    assert "Traceback" not in shop.output
    assert not (shop.data_dir / "run.json").exists()


def test_a_process_that_dies_is_replaced(live_shop):
    shop = live_shop()
    for name in ("worker", "web"):
        os.kill(shop.pids()[name], signal.SIGKILL)
        wait_until(lambda name=name: f"{name} ended by signal 9" in shop.output)
    wait_until(lambda: get_or_zero(f"{shop.url}/readyz") == 200)


def get_or_zero(url: str) -> int:
    try:
        return get(url)
    except OSError:
        return 0


def test_nobody_survives_a_supervisor_that_was_killed(live_shop):
    shop = live_shop()
    everybody = family(shop.process.pid)
    shop.process.kill()
    shop.process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in everybody))


def test_a_second_up_says_where_the_first_one_is(live_shop):
    shop = live_shop()
    second = shop.run("up")
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"store: The shop is already running at {shop.url} (process {shop.process.pid}). Stop it there with Ctrl-C."
    ]


def test_a_taken_port_is_told_in_one_line(live_shop, tmp_path):
    shop = live_shop()
    shop.environment["STORE_DATA_DIR"] = str(tmp_path)
    second = shop.run("up")
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"Port {shop.environment['PORT']} on 127.0.0.1 is taken" in second.stderr


def test_other_commands_use_the_shop_that_runs(live_shop):
    shop = live_shop()
    del shop.environment["DATABASE_URL"], shop.environment["REDIS_URL"]
    audit = shop.run("audit")
    assert audit.returncode == 0, audit.stderr
    assert "0 violations" in audit.stdout
