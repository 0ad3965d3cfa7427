"""Members of staff as they are looked up."""

from collections.abc import Sequence

from sqlalchemy import func, select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.staff.models import Staff


def find_by_email(email: str) -> Staff | None:
    """Return the person with this address, in whatever case it is written."""
    return session.execute(select(Staff).where(func.lower(Staff.email) == email.strip().lower())).scalar_one_or_none()


def find_active(staff_id: int) -> Staff | None:
    """Return the person, unless their account is closed."""
    return session.execute(select(Staff).where(Staff.id == staff_id, Staff.active)).scalar_one_or_none()


def get_staff(staff_id: int) -> Staff:
    """Return the person; raises `NotFound`."""
    found = session.get(Staff, staff_id)
    if found is None:
        raise NotFound(_("This account does not exist."))
    return found


def list_staff() -> Sequence[Staff]:
    """Return everybody, those who may log in first."""
    return session.execute(select(Staff).order_by(Staff.active.desc(), func.lower(Staff.name))).scalars().all()
