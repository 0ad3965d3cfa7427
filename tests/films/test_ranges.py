"""Parts of a file, as RFC 9110 has them."""

import pytest

from store.films.ranges import Span, Unsatisfiable, read_range


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 1000)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=999-", Span(999, 1000)),
        ("bytes=10-5000", Span(10, 1000)),
        ("BYTES=1-2", Span(1, 3)),
        ("bytes=-1", Span(999, 1000)),
        ("bytes=-5000", Span(0, 1000)),
        # What can't be read, or asks for more than one part, is answered with the whole.
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=٠-١", None),
        ("bytes=0-" + "9" * 30, None),
    ],
)
def test_the_part_that_is_asked_for(header, span):
    assert read_range(header, 1000) == span


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_part_of_which_there_is_nothing(header):
    with pytest.raises(Unsatisfiable):
        read_range(header, 1000)
