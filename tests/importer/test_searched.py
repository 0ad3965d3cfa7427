"""What a file brings is found without anybody telling search."""

from sqlalchemy import text

from store.core.db import read_rows, session
from store.search import services


def titles() -> list[str]:
    # The database's clock stands still within a test.
    session.execute(text("UPDATE products SET published_at = now() WHERE published_at > now()"))
    session.commit()
    services.index_changes()
    return [row.title for row in read_rows("SELECT title FROM search_documents ORDER BY title")]


def test_what_a_file_brings_and_changes_is_found_and_the_same_again_is_no_work(take_in):
    mug = {"URL handle": "mug", "Title": "Moth mug", "SKU": "MUG-1", "Price": "19.00", "Status": "Active"}
    assert take_in([mug]).status == 0
    assert titles() == ["moth mug"]
    assert take_in([{**mug, "Title": "Owl mug"}]).status == 0
    assert titles() == ["owl mug"]
    assert take_in([{**mug, "Title": "Owl mug"}]).status == 0
    assert not services.has_changes()
    assert take_in([{**mug, "Title": "Owl mug", "Status": "Draft"}]).status == 0
    assert titles() == []
