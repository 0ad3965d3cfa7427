import pytest
from werkzeug.datastructures import MultiDict

from store.core.errors import NotFound
from store.web.pagination import page_number, paginate


@pytest.mark.parametrize(("given", "page"), [(None, 1), ("", 1), ("1", 1), ("12", 12)])
def test_the_page_asked_for(given, page):
    assert page_number(MultiDict({} if given is None else {"page": given})) == page


@pytest.mark.parametrize("given", ["0", "-1", "1e9", "1000000000", " 2", "2.0", "٣", "x", "01", "2'--"])
def test_a_page_that_can_not_be_is_not_found(given):
    with pytest.raises(NotFound):
        page_number(MultiDict({"page": given}))


def test_a_page_behind_the_last_is_not_found():
    assert paginate(3, 24, 60).left == 0
    with pytest.raises(NotFound):
        paginate(4, 24, 60)


def test_an_empty_list_has_one_page():
    page = paginate(1, 24, 0)
    assert (page.pages, page.next, page.previous, page.shown) == (1, None, None, 0)


def test_the_links_below_a_long_list_name_first_last_and_neighbours():
    assert paginate(10, 24, 24 * 20).window() == [1, None, 8, 9, 10, 11, 12, None, 20]
    assert paginate(1, 24, 48).window() == [1, 2]
