"""When a parcel leaves and arrives: cut-off, weekends, holidays."""

from datetime import date, datetime, time

import pytest

from store.core.errors import Invalid
from store.shipping.days import Schedule, arrival, leaves, read

WEEKDAYS = frozenset({1, 2, 3, 4, 5})
NOON = Schedule(WEEKDAYS, time(12), read("2026-11-26 Stocktaking\n12-25\n2026-12-28 to 2027-01-06 Winter break"))


@pytest.mark.parametrize(
    ("ordered", "leaves_on"),
    [
        ("2026-11-23 11:59", "2026-11-23"),
        ("2026-11-23 12:00", "2026-11-24"),
        ("2026-11-20 12:30", "2026-11-23"),  # Friday afternoon
        ("2026-11-21 08:00", "2026-11-23"),  # Saturday
        ("2026-11-25 13:00", "2026-11-27"),  # the day after is closed
        ("2026-11-26 08:00", "2026-11-27"),
        ("2026-12-24 13:00", "2027-01-07"),  # Christmas, a weekend, the break
        ("2027-12-24 13:00", "2027-12-27"),  # Christmas is closed each year
    ],
)
def test_an_order_leaves_the_same_working_day_until_the_cut_off(ordered: str, leaves_on: str) -> None:
    assert leaves(datetime.fromisoformat(ordered), NOON) == date.fromisoformat(leaves_on)


def test_a_parcel_arrives_so_many_working_days_after_it_left() -> None:
    monday = datetime(2026, 11, 23, 9)
    assert arrival(monday, NOON, 1, 3) == (date(2026, 11, 24), date(2026, 11, 27))
    assert arrival(monday, NOON, 0, 0) == (date(2026, 11, 23), date(2026, 11, 23))
    assert arrival(datetime(2026, 11, 23, 13), NOON, 1, 1) == (date(2026, 11, 25), date(2026, 11, 25))


def test_without_a_cut_off_today_counts_until_midnight() -> None:
    assert leaves(datetime(2026, 11, 23, 23, 59), Schedule()) == date(2026, 11, 23)


def test_a_shop_that_works_on_saturdays_sends_on_saturdays() -> None:
    assert leaves(datetime(2026, 11, 21, 9), Schedule(WEEKDAYS | {6})) == date(2026, 11, 21)


def test_a_break_of_every_year_may_go_over_new_year() -> None:
    closed = read("12-24 to 01-06 Winter break")
    assert [closed.hold(date(2031, *day)) for day in ((12, 23), (12, 24), (12, 31), (1, 1), (1, 6), (1, 7))] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_a_shop_that_never_works_still_answers() -> None:
    assert leaves(datetime(2026, 11, 21, 9), Schedule(frozenset())) > date(2027, 11, 1)


@pytest.mark.parametrize(
    "line", ["Christmas", "2026-13-01", "24.12.2026", "2026-12-24 to 2026-12-20", "12-24 to 2026-12-26"]
)
def test_a_day_that_is_none_is_named(line: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(f"2026-11-26\n{line}")
    assert line in caught.value.message
