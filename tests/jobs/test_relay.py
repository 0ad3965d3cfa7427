"""The relay hands work over once, in the right queue, and does it itself when there is no queue."""

import pytest
import redis
from sqlalchemy import select, text

from jobs.relay import Relay
from store.core import queue
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.settings import Settings

pytestmark = pytest.mark.usefixtures("db")

done: list[str] = []


@queue.job("test.relayed")
def relayed(word: str) -> None:
    """Note the word."""
    done.append(word)


@queue.job("test.relayed_long", long=True)
def relayed_long(word: str) -> None:
    """Note the word, after those who are quick."""
    done.append(word)


@queue.job("test.relayed_patiently", patient=True)
def relayed_patiently(word: str) -> None:
    """Note the word, after everybody else."""
    done.append(word)


def make_relay(redis_url: str, shop: str = "shop") -> Relay:
    return Relay(Settings(redis_url=redis_url, database_url=f"postgresql://db/{shop}", store_env="development"))


def write(*tasks: str) -> None:
    with transaction():
        for task in tasks:
            queue.enqueue(task, word=task)


def waiting(relay: Relay) -> tuple[int, int]:
    return len(relay.queues["default"]), len(relay.queues["patient"])


def test_what_is_due_is_handed_over_once(redis_url: str) -> None:
    relay = make_relay(redis_url)
    write("test.relayed")
    assert relay.sweep() == 1
    assert relay.sweep() == 0
    assert waiting(relay) == (1, 0)


def test_what_waits_in_the_queue_is_not_queued_again(redis_url: str) -> None:
    relay = make_relay(redis_url)
    write("test.relayed")
    for _sweep in range(3):
        relay.sweep()
        session.execute(text("UPDATE outbox SET enqueued_at = enqueued_at - interval '11 seconds'"))
        session.commit()
    # One, or two when a minute began in between.
    assert waiting(relay)[0] in (1, 2)


def test_what_the_queue_lost_is_handed_over_again(redis_url: str) -> None:
    relay = make_relay(redis_url)
    write("test.relayed")
    relay.sweep()
    redis.Redis.from_url(redis_url).flushdb()
    session.execute(text("UPDATE outbox SET enqueued_at = enqueued_at - interval '11 seconds'"))
    session.commit()
    assert relay.sweep() == 1
    assert waiting(relay) == (1, 0)


def test_two_shops_share_a_queue_server_and_no_work(redis_url: str) -> None:
    one, other = make_relay(redis_url, "one"), make_relay(redis_url, "other")
    write("test.relayed")
    one.sweep()
    assert (waiting(one), waiting(other)) == ((1, 0), (0, 0))
    # The other shop has a row of the same number.
    session.execute(text("UPDATE outbox SET enqueued_at = NULL"))
    session.commit()
    other.sweep()
    assert (waiting(one), waiting(other)) == ((1, 0), (1, 0))


def test_patient_work_has_a_queue_of_its_own(redis_url: str) -> None:
    relay = make_relay(redis_url)
    write("test.relayed_patiently", "test.relayed")
    relay.sweep()
    assert waiting(relay) == (1, 1)


def test_long_work_goes_before_pictures_and_after_money(redis_url: str) -> None:
    relay = make_relay(redis_url)
    write("test.relayed_patiently", "test.relayed_long", "test.relayed")
    relay.sweep()
    assert {name: len(one) for name, one in relay.queues.items()} == {"default": 1, "long": 1, "patient": 1}
    assert queue.QUEUES == ("default", "long", "patient")


def test_without_a_queue_the_relay_does_the_work_itself_and_the_patient_last() -> None:
    done.clear()
    relay = make_relay("redis://127.0.0.1:1")
    write("test.relayed_patiently", "test.relayed_long", "test.relayed")
    relay.sweep()
    assert done == ["test.relayed", "test.relayed_long", "test.relayed_patiently"]
    assert session.execute(select(Outbox.done_at).where(Outbox.done_at.is_(None))).all() == []


def test_a_queue_that_does_not_answer_is_asked_once_and_everything_is_done_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done.clear()
    relay = make_relay("redis://127.0.0.1:1")
    asked: list[object] = []

    def stay_silent(*_arguments: object, **_more: object) -> None:
        asked.append(1)
        raise redis.TimeoutError

    monkeypatch.setattr(relay.queues["default"], "enqueue", stay_silent)
    write("test.relayed", "test.relayed", "test.relayed")
    assert relay.sweep() == 3
    assert (len(asked), len(done)) == (1, 3)
