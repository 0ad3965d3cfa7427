"""Handles: the part of a product's address that people read."""

import hashlib
import re
import unicodedata

MAX_LENGTH = 255

_VALID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

# Letters that do not come apart into a plain letter and an accent.
_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "å": "a", "ł": "l", "đ": "d", "ð": "d",
     "þ": "th", "ı": "i"}
)  # fmt: skip


def is_handle(text: str) -> bool:
    """Whether a text can be a handle as it stands."""
    return len(text) <= MAX_LENGTH and _VALID.fullmatch(text) is not None


def make_handle(text: str) -> str:
    """Return the handle for a title: `Größe 42 Café` gives `groesse-42-cafe`.

    A title without any Latin letter or digit gets a name made from its hash, the same each time.
    """
    lowered = unicodedata.normalize("NFC", text).lower().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    handle = "-".join(re.findall(r"[a-z0-9]+", plain))[:MAX_LENGTH].strip("-")
    return handle or f"product-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
