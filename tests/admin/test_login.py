"""The door of the back office: who comes in, how long they stay, and what strangers learn."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.core.db import session
from tests.admin.conftest import SAME_ORIGIN, Desk
from tests.factories.staff import PASSWORD, make_staff

SCREENS = (
    "/admin/",
    "/admin/orders/",
    "/admin/follow-up/",
    "/admin/products/",
    "/admin/products/new",
    "/admin/collections/",
    "/admin/stock/",
    "/admin/delivery/",
    "/admin/pages/",
    "/admin/markets/",
    "/admin/staff/",
    "/admin/journal/",
)


@pytest.mark.parametrize("path", SCREENS)
def test_strangers_are_sent_to_the_door_and_back_again(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/admin/login?next=")


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_opens_for_the_owner_and_is_kept_by_nobody(desk, path):
    answer = desk.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_login_leads_to_where_one_wanted_to_go(stranger):
    person = make_staff()
    data = {"email": person.email, "password": PASSWORD, "next": "/admin/orders/?state=shipped"}
    answer = stranger.send("/admin/login", data, form_at="/admin/login")
    assert answer.headers["Location"] == "/admin/orders/?state=shipped"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/admin", "/\\evil", "/cart", "javascript:x"])
def test_login_leads_nowhere_else(stranger, target):
    person = make_staff()
    data = {"email": person.email, "password": PASSWORD, "next": target}
    assert stranger.send("/admin/login", data, form_at="/admin/login").headers["Location"] == "/admin/"


def test_whoever_guesses_learns_nothing(stranger):
    make_staff(email="mia@example.com")
    make_staff(email="gone@example.com", active=False)
    pages = set()
    for email in ("mia@example.com", "gone@example.com", "nobody@example.com"):
        answer = stranger.send(
            "/admin/login", {"email": email, "password": "wrong horse battery"}, form_at="/admin/login"
        )
        page = answer.get_data(as_text=True).replace(email, "")
        pages.add((answer.status_code, page.partition("<main")[2].partition('name="csrf_token"')[0]))
    assert len(pages) == 1
    assert next(iter(pages))[0] == 422


def test_the_session_changes_its_id_at_login_and_forgets_what_it_held(stranger):
    stranger.get("/admin/login")
    before = stranger.client.get_cookie("staff", path="/admin").value
    stranger.log_in(make_staff())
    after = stranger.client.get_cookie("staff", path="/admin").value
    assert before != after
    thief = Desk(stranger.client.application.test_client())
    thief.client.set_cookie("staff", before, path="/admin")
    assert thief.get("/admin/").status_code == 303


def test_the_cookie_is_the_staffs_alone(stranger):
    stranger.log_in(make_staff())
    cookie = stranger.client.get_cookie("staff", path="/admin")
    assert (cookie.path, cookie.http_only, cookie.same_site) == ("/admin", True, "Strict")


def test_logging_out_is_a_form_and_ends_the_session(desk):
    cookie = desk.client.get_cookie("staff", path="/admin").value
    assert desk.get("/admin/logout").status_code == 405
    assert desk.send("/admin/logout").headers["Location"] == "/admin/login"
    desk.client.set_cookie("staff", cookie, path="/admin")
    assert desk.get("/admin/").status_code == 303


def test_half_an_hour_of_silence_ends_the_session(desk, clock):
    clock.shift(timedelta(minutes=29))
    assert desk.get("/admin/").status_code == 200
    clock.shift(timedelta(minutes=29))
    assert desk.get("/admin/").status_code == 200
    clock.shift(timedelta(minutes=31))
    assert desk.get("/admin/").status_code == 303


def test_a_closed_account_is_out_at_the_next_click(desk):
    session.execute(text("UPDATE staff SET active = false WHERE id = :id"), {"id": desk.person.id})
    session.commit()
    assert desk.get("/admin/").status_code == 303


def test_a_shop_session_opens_no_staff_door(client, desk):
    staff_cookie = desk.client.get_cookie("staff", path="/admin").value
    client.set_cookie("sid", staff_cookie)
    assert client.get("/admin/").status_code == 303


def test_five_attempts_in_a_quarter_of_an_hour_are_enough(app, stranger):
    app.config["LIMIT_LOOPBACK"] = True
    try:
        person = make_staff()
        data = {"email": person.email, "password": "wrong horse battery"}
        answers = [stranger.send("/admin/login", data, form_at="/admin/login") for _attempt in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        # The account is slowed, not locked: its owner comes in from elsewhere.
        data["password"] = PASSWORD
        elsewhere = stranger.client.post(
            "/admin/login",
            data={"csrf_token": stranger.token("/admin/login"), **data},
            headers=SAME_ORIGIN,
            environ_base={"REMOTE_ADDR": "198.51.100.7"},
        )
        assert elsewhere.status_code == 303
    finally:
        app.config["LIMIT_LOOPBACK"] = False


@pytest.mark.parametrize(
    "data", [{}, {"email": "x" * 5000, "password": "y" * 100_000}, {"email": "\x07", "password": "x"}]
)
def test_nonsense_at_the_door_is_refused_politely(stranger, data):
    answer = stranger.send("/admin/login", data, form_at="/admin/login")
    assert answer.status_code == 422
