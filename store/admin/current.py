"""Who is at the desk: Flask-Login over the staff session, and what their role lets them do."""

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import select

from store.core import journal
from store.core.db import session
from store.core.errors import Forbidden
from store.core.i18n import gettext as _
from store.staff import queries
from store.staff.models import Staff
from store.staff.roles import Permission, allows
from store.web import sessions

_PREFIX = "staff:"


class Member(UserMixin):
    """A member of staff as this request knows them."""

    def __init__(self, row: Staff) -> None:
        self.staff_id = row.id
        self.name = row.name
        self.email = row.email
        self.role = row.role

    def get_id(self) -> str:
        """Return the id in the session; its prefix keeps staff and customers apart."""
        return f"{_PREFIX}{self.staff_id}"

    @property
    def actor(self) -> str:
        """How timelines and ledgers name this person; the back office shows the name instead."""
        return self.get_id()


class _Manager(LoginManager):
    """Flask-Login without its after-request hook and template variable: both touch the session on public pages."""

    def init_app(self, app: Flask, add_context_processor: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Attach the manager, and nothing else."""
        app.login_manager = self  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Load staff from their sessions."""
    manager = _Manager()
    # The session row and its idle time are the protection; an id bound to address and browser logs phones out.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
    app.jinja_env.globals.update(current_staff=current_staff, may=may)


def current_staff() -> Member | None:
    """Return whoever is logged in; asks the database once a request, so a closed account is out at once."""
    # Flask-Login keeps a proxy; anonymous visitors are an object too.
    member: Member | None = current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001
    return member


def the_staff() -> Member:
    """Return whoever is logged in; raises `Forbidden` when nobody is."""
    member = current_staff()
    if member is None:
        raise Forbidden(_("Please log in."))
    return member


def may(permission: Permission | str) -> bool:
    """Whether whoever is logged in may do something."""
    member = current_staff()
    return member is not None and allows(member.role, Permission(permission))


def require(permission: Permission) -> None:
    """Raise `Forbidden` unless whoever is logged in may do it; every action calls this, whatever the page showed."""
    if not may(permission):
        raise Forbidden(_("Your role does not include this. Ask an owner of the shop if it should."))


def log_in(row: Staff) -> None:
    """Make this session theirs, under a new id."""
    sessions.sign_in(row.id)
    login_user(Member(row))


def record(
    action: str,
    subject: str,
    subject_id: object,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Write what they did into the staff journal, in the transaction of the change."""
    member = the_staff()
    journal.record(action, subject, subject_id, actor=member.name, staff_id=member.staff_id, before=before, after=after)


def record_once(
    action: str,
    subject: str,
    subject_id: object,
    *,
    key: str,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """The same for an action that its form's `key` makes happen once: a double click is one line.

    The caller holds the subject's lock.
    """
    known = select(journal.StaffAction.id).where(
        journal.StaffAction.subject == subject,
        journal.StaffAction.subject_id == str(subject_id),
        journal.StaffAction.after["request_id"].astext == key,
    )
    if session.execute(known.limit(1)).first() is None:
        record(action, subject, subject_id, before=before, after={**(after or {}), "request_id": key})


def _load(session_id: str) -> Member | None:
    prefix, _colon, number = session_id.partition(":")
    if f"{prefix}:" != _PREFIX or not number.isdecimal():
        return None
    if sessions.current().staff_id != int(number):
        return None
    row = queries.find_active(int(number))
    return None if row is None else Member(row)
