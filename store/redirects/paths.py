"""How an address is written so that it can be compared, and what a redirect may lead to."""

import re
import unicodedata
from urllib.parse import SplitResult, quote, unquote, urlsplit

from store.core.i18n import gettext as _
from store.redirects.errors import BadAddress

LONGEST = 500

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")

# Places that never have a page of ours to lose.
_RESERVED = ("/admin", "/-/", "/static/", "/media/", "/webhooks", "/healthz", "/readyz", "/health", "/csp")


def canonical(path: str) -> str:
    """Return a path as it is kept and looked up: decoded, in small letters, without a final slash."""
    folded = unicodedata.normalize("NFC", unquote(path)).lower()
    return folded.rstrip("/") or "/"


def clean_path(text: str) -> str:
    """Return the address that is to lead elsewhere, from a path or a whole link; raises `BadAddress`."""
    parts = _split(text, "path")
    path = canonical(parts.path)
    if parts.query:
        raise BadAddress(_("An address can't be told apart by what follows its question mark."), field="path")
    if path == "/" or not _is_ours(path) or (parts.netloc and not parts.scheme):
        raise BadAddress(_("Write the address as it follows the shop's name, such as /products/old-mug."), field="path")
    return path


def clean_target(text: str, *, external: bool = False) -> str:
    """Return where an address is to lead: a path of the shop, or with `external` an https link elsewhere.

    Raises `BadAddress`. A path keeps its query.
    """
    parts = _split(text, "target")
    if parts.scheme or parts.netloc:
        if not external:
            raise BadAddress(
                _("This leads out of the shop. Write a path such as /products/mug, or allow the other shop's address."),
                field="target",
            )
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise BadAddress(_("Only a whole link with https:// can lead out of the shop."), field="target")
        return parts.geturl()
    path = canonical(parts.path)
    if not (path == "/" or _is_ours(path)):
        raise BadAddress(_("Write a path of the shop, such as /products/mug."), field="target")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{path}{query}{fragment}"


def is_external(target: str) -> bool:
    """Whether a redirect leads out of the shop."""
    return not target.startswith("/")


def quoted(target: str) -> str:
    """Return a kept target as a header may carry it."""
    return quote(target, safe="/:?#[]@!$&'()*+,;=%~-._")


def _split(text: str, field: str) -> SplitResult:
    text = text.strip()
    if not text or len(text) > LONGEST or _UNSAFE.search(text):
        raise BadAddress(_("This can't be an address."), field=field)
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise BadAddress(_("This can't be an address."), field=field) from None
    return parts


def _is_ours(path: str) -> bool:
    return (
        path.startswith("/")
        and not path.startswith("//")
        and len(path) <= LONGEST
        and _UNSAFE.search(path) is None
        and not any(path == place.rstrip("/") or path.startswith(place) for place in _RESERVED)
    )
