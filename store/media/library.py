"""What staff do with the pictures that the shop has: say what they show, and keep them in order."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.media.errors import FolderTaken
from store.media.models import Image, LibraryEntry, MediaFolder, Upload

PURPOSE = "library"

MAX_FOLDERS = 500
MAX_TAGS = 50
_LONGEST_NAME = 120
_LONGEST_TAG = 60


def describe(image_id: int, alt: str) -> str:
    """Say what a picture shows, for those who can't see it; return what was said before. Raises `NotFound`."""
    image = locked(image_id)
    before, image.alt = image.alt, alt.strip()
    return before


def aim(image_id: int, across: int, down: int) -> tuple[int, int]:
    """Say which point stays in sight, in percent from the top left; return the one before. Raises `NotFound`."""
    if not (0 <= across <= 100 and 0 <= down <= 100):
        raise Invalid(_("This point is not on the picture."))
    image = locked(image_id)
    before, (image.focal_x, image.focal_y) = (image.focal_x, image.focal_y), (across, down)
    return before


def locked(image_id: int) -> Image:
    """Return a picture's row for this transaction alone; raises `NotFound`."""
    query = select(Image).where(Image.id == image_id).with_for_update().execution_options(populate_existing=True)
    image = session.execute(query).scalar_one_or_none()
    if image is None:
        raise NotFound(_("This picture is not here any more."), image_id=image_id)
    return image


def name_file(image_id: int, name: str) -> None:
    """Keep the name of the file that a picture came in; raises `NotFound`."""
    locked(image_id)
    values = {"image_id": image_id, "name": _one_line(name, _LONGEST_NAME)}
    _write([values], ("name",))


def settle(upload_id: int) -> None:
    """Keep an uploaded picture by the name of its file, and in the folder that it was sent into. Harmless twice."""
    upload = session.get(Upload, upload_id, populate_existing=True)
    if upload is None or upload.image_id is None:
        return
    entry = session.get(LibraryEntry, upload.image_id, populate_existing=True)
    if entry is None or not entry.name:
        name_file(upload.image_id, upload.name)
    if upload.purpose == PURPOSE and upload.subject_id and session.get(MediaFolder, upload.subject_id):
        file_away([upload.image_id], upload.subject_id)


def file_away(image_ids: Iterable[int], folder_id: int | None) -> None:
    """Put pictures into a folder, or take them out of theirs; those that are gone are left out."""
    if folder_id is not None:
        get_folder(folder_id)
    _write([{"image_id": image_id, "folder_id": folder_id} for image_id in _there(image_ids)], ("folder_id",))


def set_tags(image_id: int, tags: Iterable[str]) -> None:
    """Make these the tags of a picture; raises `Invalid` and `NotFound`."""
    locked(image_id)
    _write([{"image_id": image_id, "tags": read_tags(tags)}], ("tags",))


def add_tags(image_ids: Iterable[int], tags: Iterable[str]) -> None:
    """Add tags to pictures, after those they have; raises `Invalid`."""
    there = _there(image_ids)
    query = select(LibraryEntry.image_id, LibraryEntry.tags).where(LibraryEntry.image_id.in_(there))
    had = {row.image_id: row.tags for row in session.execute(query)}
    rows = [{"image_id": image_id, "tags": read_tags([*had.get(image_id, ()), *tags])} for image_id in there]
    _write(rows, ("tags",))


def read_tags(tags: Iterable[str]) -> list[str]:
    """Return tags trimmed and each once, however it is spelt; raises `Invalid`."""
    found: dict[str, str] = {}
    for one in tags:
        tag = _one_line(one, _LONGEST_TAG)
        if tag:
            found.setdefault(tag.casefold(), tag)
    if len(found) > MAX_TAGS:
        raise Invalid(_("A picture has at most %(limit)s tags.", limit=MAX_TAGS), field="tags")
    return list(found.values())


def list_folders() -> Sequence[MediaFolder]:
    """Return all folders by name. 1 statement."""
    return session.execute(select(MediaFolder).order_by(func.lower(MediaFolder.name))).scalars().all()


def get_folder(folder_id: int) -> MediaFolder:
    """Return a folder; raises `NotFound`."""
    folder = session.get(MediaFolder, folder_id, populate_existing=True)
    if folder is None:
        raise NotFound(_("This folder is not here any more."), folder_id=folder_id)
    return folder


def add_folder(name: str) -> MediaFolder:
    """Make a folder; raises `FolderTaken` and `Invalid`."""
    folder = MediaFolder(name=_free_name(name, None))
    if session.execute(select(func.count()).select_from(MediaFolder)).scalar_one() >= MAX_FOLDERS:
        raise Invalid(_("There are at most %(limit)s folders.", limit=MAX_FOLDERS), field="name")
    session.add(folder)
    session.flush()
    return folder


def rename_folder(folder_id: int, name: str) -> str:
    """Call a folder otherwise; return its name before. Raises `FolderTaken`, `Invalid` and `NotFound`."""
    folder = get_folder(folder_id)
    before, folder.name = folder.name, _free_name(name, folder_id)
    return before


def delete_folder(folder_id: int) -> str:
    """Take a folder away and leave its pictures in none; return its name. Raises `NotFound`."""
    folder = get_folder(folder_id)
    session.execute(update(LibraryEntry).where(LibraryEntry.folder_id == folder_id).values(folder_id=None))
    session.delete(folder)
    return folder.name


def _there(image_ids: Iterable[int]) -> list[int]:
    """Return those pictures that are there, kept there for this transaction, always in the same order."""
    query = select(Image.id).where(Image.id.in_(set(image_ids))).order_by(Image.id).with_for_update(key_share=True)
    return list(session.execute(query).scalars())


def _write(rows: Sequence[dict[str, object]], columns: Collection[str]) -> None:
    if rows:
        statement = insert(LibraryEntry).values(list(rows))
        changed = {name: statement.excluded[name] for name in columns}
        session.execute(statement.on_conflict_do_update(index_elements=["image_id"], set_=changed))


def _free_name(name: str, folder_id: int | None) -> str:
    wanted = _one_line(name, _LONGEST_NAME)
    if not wanted:
        raise Invalid(_("A folder needs a name."), field="name")
    taken = session.execute(select(MediaFolder.id).where(func.lower(MediaFolder.name) == func.lower(wanted))).scalar()
    if taken is not None and taken != folder_id:
        raise FolderTaken(wanted)
    return wanted


def _one_line(text: str, longest: int) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:longest].strip()
