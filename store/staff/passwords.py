"""Passwords as argon2id hashes in RFC 9106's low-memory profile (3 passes over 64 MiB)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from store.core.errors import Invalid
from store.core.i18n import gettext as _

MIN_LENGTH = 12
# Longer ones would only make hashing an attacker's lever.
MAX_LENGTH = 200

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

# Checked when the account is unknown, so that the answer takes as long as for a known one.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$tCG+gyn7czvNvP9DcBxUJw$ixvGYklKimfL+oFmncRscR4zhBj06IwZ/3PI3SyXla8"


def hash_password(password: str) -> str:
    """Return the hash to store; raises `Invalid` for a password that is too short or too long."""
    if len(password) < MIN_LENGTH:
        raise Invalid(_("A password needs at least %(least)s characters.", least=MIN_LENGTH), field="password")
    if len(password) > MAX_LENGTH:
        raise Invalid(_("A password has at most %(most)s characters.", most=MAX_LENGTH), field="password")
    return _hasher.hash(password)


def is_right(password: str, stored: str) -> bool:
    """Whether the password belongs to the hash; takes about a tenth of a second either way."""
    try:
        return _hasher.verify(stored, password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(stored)
