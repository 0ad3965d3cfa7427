import socket
import threading
import time

import pytest
from limits import parse

from store.web.limits import Counters
from tests.web.conftest import HTMX, make_probe_app


@pytest.fixture
def limited():
    app = make_probe_app()
    client = app.test_client()

    def ask(peer="203.0.113.9", **headers):
        return client.get("/probe/limited", headers=headers, environ_overrides={"REMOTE_ADDR": peer})

    return ask


def test_after_the_limit_comes_429_with_the_time_to_wait(limited):
    assert [limited().status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = limited()
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert "A little slower" in refused.text


def test_somebody_else_is_not_held_up(limited):
    for _ in range(4):
        limited()
    assert limited("203.0.113.10").status_code == 200


def test_an_ipv6_household_counts_as_one(limited):
    for n in range(3):
        assert limited(f"2001:db8:1:2::{n}").status_code == 200
    assert limited("2001:db8:1:2:ffff::9").status_code == 429
    assert limited("2001:db8:1:3::1").status_code == 200


def test_a_forged_forwarded_header_buys_no_new_identity(limited):
    for n in range(3):
        limited(**{"X-Forwarded-For": f"198.51.100.{n}", "CF-Connecting-IP": f"198.51.100.{n}"})
    assert limited(**{"X-Forwarded-For": "198.51.100.99"}).status_code == 429


def test_htmx_is_told_by_a_toast(limited):
    for _ in range(3):
        limited()
    assert 'hx-swap-oob="beforeend:#toasts"' in limited(**HTMX).text


def test_loopback_is_not_limited_in_development_but_in_production():
    free = make_probe_app().test_client()
    assert {free.get("/probe/limited").status_code for _ in range(6)} == {200}
    live = make_probe_app(store_env="production", public_url="http://localhost").test_client()
    assert [live.get("/probe/limited").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_processes_count_together_in_valkey(redis_url):
    one, other = Counters(redis_url), Counters(redis_url)
    item = parse("3 per minute")
    assert [one.hit(item, "x"), other.hit(item, "x"), one.hit(item, "x")] == [0, 0, 0]
    assert other.hit(item, "x") > 0
    assert other.hit(item, "y") == 0


def test_a_dead_valkey_costs_nothing_but_the_sharing():
    counters = Counters("redis://127.0.0.1:1/0")
    item = parse("3 per minute")
    started = time.monotonic()
    assert [counters.hit(item, "x") > 0 for _ in range(5)] == [False, False, False, True, True]
    assert time.monotonic() - started < 0.5


def test_a_hanging_valkey_is_waited_for_once_and_briefly():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        accepted = []
        stop = threading.Event()

        def hold():
            silent.settimeout(0.1)
            while not stop.is_set():
                try:
                    accepted.append(silent.accept()[0])
                except TimeoutError:
                    continue

        holder = threading.Thread(target=hold)
        holder.start()
        try:
            counters = Counters(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            item = parse("100 per minute")
            waits = []
            for _ in range(20):
                started = time.monotonic()
                counters.hit(item, "x")
                waits.append(time.monotonic() - started)
        finally:
            stop.set()
            holder.join()
            for connection in accepted:
                connection.close()
    assert waits[0] < 0.35
    assert max(waits[1:]) < 0.05
