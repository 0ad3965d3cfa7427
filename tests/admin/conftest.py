"""Staff at the desk: a browser that is logged in and sends what the pages' own forms send."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from store.core import ids
from store.core.clock import now
from store.core.db import session
from store.staff.models import Staff
from store.web.models import Session
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class Desk:
    """One person's browser in the back office."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.person: Staff | None = None

    def log_in(self, person: Staff, password: str = PASSWORD):
        self.person = person
        return self.send("/admin/login", {"email": person.email, "password": password}, form_at="/admin/login")

    def get(self, path: str):
        return self.client.get(path)

    def token(self, path: str = "/admin/") -> str:
        page = self.client.get(path).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, f"no form on {path}"
        return found[1]

    def send(self, path: str, data: dict[str, object] | None = None, *, form_at: str = "/admin/"):
        """Post a form of the back office, with the session's token."""
        return self.client.post(path, data={"csrf_token": self.token(form_at), **(data or {})}, headers=SAME_ORIGIN)

    def hidden(self, path: str, name: str) -> str:
        """What a hidden field of a page holds."""
        page = self.client.get(path).get_data(as_text=True)
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert tag is not None, f"no {name} on {path}"
        found = re.search(r'value="([^"]*)"', tag[0])
        assert found is not None
        return found[1]


@pytest.fixture(autouse=True)
def shop(db) -> None:
    make_shop()


@pytest.fixture
def desk_of(app, client) -> Callable[..., Desk]:
    """Make a logged-in browser for a role."""

    def make(role: str = "owner") -> Desk:
        desk = Desk(app.test_client())
        desk.person = make_staff(role)
        desk.client.set_cookie("staff", start_session(desk.person), path="/admin")
        return desk

    return make


@pytest.fixture
def desk(desk_of) -> Desk:
    """The owner's browser."""
    return desk_of("owner")


@pytest.fixture
def stranger(client) -> Desk:
    """A browser that nobody has logged in with."""
    return Desk(client)


@pytest.fixture
def journal(db) -> Callable[[], list[tuple[str, str, str]]]:
    """The lines of the staff journal as (action, subject, subject id)."""

    def read() -> list[tuple[str, str, str]]:
        rows = session.execute(text("SELECT action, subject, subject_id FROM staff_actions ORDER BY id"))
        return [tuple(row) for row in rows]  # type: ignore[misc]

    return read


def start_session(person: Staff) -> str:
    """Open a session as a login would, without the tenth of a second that a password costs; return its cookie."""
    cookie = ids.token()
    session.execute(
        insert(Session).values(
            id_hash=ids.digest(cookie),
            realm="staff",
            staff_id=person.id,
            data={"_user_id": f"staff:{person.id}", "_fresh": True},
            created_at=now(),
            last_seen_at=now(),
            expires_at=now() + timedelta(minutes=30),
        )
    )
    session.commit()
    return cookie


def one(sql: str, **parameters: object):
    """The one row of a query."""
    return session.execute(text(sql), parameters).one()
