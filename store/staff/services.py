"""The verbs of staff accounts."""

from sqlalchemy import and_, or_, select

from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.staff import passwords, queries
from store.staff.errors import LastOwner
from store.staff.models import Staff
from store.staff.roles import ROLES


def authenticate(email: str, password: str) -> Staff | None:
    """Return the person who may come in with these, else `None`, after the same time whatever was wrong."""
    person = queries.find_by_email(email)
    right = passwords.is_right(password, passwords.NOBODY if person is None else person.password_hash)
    if person is None or not right or not person.active:
        return None
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    person.last_login_at = now()
    session.flush()
    return person


def create_staff(*, email: str, name: str, role: str, password: str) -> Staff:
    """Open an account; raises `Conflict` when the address has one, `Invalid` for an unknown role or poor password."""
    if queries.find_by_email(email) is not None:
        raise Conflict(_("Somebody has this e-mail address already."), field="email")
    person = Staff(
        email=email.strip(), name=name.strip(), role=_known(role), password_hash=passwords.hash_password(password)
    )
    session.add(person)
    session.flush()
    return person


def change_staff(staff_id: int, *, email: str, name: str, role: str, active: bool) -> Staff:
    """Change an account; raises `LastOwner`, `Conflict` when another has the address, `Invalid` for an unknown role."""
    person, other_owners = _lock_with_owners(staff_id)
    namesake = queries.find_by_email(email)
    if namesake is not None and namesake.id != staff_id:
        raise Conflict(_("Somebody has this e-mail address already."), field="email")
    if not other_owners and not (active and role == "owner"):
        raise LastOwner(_("The shop needs at least one owner who can log in."), field="role")
    person.email, person.name, person.role, person.active = email.strip(), name.strip(), _known(role), active
    session.flush()
    return person


def set_password(staff_id: int, password: str) -> Staff:
    """Give an account a new password; the caller ends its sessions. Raises `Invalid` for a poor password."""
    person, _others = _lock_with_owners(staff_id)
    person.password_hash = passwords.hash_password(password)
    session.flush()
    return person


def ensure_development_staff(email: str, password: str) -> Staff:
    """Return the owner a developer logs in as, made or mended so that exactly these work."""
    person = queries.find_by_email(email)
    if person is None:
        return create_staff(email=email, name="Owner", role="owner", password=password)
    if not passwords.is_right(password, person.password_hash):
        person.password_hash = passwords.hash_password(password)
    person.role, person.active = "owner", True
    session.flush()
    return person


def _lock_with_owners(staff_id: int) -> tuple[Staff, list[Staff]]:
    """Return the person and all other owners who may log in, locked.

    In id order, so that two owners who close each other's account at the same moment come one after the other.
    """
    rows = (
        session.execute(
            select(Staff)
            .where(or_(Staff.id == staff_id, and_(Staff.role == "owner", Staff.active)))
            .order_by(Staff.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalars()
        .all()
    )
    person = next((row for row in rows if row.id == staff_id), None)
    if person is None:
        raise NotFound(_("This account does not exist."))
    return person, [row for row in rows if row is not person]


def _known(role: str) -> str:
    if role not in ROLES:
        raise Invalid(_("There is no such role."), field="role")
    return role
