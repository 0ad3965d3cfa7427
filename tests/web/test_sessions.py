from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core import ids
from store.core.db import read_rows, transaction
from store.web import sessions
from tests.web.conftest import SAME_ORIGIN, SECRET


@pytest.fixture
def rows(stored_app):
    def read():
        with stored_app.app_context():
            return read_rows("SELECT * FROM web_sessions ORDER BY created_at")

    return read


def cookie_of(client, name, path="/"):
    found = client.get_cookie(name, path=path)
    return found.value if found else None


def test_no_row_and_no_cookie_before_something_is_written(stored, rows):
    assert stored.get("/probe/secret/read").text == "None"
    assert rows() == []
    assert cookie_of(stored, "sid") is None


def test_the_first_write_makes_a_row_that_holds_no_usable_id(stored, rows):
    response = stored.get("/probe/secret")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert "SameSite=Lax" in response.headers["Set-Cookie"]
    value = cookie_of(stored, "sid")
    assert len(value) >= 22
    (row,) = rows()
    assert row.id_hash == ids.digest(value)
    assert value not in str(row)
    assert (row.realm, row.data) == ("shop", {"visits": 1})


def test_the_session_is_there_at_the_next_request_without_a_new_cookie(stored):
    stored.get("/probe/secret")
    again = stored.get("/probe/secret")
    assert again.text == "2"
    assert "Set-Cookie" not in again.headers


def test_reading_costs_one_select_and_not_touching_costs_nothing(stored, statements):
    stored.get("/probe/secret")
    statements.clear()
    stored.get("/probe/secret/read")
    assert len(statements) == 1
    assert statements[0].startswith("SELECT data, staff_id")
    statements.clear()
    stored.get("/probe/secret/untouched")
    stored.get("/probe/public")
    assert statements == []


@pytest.mark.parametrize("value", ["forged", "x" * 26, "", "\u00e9", "a.b.c", "' OR 1=1 --", "x" * 4000])
def test_a_forged_cookie_is_an_anonymous_visitor(stored, rows, value):
    stored.set_cookie("sid", value)
    assert stored.get("/probe/secret/read").text == "None"
    assert stored.get("/probe/secret").text == "1"
    # A planted id is not adopted: the row has one of our own making.
    assert ids.digest(value) not in {row.id_hash for row in rows()}


def test_a_renewed_session_keeps_its_content_under_a_new_id_and_the_old_one_is_dead(stored, rows):
    stored.get("/probe/secret")
    token = stored.get("/probe/secret/token").text
    old = cookie_of(stored, "sid")
    stored.post("/probe/secret/renew", data={"csrf_token": token}, headers=SAME_ORIGIN)
    new = cookie_of(stored, "sid")
    assert new != old
    assert [row.id_hash for row in rows()] == [ids.digest(new)]
    assert stored.get("/probe/secret/read").text == "1"
    stored.set_cookie("sid", old)
    assert stored.get("/probe/secret/read").text == "None"


def test_an_emptied_session_loses_row_and_cookie(stored, rows):
    stored.get("/probe/secret")
    token = stored.get("/probe/secret/token").text
    stored.post("/probe/secret/forget", data={"csrf_token": token}, headers=SAME_ORIGIN)
    assert rows() == []
    assert cookie_of(stored, "sid") is None


def test_staff_have_a_session_of_their_own_that_the_shop_never_sees(stored, rows):
    stored.get("/probe/secret")
    token = stored.get("/admin/probe/token").text
    response = stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("staff=")
    assert "SameSite=Strict" in cookie
    assert "Path=/admin" in cookie
    assert "HttpOnly" in cookie
    assert stored.get("/admin/probe/").text == "7"
    assert {(row.realm, row.staff_id) for row in rows()} == {("shop", None), ("staff", 7)}


def test_a_shop_cookie_opens_no_staff_session_and_a_staff_cookie_no_shop_session(stored):
    stored.get("/probe/secret")
    stored.set_cookie("staff", cookie_of(stored, "sid"), path="/admin")
    assert stored.get("/admin/probe/").text == "None"
    token = stored.get("/admin/probe/token").text
    stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    stored.set_cookie("sid", cookie_of(stored, "staff", "/admin"))
    assert stored.get("/probe/secret/read").text == "None"


def test_signing_in_changes_the_id_and_forgets_what_was_there_before(stored, rows):
    token = stored.get("/admin/probe/token").text
    before = cookie_of(stored, "staff", "/admin")
    stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    after = cookie_of(stored, "staff", "/admin")
    assert before
    assert after != before
    assert [row.data for row in rows()] == [{}]
    # The token of before is of the session of before.
    assert stored.post("/admin/probe/logout", data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 400


def test_signing_out_ends_the_session_on_the_server(stored, rows):
    token = stored.get("/admin/probe/token").text
    stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    kept = cookie_of(stored, "staff", "/admin")
    token = stored.get("/admin/probe/token").text
    stored.post("/admin/probe/logout", data={"csrf_token": token}, headers=SAME_ORIGIN)
    assert rows() == []
    stored.set_cookie("staff", kept, path="/admin")
    assert stored.get("/admin/probe/").text == "None"


def test_all_sessions_of_a_member_of_staff_can_be_ended_at_once(stored_app, rows):
    for _ in range(2):
        client = stored_app.test_client()
        token = client.get("/admin/probe/token").text
        client.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    with stored_app.app_context(), transaction():
        sessions.end_all_of(7)
    assert rows() == []
    assert client.get("/admin/probe/").text == "None"


def test_staff_are_out_after_half_an_hour_of_silence_and_after_a_working_day(stored):
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        token = stored.get("/admin/probe/token").text
        stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
        for _ in range(23):
            clock.shift(timedelta(minutes=20))
            assert stored.get("/admin/probe/").text == "7"
        clock.move_to(start + timedelta(hours=8, minutes=1))
        assert stored.get("/admin/probe/").text == "None"


def test_half_an_hour_of_silence_is_enough(stored):
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        token = stored.get("/admin/probe/token").text
        stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
        clock.shift(timedelta(minutes=31))
        assert stored.get("/admin/probe/").text == "None"


def test_staying_alive_is_written_at_most_once_a_minute(stored, statements):
    token = stored.get("/admin/probe/token").text
    stored.post("/admin/probe/login", data={"csrf_token": token}, headers=SAME_ORIGIN)
    statements.clear()
    for _ in range(3):
        stored.get("/admin/probe/")
    assert [statement.split()[0] for statement in statements] == ["SELECT"] * 3


def test_a_form_without_its_token_is_a_friendly_400(stored):
    stored.get("/probe/secret/token")
    for data in ({}, {"csrf_token": "forged"}, {"csrf_token": ""}):
        response = stored.post("/probe/secret", data=data, headers=SAME_ORIGIN)
        assert response.status_code == 400
        assert "Please reload it" in response.text


def test_the_token_of_another_session_is_refused(stored_app):
    mine, theirs = stored_app.test_client(), stored_app.test_client()
    mine.get("/probe/secret/token")
    foreign = theirs.get("/probe/secret/token").text
    assert mine.post("/probe/secret", data={"csrf_token": foreign}, headers=SAME_ORIGIN).status_code == 400
    own = mine.get("/probe/secret/token").text
    assert mine.post("/probe/secret", data={"csrf_token": own}, headers=SAME_ORIGIN).text == "written"


def test_a_token_signed_with_the_former_key_still_counts_while_keys_rotate(stored_app, another_app):
    before = stored_app.test_client()
    token = before.get("/probe/secret/token").text
    sid = cookie_of(before, "sid")
    for fallbacks, status in (((), 400), ((SECRET,), 200)):
        rotated = another_app(secret_key="y" * 40, secret_key_fallbacks=fallbacks)
        client = rotated.test_client()
        client.set_cookie("sid", sid)
        answer = client.post("/probe/secret", data={"csrf_token": token}, headers=SAME_ORIGIN)
        assert answer.status_code == status


def test_a_database_that_is_down_is_503_on_secret_pages_and_nothing_on_public_ones(probe):
    probe.set_cookie("sid", "x" * 26)
    for _ in range(2):
        assert probe.get("/probe/secret/read").status_code == 503
    assert probe.get("/probe/public").status_code == 200
    assert probe.get("/probe/secret/untouched").status_code == 200
