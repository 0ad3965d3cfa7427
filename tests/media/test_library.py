"""Pictures kept in order: folders, tags, names, and what stays in sight."""

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.core.errors import Invalid, NotFound
from store.media import library
from store.media.errors import FolderTaken
from store.media.models import LibraryEntry
from tests.factories.pictures import make_picture

pytestmark = pytest.mark.usefixtures("db")


def entry(image_id):
    return session.get(LibraryEntry, image_id, populate_existing=True)


def test_pictures_go_into_a_folder_and_out_of_it_and_those_that_are_gone_are_left_out():
    one, two = make_picture(), make_picture()
    with transaction():
        folder = library.add_folder("  Autumn   2026 ")
        library.file_away([one.id, two.id, 999_999], folder.id)
    assert folder.name == "Autumn 2026"
    assert entry(one.id).folder_id == entry(two.id).folder_id == folder.id
    with transaction():
        library.file_away([one.id], None)
    assert (entry(one.id).folder_id, entry(two.id).folder_id) == (None, folder.id)


def test_a_folder_that_goes_leaves_its_pictures():
    one = make_picture("A heron")
    with transaction():
        folder = library.add_folder("Birds")
        library.file_away([one.id], folder.id)
    with transaction():
        library.delete_folder(folder.id)
    assert entry(one.id).folder_id is None
    with pytest.raises(NotFound), transaction():
        library.file_away([one.id], folder.id)


def test_there_is_one_folder_of_a_name_however_it_is_spelt():
    with transaction():
        birds, moths = library.add_folder("Birds"), library.add_folder("Moths")
    for name in ("birds", " BIRDS "):
        with pytest.raises(FolderTaken), transaction():
            library.add_folder(name)
        with pytest.raises(FolderTaken), transaction():
            library.rename_folder(moths.id, name)
    with transaction():
        assert library.rename_folder(birds.id, "birds") == "Birds"
    with pytest.raises(Invalid), transaction():
        library.add_folder("\u200b \x00")


def test_tags_are_kept_once_in_the_order_they_came():
    one, two = make_picture(), make_picture()
    with transaction():
        library.set_tags(one.id, ["Blue", " night ", "", "blue"])
        library.add_tags([one.id, two.id], ["NIGHT", "sea"])
    assert entry(one.id).tags == ["Blue", "night", "sea"]
    assert entry(two.id).tags == ["NIGHT", "sea"]
    with pytest.raises(Invalid), transaction():
        library.set_tags(one.id, [f"tag {number}" for number in range(library.MAX_TAGS + 1)])


def test_name_folder_and_tags_do_not_undo_each_other():
    one = make_picture()
    with transaction():
        library.set_tags(one.id, ["blue"])
        library.name_file(one.id, "../IMG\r\n_0001.jpg")
        library.file_away([one.id], library.add_folder("Birds").id)
    kept = entry(one.id)
    assert (kept.tags, kept.name, kept.folder_id is None) == (["blue"], "../IMG _0001.jpg", False)


def test_what_stays_in_sight_is_a_point_of_the_picture():
    one = make_picture()
    with transaction():
        assert library.aim(one.id, 75, 0) == (50, 50)
    assert tuple(session.execute(text("SELECT focal_x, focal_y FROM images")).one()) == (75, 0)
    for point in ((-1, 50), (50, 101)):
        with pytest.raises(Invalid), transaction():
            library.aim(one.id, *point)
