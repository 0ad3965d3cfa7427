"""Films at a streaming service: sent once, followed, shown when ready, played from their own file until then."""

import time

import pytest
from sqlalchemy import text

from store.catalog import films as shelves
from store.core import queue
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.settings import Settings
from store.films import providers, services, streaming
from store.films.providers.cloudflare_stream import CloudflareStream
from store.media import storage
from tests.factories.catalog import make_product
from tests.factories.films import make_film, make_mp4
from tests.factories.shop import make_shop
from tests.standins.cloudflare_stream import ACCOUNT, HOST, SECRET, TOKEN, CloudflareStreamStandIn

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe clay is wet.\n"


@pytest.fixture
def standin():
    made = CloudflareStreamStandIn()
    yield made
    made.close()


@pytest.fixture
def service(standin, app):
    made = CloudflareStream(
        Settings(
            cloudflare_api_base=f"{standin.url}/client/v4",
            cloudflare_account_id=ACCOUNT,
            cloudflare_stream_token=TOKEN,
            cloudflare_stream_webhook_secret=SECRET,
        )
    )
    providers.use(made)
    yield made
    providers.use(None)


@pytest.fixture
def mug(db):
    with transaction():
        make_shop()
        return make_product("mug", title="Moth mug").product


@pytest.fixture
def film(service, mug):
    return make_film(mug.id)


def standing(film):
    return session.execute(text("SELECT state, problem FROM film_streams WHERE film_id = :id"), {"id": film.id}).one()


def do_all_work():
    """Do the jobs that are due; the next look at a film is not."""
    due = text("SELECT id FROM outbox WHERE done_at IS NULL AND attempts = 0 AND available_at <= :moment ORDER BY id")
    while ids := session.execute(due, {"moment": now()}).scalars().all():
        for outbox_id in ids:
            assert queue.perform(outbox_id)


def uid_of(standin):
    (uid,) = standin.videos
    return uid


def test_a_film_is_sent_and_shown_in_the_players_frame_once_it_is_ready(client, standin, film):
    streaming.stream(film.id)
    uid = uid_of(standin)
    body = storage.current().read(storage.film_name(film.key, film.kind))
    assert standin.videos[uid]["bytes"] == body
    assert standin.videos[uid]["meta"] == {"name": "The mug is thrown"}
    assert standin.videos[uid]["maxDurationSeconds"] == 50
    page = f"/products/mug/films/{film.id}"
    assert "<video" in client.get(page).text
    assert "frame-src" not in client.get(page).headers["Content-Security-Policy"]
    streaming.follow(film.id, 1)
    assert standing(film).state == "sent"
    standin.finish(uid)
    streaming.follow(film.id, 2)
    shown = client.get(page)
    assert f'src="{HOST}/{uid}/iframe?autoplay=true"' in shown.text
    assert "<video" not in shown.text
    for path in (page, "/products/mug"):
        assert f"frame-src {HOST};" in client.get(path).headers["Content-Security-Policy"]
    # Nothing of the service is on the product's page before somebody asks for the film.
    assert HOST not in client.get("/products/mug").text


def test_sending_again_after_a_crash_sends_nothing_twice(standin, film):
    streaming.stream(film.id)
    with transaction():
        session.execute(text("UPDATE film_streams SET state = 'waiting'"))
    streaming.stream(film.id)
    assert [path for method, path in standin.calls if method == "POST" and "/upload/" in path] == [
        f"/upload/{uid_of(standin)}"
    ]
    assert standing(film).state == "sent"


def test_an_answer_that_is_lost_is_asked_for_before_the_film_is_sent_again(standin, film):
    standin.lose["send"] += 1
    with pytest.raises(Unavailable):
        streaming.stream(film.id)
    assert standing(film).state == "waiting"
    streaming.stream(film.id)
    assert len(standin.videos) == 1
    assert standing(film).state == "sent"


def test_a_place_that_was_never_used_is_left_for_another(standin, film):
    standin.fail["open"] += 1
    with pytest.raises(Unavailable):
        streaming.stream(film.id)
    streaming.stream(film.id)
    assert standing(film).state == "sent"
    assert sum("bytes" in video for video in standin.videos.values()) == 1


def test_a_film_that_the_service_cannot_read_is_played_from_its_own_file(client, standin, film):
    streaming.stream(film.id)
    standin.spoil(uid_of(standin), "Too short.")
    streaming.follow(film.id, 1)
    assert tuple(standing(film)) == ("failed", "Too short.")
    assert "<video" in client.get(f"/products/mug/films/{film.id}").text


def test_a_wrong_token_is_tried_again_and_a_refusal_is_not(standin, film, monkeypatch):
    monkeypatch.setattr(providers.current(), "_token", "wrong")
    with pytest.raises(Unavailable):
        streaming.stream(film.id)
    monkeypatch.setattr(providers.current(), "_token", TOKEN)
    monkeypatch.setattr("store.films.providers.cloudflare_stream._LONGEST_SECONDS", 99_999)
    with transaction():
        session.execute(text("UPDATE films SET duration_ms = 90000000"))
    streaming.stream(film.id)
    assert standing(film).state == "failed"
    assert "400" in standing(film).problem


def test_a_service_that_never_ends_is_given_up(standin, film):
    streaming.stream(film.id)
    streaming.follow(film.id, 30)
    assert standing(film).state == "failed"


def test_a_signed_notification_is_a_reason_to_look_and_no_more(client, standin, film):
    streaming.stream(film.id)
    headers, body = standin.notification(uid_of(standin))
    assert client.post("/webhooks/films", data=body, headers=headers).status_code == 200
    do_all_work()
    assert standing(film).state == "sent", "it said so itself, and its books say otherwise"
    standin.finish(uid_of(standin))
    headers, body = standin.notification(uid_of(standin))
    assert client.post("/webhooks/films", data=body, headers=headers).status_code == 200
    do_all_work()
    assert standing(film).state == "ready"


def test_notifications_that_nobody_signed_are_refused(client, standin, film):
    streaming.stream(film.id)
    uid = uid_of(standin)
    headers, body = standin.notification(uid)
    old, future = standin.notification(uid, at=time.time() - 400), standin.notification(uid, at=time.time() + 400)
    for wrong_headers, wrong_body in (
        ({}, body),
        (headers, body + b" "),
        (headers | {"Webhook-Signature": headers["Webhook-Signature"].replace("sig1", "sig2")}, body),
        standin.notification(uid, secret="another"),
        old,
        future,
    ):
        assert client.post("/webhooks/films", data=wrong_body, headers=wrong_headers).status_code == 400
    providers.use(None)
    assert client.post("/webhooks/films", data=body, headers=headers).status_code == 404


def test_captions_follow_a_film_to_the_service(client, standin, film):
    with transaction():
        services.set_captions(film.id, "de", VTT)
    streaming.stream(film.id)
    uid = uid_of(standin)
    standin.finish(uid)
    streaming.follow(film.id, 1)
    do_all_work()
    assert "The clay is wet." in standin.videos[uid]["captions"]["de"]
    assert "defaultTextTrack=de" in client.get(f"/products/mug/films/{film.id}").text
    with transaction():
        services.set_captions(film.id, "de", VTT.replace(b"wet", b"dry"))
        services.set_captions(film.id, "en", VTT)
    do_all_work()
    assert "dry" in standin.videos[uid]["captions"]["de"]
    with transaction():
        services.drop_captions(film.id, "de")
    do_all_work()
    streaming.stream_captions(film.id, "de")
    assert set(standin.videos[uid]["captions"]) == {"en"}


def test_what_is_shown_no_more_is_deleted_at_the_service(standin, mug, film):
    streaming.stream(film.id)
    with transaction():
        shelves.take_off(mug.id, film.id)
    do_all_work()
    assert standin.videos == {}
    streaming.unstream("0" * 32)


def test_without_a_service_nothing_is_sent(mug):
    film = make_film(mug.id, data=make_mp4(milliseconds=1))
    assert session.execute(text("SELECT count(*) FROM outbox WHERE task LIKE 'films.%'")).scalar() == 0
    streaming.stream(film.id)
    assert session.execute(text("SELECT count(*) FROM film_streams")).scalar() == 0


def test_a_service_that_does_not_answer_is_unavailable(standin, service):
    standin.close()
    with pytest.raises(Unavailable):
        service.fetch("0" * 32)


def test_half_a_service_is_refused_at_the_start():
    with pytest.raises(ValueError, match="CLOUDFLARE_STREAM_TOKEN"):
        Settings(cloudflare_account_id=ACCOUNT)
