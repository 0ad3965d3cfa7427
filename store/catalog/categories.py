"""The tree of categories: adding, moving, ordering and taking away.

All who change the tree take turns, so that two moves that are each sound can't make a circle together; the
database refuses it besides. The caller opens the transaction.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text, update

from store.catalog.errors import CategoryBelowItself, TreeTooDeep
from store.catalog.handles import is_handle, make_handle
from store.catalog.membership import refresh_soon
from store.catalog.models import Category, Product
from store.core.db import read_rows, run, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.redirects import services as redirects

MAX_DEPTH = 8
_MAX_TITLE = 255

# What stands between the titles of a path in words, as in `Clothes > Tees`.
BETWEEN = " > "
_BETWEEN = re.compile(r"\s+>\s+|\s*>\s*")


@dataclass(frozen=True, slots=True)
class Branch:
    """A category in the tree: `path` is the ids from the root to it, `words` the titles, joined by `BETWEEN`."""

    id: int
    parent_id: int | None
    handle: str
    title: str
    position: int
    path: tuple[int, ...]
    words: str

    @property
    def depth(self) -> int:
        """Return how deep it stands; a root stands at 1."""
        return len(self.path)


def list_branches() -> list[Branch]:
    """Return the whole tree, parents before their children, siblings in their order. 1 statement."""
    rows = {row.id: row for row in read_rows("SELECT id, parent_id, handle, title, position, path FROM categories")}
    paths = {id_: tuple(int(part) for part in row.path.strip("/").split("/")) for id_, row in rows.items()}

    def order(id_: int) -> list[tuple[int, int]]:
        return [(rows[above].position, above) for above in paths[id_]]

    return [
        Branch(
            id_,
            rows[id_].parent_id,
            rows[id_].handle,
            rows[id_].title,
            rows[id_].position,
            paths[id_],
            BETWEEN.join(rows[above].title for above in paths[id_]),
        )
        for id_ in sorted(rows, key=order)
    ]


def add_category(title: str, *, parent_id: int | None = None, handle: str = "") -> Category:
    """Make a category behind its siblings; an empty handle is made from the title. 5 statements.

    Raises `Invalid` (with `field`), `NotFound` for the parent and `TreeTooDeep`.
    """
    _take_turns()
    depth = 0 if parent_id is None else len(_path_of(parent_id))
    if depth + 1 > MAX_DEPTH:
        raise TreeTooDeep(MAX_DEPTH)
    title = checked_title(title)
    if handle and not is_handle(handle):
        raise Invalid(_("An address has only small letters, digits and single hyphens."), field="handle")
    row = Category(
        title=title,
        parent_id=parent_id,
        handle=handle or _free_handle(title),
        position=_next_position(parent_id),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    redirects.restore_all([f"/categories/{row.handle}"])
    return row


def move_category(category_id: int, parent_id: int | None) -> bool:
    """Put a category with all below it under another one, behind its new siblings; `None` makes it a root.

    Returns whether it had stood elsewhere. Raises `NotFound`, `CategoryBelowItself` and `TreeTooDeep`.
    """
    _take_turns()
    row = _locked(category_id)
    if row.parent_id == parent_id:
        return False
    above = () if parent_id is None else _path_of(parent_id)
    if category_id in above:
        raise CategoryBelowItself(row.title)
    if len(above) + _height_of(row) > MAX_DEPTH:
        raise TreeTooDeep(MAX_DEPTH)
    row.position = _next_position(parent_id)
    row.parent_id = parent_id
    session.flush()
    session.expire_all()
    refresh_soon("category")
    return True


def order_categories(parent_id: int | None, category_ids: Sequence[int]) -> None:
    """Put siblings into this order; those that are not named keep theirs, behind them. 3 statements."""
    _take_turns()
    siblings = _children_of(parent_id)
    named = [one for one in dict.fromkeys(category_ids) if one in siblings]
    order = named + [one for one in siblings if one not in named]
    session.execute(
        text(
            "UPDATE categories c SET position = wanted.place - 1 FROM unnest(CAST(:ids AS bigint[])) "
            "WITH ORDINALITY AS wanted (id, place) WHERE c.id = wanted.id AND c.position <> wanted.place - 1"
        ),
        {"ids": order},
    )
    session.expire_all()


def delete_category(category_id: int) -> None:
    """Take a category out of the tree: what stands in it, categories and products, goes up to where it stood.

    Products of a root are in no category then. Raises `NotFound`.
    """
    _take_turns()
    row = _locked(category_id)
    parent_id, position = row.parent_id, _next_position(row.parent_id)
    children = list(_children_of(category_id))
    # Short of their parent first: the row can't go while anybody stands on it.
    for place, child in enumerate(children):
        session.execute(
            update(Category).where(Category.id == child).values(parent_id=parent_id, position=position + place)
        )
    session.execute(update(Product).where(Product.category_id == category_id).values(category_id=parent_id))
    session.delete(row)
    session.flush()
    session.expire_all()
    refresh_soon("category")


def count_in(category_id: int) -> tuple[int, int]:
    """Return how many categories and products stand directly in a category. 1 statement."""
    row = read_rows(
        "SELECT (SELECT count(*) FROM categories WHERE parent_id = :id), "
        "(SELECT count(*) FROM products WHERE category_id = :id)",
        {"id": category_id},
    )[0]
    return int(row[0]), int(row[1])


def find_paths(paths: Collection[str]) -> dict[str, int]:
    """Return the categories of paths in words, such as `Clothes > Tees`; unknown ones are missing. 1 statement.

    Titles are compared without regard to case and spaces.
    """
    known = {_folded(branch.words): branch.id for branch in reversed(list_branches())}
    found = {path: known.get(_folded(path)) for path in paths}
    return {path: id_ for path, id_ in found.items() if id_ is not None}


def categories_by_path(paths: Collection[str]) -> dict[str, int]:
    """Return the ids of paths in words, making what is missing; blank paths are left out.

    2 statements when nothing is missing. Raises `Invalid` (with `path` in its facts) and `TreeTooDeep`.
    """
    wanted = {path: split_path(path) for path in paths if path.strip()}
    if not wanted:
        return {}
    _take_turns()
    known = {_folded(branch.words): branch.id for branch in reversed(list_branches())}
    found = {}
    for path, titles in wanted.items():
        parent_id: int | None = None
        for depth in range(1, len(titles) + 1):
            key = _folded(BETWEEN.join(titles[:depth]))
            if key not in known:
                known[key] = add_category(titles[depth - 1], parent_id=parent_id).id
            parent_id = known[key]
        if parent_id is not None:
            found[path] = parent_id
    return found


def words_of(category_ids: Collection[int]) -> dict[int, str]:
    """Return the paths of categories in words, such as `Clothes > Tees`. 1 statement."""
    return {branch.id: branch.words for branch in list_branches() if branch.id in category_ids}


def split_path(path: str) -> list[str]:
    """Return the titles of a path in words; raises `Invalid`."""
    titles = [checked_title(title) for title in _BETWEEN.split(path.strip())]
    if len(titles) > MAX_DEPTH:
        raise TreeTooDeep(MAX_DEPTH)
    return titles


def checked_title(title: str) -> str:
    """Return a title without spare spaces; raises `Invalid`. A title can't hold what separates titles in a path."""
    title = " ".join(title.split())
    if not title or len(title) > _MAX_TITLE or "\0" in title:
        raise Invalid(_("A category needs a title of at most %(limit)s letters.", limit=_MAX_TITLE), field="title")
    if ">" in title:
        raise Invalid(_("A title can't hold “>”, which separates categories in files."), field="title")
    return title


def set_category(product_ids: Collection[int], category_id: int | None) -> int:
    """Put products into a category, or into none; return how many were elsewhere. 1 statement."""
    rows = run(
        "UPDATE products SET category_id = :category, version = version + 1, updated_at = now() "
        "WHERE id = ANY(:ids) AND category_id IS DISTINCT FROM :category RETURNING id",
        {"ids": sorted(product_ids), "category": category_id},
    )
    return len(rows)


def _take_turns() -> None:
    run("SELECT pg_advisory_xact_lock(hashtext('categories'))")


def _locked(category_id: int) -> Category:
    row = session.execute(
        select(Category).where(Category.id == category_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise _unknown(category_id)
    return row


def _path_of(category_id: int) -> tuple[int, ...]:
    rows = read_rows("SELECT path FROM categories WHERE id = :id", {"id": category_id})
    if not rows:
        raise _unknown(category_id)
    return tuple(int(part) for part in rows[0].path.strip("/").split("/"))


def _height_of(row: Category) -> int:
    """How many levels a category and those below it fill."""
    deepest = read_rows(
        "SELECT max(length(path) - length(replace(path, '/', ''))) AS slashes FROM categories "
        "WHERE path LIKE :start || '%'",
        {"start": row.path},
    )[0].slashes
    return int(deepest) - row.path.count("/") + 1


def _children_of(parent_id: int | None) -> Mapping[int, None]:
    rows = read_rows(
        "SELECT id FROM categories WHERE parent_id IS NOT DISTINCT FROM CAST(:id AS bigint) ORDER BY position, id",
        {"id": parent_id},
    )
    return {row.id: None for row in rows}


def _next_position(parent_id: int | None) -> int:
    rows = read_rows(
        "SELECT coalesce(max(position) + 1, 0) FROM categories "
        "WHERE parent_id IS NOT DISTINCT FROM CAST(:id AS bigint)",
        {"id": parent_id},
    )
    return int(rows[0][0])


def _free_handle(title: str) -> str:
    base = make_handle(title)[:240]
    taken = set(
        session.execute(
            select(Category.handle).where((Category.handle == base) | Category.handle.startswith(f"{base}-"))
        ).scalars()
    )
    number, handle = 2, base
    while handle in taken:
        handle = f"{base}-{number}"
        number += 1
    return handle


def _folded(words: str) -> str:
    return BETWEEN.join(" ".join(title.split()) for title in _BETWEEN.split(words.strip())).casefold()


def _unknown(category_id: int) -> NotFound:
    return NotFound(_("This category is not here any more."), category_id=category_id)
