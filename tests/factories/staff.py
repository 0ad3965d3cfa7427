"""People who work in the shop."""

import itertools
from functools import cache

from store.core.db import session
from store.staff import passwords
from store.staff.models import Staff

PASSWORD = "correct horse battery"
_serial = itertools.count(1)


@cache
def _hash() -> str:
    return passwords.hash_password(PASSWORD)


def make_staff(role: str = "owner", *, email: str | None = None, name: str | None = None, active: bool = True) -> Staff:
    """Open an account; everybody has the same password."""
    number = next(_serial)
    person = Staff(
        email=email or f"{role}-{number}@example.com",
        name=name or f"{role.title()} {number}",
        role=role,
        active=active,
        password_hash=_hash(),
    )
    session.add(person)
    session.commit()
    return person
