"""What files are called: `<key>-<width>.<ext>`. The key follows from the content, so a file never changes."""

import re

EXTENSION = "webp"

KEY = re.compile(r"[a-z0-9]{8,64}")
_NAME = re.compile(rf"(?P<key>{KEY.pattern})-(?P<size>[1-9][0-9]{{1,4}}|master)\.{EXTENSION}")

CONTENT_TYPE = "image/webp"

# A name never stands for other bytes, so whoever has a file may keep it.
CACHE_CONTROL = "public, max-age=31536000, immutable"


def name_of(key: str, size: int | str) -> str:
    """Return a file's name; raises `ValueError` for a key that could lead anywhere else."""
    return checked(f"{key}-{size}.{EXTENSION}")


def checked(name: str) -> str:
    """Return the name; raises `ValueError` when it is none of ours."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of ours: {name[:80]!r}")
    return name


def key_in(url: str) -> str | None:
    """Return the key of a rendition that an address names, on whatever host; `None` for any other address."""
    match = _NAME.fullmatch(url.partition("?")[0].rpartition("/media/")[2])
    return match["key"] if match is not None and match["size"] != "master" else None


def is_public_name(name: str) -> bool:
    """Whether a browser may ask for this name: a rendition, never a master."""
    match = _NAME.fullmatch(name)
    return match is not None and match["size"] != "master"
