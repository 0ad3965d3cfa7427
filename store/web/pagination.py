"""Pages of a long list: which one is asked for, and which links stand below it."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from store.core.errors import NotFound
from store.core.i18n import gettext as _

_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True)
class Pagination:
    """One page of a list: `page` counts from 1."""

    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def offset(self) -> int:
        """How many items stand before this page."""
        return (self.page - 1) * self.per_page

    @property
    def shown(self) -> int:
        """How many items stand up to the end of this page."""
        return min(self.page * self.per_page, self.total)

    @property
    def previous(self) -> int | None:
        """The page before, if any."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, if any."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def left(self) -> int:
        """How many items come after this page."""
        return self.total - self.shown

    def window(self, reach: int = 2) -> list[int | None]:
        """Return the page numbers to link, first and last always, with `None` for each gap."""
        wanted = {1, self.pages, *range(self.page - reach, self.page + reach + 1)}
        numbers: list[int | None] = []
        for number in sorted(number for number in wanted if 1 <= number <= self.pages):
            if numbers and number - (numbers[-1] or 0) > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


def page_number(arguments: MultiDict[str, str]) -> int:
    """Return the page asked for by `?page=`, 1 without it; raises `NotFound` for what is no page number."""
    given = arguments.get("page")
    if given is None or given == "":
        return 1
    if not _NUMBER.fullmatch(given):
        raise NotFound(_("There is no such page."))
    return int(given)


def paginate(page: int, per_page: int, total: int) -> Pagination:
    """Return the page's place in the list; raises `NotFound` behind the last page."""
    pagination = Pagination(page, per_page, total)
    if page > pagination.pages:
        raise NotFound(_("There is no such page."))
    return pagination
