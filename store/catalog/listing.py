"""How far a list is opened: "load more" adds pages up to a bound, then a new window of pages begins.

`?page=3` shows pages 1 to 3, so that the back button finds the row it left; `?page=6` begins anew at 6.
"""

from typing import Any

from store.web.pagination import Pagination, paginate

PAGE_SIZE = 24
_MOST_PAGES_AT_ONCE = 5


def listing_context(count: int, page: int) -> dict[str, Any]:
    """Return the place in the list for its template and its query; raises `NotFound` behind the last page."""
    pages: Pagination = paginate(page, PAGE_SIZE, count)
    begin = (page - 1) // _MOST_PAGES_AT_ONCE * _MOST_PAGES_AT_ONCE
    limit = (page - begin) * PAGE_SIZE
    return {
        "pages": pages,
        "total": count,
        "first": begin * PAGE_SIZE,
        "limit": limit,
        # Where the next page's own cards begin in its list; nothing when it opens a new window.
        "grows_from": limit + 1 if pages.next and page % _MOST_PAGES_AT_ONCE else None,
        "paged": begin > 0 or (pages.next is not None and page % _MOST_PAGES_AT_ONCE == 0),
    }
