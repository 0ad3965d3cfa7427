"""Written pages; their titles are on every page and are remembered for some seconds."""

import re
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from store.content.models import Page
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _

# A new title is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

# The page whose beginning tells the shop's story on the home page.
STORY = "about"

_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class PageTitle:
    """A page as a link shows it."""

    kind: str
    handle: str
    title: str


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as it is read."""

    kind: str
    handle: str
    title: str
    body_html: str
    updated_at: datetime

    @property
    def opening_html(self) -> str:
        """Return what the first paragraph holds; nothing when there is none."""
        found = _PARAGRAPH.search(self.body_html)
        return found.group(1) if found else ""


_remembered: tuple[float, tuple[PageTitle, ...]] = (0.0, ())


def list_titles(kind: str) -> tuple[PageTitle, ...]:
    """Return the pages of a kind, `page` or `policy`, in their order. At most 1 statement."""
    return tuple(one for one in _all() if one.kind == kind)


def find_page(kind: str, handle: str) -> PageText | None:
    """Return a page, or `None`. 1 statement."""
    row = session.execute(
        select(Page.kind, Page.handle, Page.title, Page.body_html, Page.updated_at).where(
            Page.kind == kind, Page.handle == handle
        )
    ).one_or_none()
    return PageText(*row) if row else None


def get_page(kind: str, handle: str) -> PageText:
    """Return a page; raises `NotFound`. 1 statement."""
    page = find_page(kind, handle)
    if page is None:
        raise NotFound(_("There is no such page."), kind=kind, handle=handle)
    return page


def forget() -> None:
    """Read the titles anew at the next call."""
    global _remembered
    _remembered = (0.0, ())


def _all() -> tuple[PageTitle, ...]:
    global _remembered
    until, titles = _remembered
    if time.monotonic() >= until:
        rows = session.execute(select(Page.kind, Page.handle, Page.title).order_by(Page.position, Page.id))
        titles = tuple(PageTitle(*row) for row in rows)
        _remembered = (time.monotonic() + REMEMBER_SECONDS, titles)
    return titles
