"""What files are called: `<key>-<width>.<ext>`. The key follows from the content, so a file never changes."""

import re

# What a rendition may be, by its extension; what browsers are offered comes first where it is smallest.
CONTENT_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}

# What masters are kept as, and what a name means that says nothing else.
EXTENSION = "webp"

KEY = re.compile(r"[a-z0-9]{8,64}")
_NAME = re.compile(
    rf"(?P<key>{KEY.pattern})-(?:(?P<width>[1-9][0-9]{{1,4}})\.(?P<ext>{'|'.join(CONTENT_TYPES)})|master\.{EXTENSION})"
)

FILM_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
_FILM = re.compile(rf"(?P<key>{KEY.pattern})-film\.(?P<kind>{'|'.join(FILM_TYPES)})")

# A name never stands for other bytes, so whoever has a file may keep it.
CACHE_CONTROL = "public, max-age=31536000, immutable"


def name_of(key: str, size: int | str, extension: str = EXTENSION) -> str:
    """Return a file's name; raises `ValueError` for a key that could lead anywhere else."""
    return checked(f"{key}-{size}.{extension}")


def film_name(key: str, kind: str) -> str:
    """Return a film's name; raises `ValueError` for a key that could lead anywhere else."""
    return checked(f"{key}-film.{kind}")


def checked(name: str) -> str:
    """Return the name; raises `ValueError` when it is none of ours."""
    if not (_NAME.fullmatch(name) or _FILM.fullmatch(name)):
        raise ValueError(f"not a name of ours: {name[:80]!r}")
    return name


def checked_key(key: str) -> str:
    """Return the key; raises `ValueError` when it could be none of ours."""
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key of ours: {key[:80]!r}")
    return key


def is_name(name: str) -> bool:
    """Whether a file that lies about is one of ours, and not the half of one."""
    return bool(_NAME.fullmatch(name) or _FILM.fullmatch(name))


def content_type_of(name: str) -> str:
    """Return what a file is, by its name."""
    return (CONTENT_TYPES | FILM_TYPES)[checked(name).rpartition(".")[2]]


def rendition_in(name: str) -> tuple[str, int, str] | None:
    """Return key, width in pixels and extension of a rendition's name; `None` for a master and for any other name."""
    match = _NAME.fullmatch(name)
    if match is None or match["width"] is None:
        return None
    return match["key"], int(match["width"]), match["ext"]


def key_in(url: str) -> str | None:
    """Return the key of a rendition that an address names, on whatever host; `None` for any other address."""
    found = rendition_in(url.partition("?")[0].rpartition("/media/")[2])
    return found[0] if found else None


def is_public_name(name: str) -> bool:
    """Whether a browser may ask for this name: a rendition, never a master."""
    return rendition_in(name) is not None
