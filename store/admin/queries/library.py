"""Pictures as staff look for them, and where each of them is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.media.usage import references, used

PAGE_SIZE = 60

# Of the places that show a picture a page lists this many of each kind.
MOST_USES = 50

# What is said of a picture: by itself, or where it has no words of its own by a product that shows it.
_WORDS = """coalesce(nullif(i.alt, ''), (
    SELECT pi.alt FROM product_images pi
     WHERE pi.image_id = i.id AND pi.alt <> '' LIMIT 1), '')"""
_COLUMNS = f"""i.id, i.alt, {_WORDS} AS words, i.status, i.error, i.width, i.height, i.source_url, i.created_at,
    i.focal_x, i.focal_y, coalesce(l.name, '') AS name, coalesce(l.tags, '{{}}') AS tags, l.folder_id,
    {PICTURE_JSON} AS picture"""
_FROM = "images i LEFT JOIN library_entries l ON l.image_id = i.id"

_OF_PRODUCTS = """i.id = ANY(ARRAY(
    SELECT pi.image_id FROM products p JOIN product_images pi ON pi.product_id = p.id
     WHERE lower(p.title) LIKE lower(:pattern) ESCAPE '\\' OR p.handle ILIKE :pattern ESCAPE '\\'
        OR pi.alt ILIKE :pattern ESCAPE '\\'))"""

_SAYS = " OR ".join(
    f"{column} ILIKE :pattern ESCAPE '\\'"
    for column in ("i.alt", "i.source_url", "l.name", "array_to_string(l.tags, ', ')")
)

# What shows a picture: its id, its title and more words.
_USES = {
    "product": """
        SELECT p.id, p.title, p.status AS more FROM product_images pi JOIN products p ON p.id = pi.product_id
         WHERE pi.image_id = :id ORDER BY p.title, p.id""",
    "variant": """
        SELECT p.id, p.title, coalesce(string_agg(DISTINCT said.words, ', '), '') AS more
          FROM variant_images vi JOIN variants v ON v.id = vi.variant_id AND v.deleted_at IS NULL
          JOIN products p ON p.id = v.product_id AND NOT p.made_to_order
          LEFT JOIN LATERAL (SELECT string_agg(ov.value, ' · ' ORDER BY o.position, o.id) AS words
                 FROM variant_values vv
                 JOIN options o ON o.id = vv.option_id JOIN option_values ov ON ov.id = vv.value_id
                WHERE vv.variant_id = v.id) said ON true
         WHERE vi.image_id = :id GROUP BY p.id ORDER BY p.title, p.id""",
    "exception": """
        SELECT p.id, p.title, string_agg(DISTINCT said.words, ', ') AS more
          FROM choice_overrides co JOIN products p ON p.id = co.product_id
          LEFT JOIN LATERAL (SELECT string_agg(ov.value, ' · ' ORDER BY o.position, o.id) AS words
                 FROM option_values ov JOIN options o ON o.id = ov.option_id
                WHERE ov.id = ANY(CAST(string_to_array(co.option_key, '-') AS bigint[]))) said ON true
         WHERE co.image_id = :id GROUP BY p.id ORDER BY p.title, p.id""",
    "garment": """
        SELECT p.id, p.title, string_agg(DISTINCT g.name, ', ') AS more FROM garment_views g
          JOIN products p ON p.id = g.product_id
         WHERE EXISTS (SELECT FROM garment_photos f WHERE f.view_id = g.id AND :id IN (image_id, folds_id, backdrop_id))
            OR EXISTS (SELECT FROM artworks a WHERE a.view_id = g.id AND a.image_id = :id)
         GROUP BY p.id ORDER BY p.title, p.id""",
    "film": """
        SELECT p.id, p.title, '' AS more FROM films f JOIN product_films pf ON pf.film_id = f.id
          JOIN products p ON p.id = pf.product_id
         WHERE f.image_id = :id GROUP BY p.id ORDER BY p.title, p.id""",
    "collection": "SELECT id, title, '' AS more FROM collections WHERE image_id = :id ORDER BY title, id",
    "category": "SELECT id, title, '' AS more FROM categories WHERE image_id = :id ORDER BY title, id",
}
_TOLD = {
    "product_images", "variant_images", "choice_overrides", "garment_photos", "artworks", "films", "collections",
    "categories",
}  # fmt: skip


@dataclass(frozen=True)
class LibraryPicture:
    """A picture of the library; `words` are those of its own, `alt`, or a product's.

    `picture` is none while there is nothing to show, and `error` may say why.
    """

    id: int
    alt: str
    words: str
    status: str
    error: str | None
    width: int
    height: int
    source_url: str | None
    created_at: datetime
    focal: tuple[int, int]
    name: str
    tags: tuple[str, ...]
    folder_id: int | None
    picture: Picture | None
    used: bool


@dataclass(frozen=True)
class Wanted:
    """Which pictures are looked for; `folder` is an id, 0 for those in none, or nothing."""

    search: str = ""
    show: str = ""
    folder: int | None = None
    tag: str = ""


@dataclass(frozen=True)
class Folder:
    """A folder with how many pictures lie in it."""

    id: int
    name: str
    count: int


@dataclass(frozen=True)
class Use:
    """Something that shows a picture: its kind, its id, what it is called and which part of it is meant."""

    kind: str
    id: int
    title: str
    more: str


def list_pictures(wanted: Wanted, *, page: int = 1) -> Sequence[LibraryPicture]:
    """Return one page of pictures, the newest first (1 statement)."""
    where, parameters = _where(wanted)
    rows = session.execute(
        text(
            f"SELECT {_COLUMNS}, {used()} AS used FROM {_FROM} WHERE {where} ORDER BY i.id DESC "
            "LIMIT :size OFFSET :offset"
        ),
        {**parameters, "size": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE},
    )
    return [_picture(row) for row in rows]


def count_pictures(wanted: Wanted) -> int:
    """Return how many pictures `list_pictures` goes through."""
    where, parameters = _where(wanted)
    return int(session.execute(text(f"SELECT count(*) FROM {_FROM} WHERE {where}"), parameters).scalar_one())


def get_picture(image_id: int) -> LibraryPicture:
    """Return one picture; raises `NotFound` (1 statement)."""
    found = find_picture(image_id)
    if found is None:
        raise NotFound(_("This picture is not here any more."), image_id=image_id)
    return found


def find_picture(image_id: int) -> LibraryPicture | None:
    """Return one picture, or `None` (1 statement)."""
    row = session.execute(
        text(f"SELECT {_COLUMNS}, {used()} AS used FROM {_FROM} WHERE i.id = :id"), {"id": image_id}
    ).one_or_none()
    return None if row is None else _picture(row)


def list_folders() -> Sequence[Folder]:
    """Return the folders by name, each with how many pictures lie in it. 1 statement."""
    rows = session.execute(
        text("""
            SELECT f.id, f.name, count(l.image_id) AS total
              FROM media_folders f LEFT JOIN library_entries l ON l.folder_id = f.id
             GROUP BY f.id ORDER BY lower(f.name)
        """)
    )
    return [Folder(row.id, row.name, row.total) for row in rows]


def list_uses(image_id: int) -> Mapping[str, Sequence[Use]]:
    """Return what shows a picture by kind, at most `MOST_USES` of each (a statement a kind).

    Tables that nobody has told of here are counted as `elsewhere`.
    """
    found = {}
    for kind, statement in _USES.items():
        rows = session.execute(text(f"{statement} LIMIT :most"), {"id": image_id, "most": MOST_USES})
        found[kind] = [Use(kind, row.id, row.title, row.more or "") for row in rows]
    found["elsewhere"] = [
        Use("elsewhere", 0, table, str(count))
        for table, column in references()
        if table not in _TOLD
        and (
            count := session.execute(
                text(f"SELECT count(*) FROM {table} WHERE {column} = :id"), {"id": image_id}
            ).scalar_one()
        )
    ]
    return {kind: uses for kind, uses in found.items() if uses}


def _picture(row: Any) -> LibraryPicture:
    return LibraryPicture(
        row.id,
        row.alt,
        row.words,
        row.status,
        row.error,
        row.width,
        row.height,
        row.source_url,
        row.created_at,
        (row.focal_x, row.focal_y),
        row.name,
        tuple(row.tags),
        row.folder_id,
        picture_from(row.picture),
        row.used,
    )


def _where(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    conditions, parameters = ["true"], dict[str, Any]()
    if wanted.show == "unused":
        conditions.append(f"NOT {used()}")
    elif wanted.show == "wordless":
        conditions.append(f"{_WORDS} = ''")
    elif wanted.show == "failed":
        conditions.append("i.status = 'failed'")
    if wanted.folder is not None:
        conditions.append("l.folder_id = :folder" if wanted.folder else "l.folder_id IS NULL")
        parameters["folder"] = wanted.folder
    if wanted.tag:
        conditions.append("EXISTS (SELECT FROM unnest(l.tags) tag WHERE lower(tag) = lower(:tag))")
        parameters["tag"] = wanted.tag
    if wanted.search:
        escaped = wanted.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parameters["pattern"] = f"%{escaped}%"
        conditions.append(f"({_SAYS} OR {_OF_PRODUCTS})")
    return " AND ".join(conditions), parameters
