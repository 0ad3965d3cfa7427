"""Sessions on PostgreSQL in two realms, the shop's and the staff's, which share neither cookie nor row.

Nothing is read until a page touches the session and no row exists until one is written, so anonymous browsing costs
nothing. The cookie holds a random id; the table holds its hash.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from store.core import clock, ids, log
from store.core.db import read_rows, transaction
from store.core.db import session as database
from store.web import cookies, policy
from store.web.models import Session

_LOAD = """
    SELECT data, staff_id, created_at, last_seen_at FROM web_sessions
     WHERE id_hash = :id_hash AND realm = :realm AND expires_at > :moment
"""

logger = log.get_logger(__name__)


class SessionOutOfBounds(RuntimeError):
    """A public page touched the session: whatever it did would end up in a shared cache."""


@dataclass(frozen=True)
class Realm:
    """Where a kind of session applies and how long it lasts."""

    name: str
    cookie: str
    path: str
    strict: bool
    idle: timedelta
    longest: timedelta
    # Staying alive is written down at most this often, so reading stays one SELECT.
    touch_every: timedelta
    cookie_max_age: int | None


SHOP = Realm("shop", "sid", "/", False, timedelta(days=30), timedelta(days=180), timedelta(days=1), 180 * 24 * 3600)
STAFF = Realm("staff", "staff", "/admin", True, timedelta(minutes=30), timedelta(hours=8), timedelta(minutes=1), None)


class StoreSession(SessionMixin):
    """A session that loads itself when it is first touched."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.accessed = False
        self._staff_id: int | None = None
        self._id_hash: str | None = None
        self._created_at: datetime | None = None
        self._seen_at: datetime | None = None
        self._data: dict[str, Any] | None = None
        self._stored = "{}"
        self._stored_staff_id: int | None = None
        self.renewed = False

    @property
    def data(self) -> dict[str, Any]:
        """The values; loading them is what `touching` means. Raises `SessionOutOfBounds` on public routes."""
        if self._data is None:
            rule = policy.current()
            if rule is not None and rule.kind in ("public", "machine"):
                raise SessionOutOfBounds(f"a {rule.kind} route touched the session")
            self.accessed = True
            self._data = self._load()
        return self._data

    @property
    def staff_id(self) -> int | None:
        """Who of the staff this session belongs to."""
        _ = self.data
        return self._staff_id

    @staff_id.setter
    def staff_id(self, staff_id: int | None) -> None:
        _ = self.data
        self._staff_id = staff_id

    @property
    def modified(self) -> bool:  # type: ignore[override]
        """Whether there is anything to write, nested values included."""
        return self._data is not None and (
            self.renewed or self._staff_id != self._stored_staff_id or _dump(self._data) != self._stored
        )

    @property
    def is_stored(self) -> bool:
        """Whether this session has a row."""
        return self._id_hash is not None

    @property
    def id_hash(self) -> str | None:
        """The key of the stored row."""
        return self._id_hash

    @property
    def created_at(self) -> datetime | None:
        """When the stored session began."""
        return self._created_at

    @property
    def is_due(self) -> bool:
        """Whether its row should hear that it is still in use."""
        return self._seen_at is not None and clock.now() - self._seen_at >= self.realm.touch_every

    def renew(self) -> None:
        """Take a new id when the answer is sent: whoever knew the old one is out."""
        _ = self.data
        self.renewed = True

    def _load(self) -> dict[str, Any]:
        cookie = cookies.read(self.realm.cookie, path=self.realm.path)
        if not cookie:
            return {}
        mark = ids.digest(cookie)
        rows = read_rows(_LOAD, {"id_hash": mark, "realm": self.realm.name, "moment": clock.now()})
        if not rows:
            return {}
        row = rows[0]
        self._id_hash = mark
        self._staff_id = self._stored_staff_id = row.staff_id
        self._created_at, self._seen_at = row.created_at, row.last_seen_at
        self._stored = _dump(row.data)
        return dict(row.data)

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.data[key] = value

    def __delitem__(self, key: str) -> None:
        del self.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


class StoreSessionInterface(SessionInterface):
    """Flask's door to the sessions above."""

    def open_session(self, app: Flask, request: Request) -> StoreSession:  # noqa: ARG002 - Flask's signature
        """Return an unread session of the realm the path belongs to."""
        return StoreSession(STAFF if request.path == "/admin" or request.path.startswith("/admin/") else SHOP)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Write what changed and set the cookie; a database that is down costs the change, not the answer."""
        assert isinstance(session, StoreSession)
        if not session.accessed:
            return
        try:
            if session.modified:
                self._store(session, response)
            elif session.is_due:
                with transaction():
                    database.execute(
                        update(Session).where(Session.id_hash == session.id_hash).values(**_lifetime(session))
                    )
        except SQLAlchemyError:
            database.rollback()
            logger.exception("session not saved")

    def _store(self, session: StoreSession, response: Response) -> None:
        realm = session.realm
        if not session.data and session.staff_id is None:
            if session.is_stored:
                with transaction():
                    database.execute(delete(Session).where(Session.id_hash == session.id_hash))
                cookies.remove(response, realm.cookie, path=realm.path, strict=realm.strict)
            return
        fresh = None if session.is_stored and not session.renewed else ids.token()
        values = {"data": session.data, "staff_id": session.staff_id, **_lifetime(session)}
        with transaction():
            if fresh is None:
                database.execute(update(Session).where(Session.id_hash == session.id_hash).values(**values))
                return
            if session.is_stored:
                database.execute(delete(Session).where(Session.id_hash == session.id_hash))
            started = session.created_at if session.is_stored and not session.renewed else clock.now()
            database.execute(
                insert(Session).values(
                    id_hash=ids.digest(fresh), realm=realm.name, created_at=started or clock.now(), **values
                )
            )
        cookies.write(response, realm.cookie, fresh, max_age=realm.cookie_max_age, path=realm.path, strict=realm.strict)


def current() -> StoreSession:
    """Return the session of this request, still unread if nobody touched it."""
    found = request_ctx.session
    assert isinstance(found, StoreSession)
    return found


def sign_in(staff_id: int) -> None:
    """Make this the session of a member of staff, under a new id and without what it held before."""
    session = current()
    session.clear()
    session.staff_id = staff_id
    session.renew()


def sign_out() -> None:
    """End this session; its row goes with the answer."""
    session = current()
    session.clear()
    session.staff_id = None


def end_all_of(staff_id: int) -> None:
    """End every session of a member of staff, as on a new password; runs in the transaction in progress."""
    database.execute(delete(Session).where(Session.realm == STAFF.name, Session.staff_id == staff_id))


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, sort_keys=True)


def _lifetime(session: StoreSession) -> dict[str, datetime]:
    moment = clock.now()
    began = moment if session.renewed else session.created_at or moment
    ends = min(moment + session.realm.idle, began + session.realm.longest)
    return {"last_seen_at": moment, "expires_at": ends}
