"""Files that can't be used are refused in one sentence, with status 2 and nothing written."""

import pytest
from sqlalchemy import func, select

from store.catalog.models import Product
from store.core.db import session
from store.importer import reading

HEADER = "URL handle,Title,Price\n"


def refused(outcome, *words: str) -> None:
    assert outcome.status == 2
    assert len(outcome.lines) == 1
    for word in words:
        assert word in outcome.text
    assert session.execute(select(func.count()).select_from(Product)).scalar_one() == 0


def test_a_file_in_latin_1_is_refused_with_the_line_and_the_remedy(take_in):
    refused(take_in((HEADER + "mug,Mug,9\ncafe,Café,9\n").encode("latin-1")), "UTF-8", "line 3", "CSV UTF-8")


def test_a_file_in_utf_16_is_refused(take_in):
    refused(take_in((HEADER + "mug,Mug,9\n").encode("utf-16")), "UTF-16")


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_named(take_in, mark, name):
    refused(take_in((HEADER + "mug,Mug,9\n").replace(",", mark)), name)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(take_in, content):
    refused(take_in(content), "empty")


def test_a_header_without_rows_is_no_fault(take_in):
    outcome = take_in(HEADER)
    assert outcome.status == 0
    assert "Rows: 0 create" in outcome.text


def test_some_other_table_is_not_a_product_file(take_in):
    refused(take_in("Name,E-mail\nAna,ana@example.com\n"), "no product file")


def test_a_column_that_stands_there_twice_is_refused(take_in):
    refused(take_in("Handle,Title,Variant Price,Price\nmug,Mug,9,10\n"), "Variant Price", "Price", "Keep one")


def test_a_quote_that_never_closes_is_refused(take_in):
    refused(take_in(HEADER + 'mug,"Mug,9\ncup,Cup,9\n'), "quotes")


def test_a_file_above_100_mb_is_refused_before_it_is_read(take_in, monkeypatch):
    assert reading.MAX_BYTES == 100 * 1024 * 1024
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    refused(take_in(HEADER + "mug,Mug,9\n" * 20), "larger than")


def test_a_missing_file_says_so(shop, tmp_path):
    lines: list[str] = []
    from store.importer import run

    assert run(tmp_path / "none.csv", dry_run=False, echo=lines.append) == 2
    assert "can't be opened" in lines[0]
