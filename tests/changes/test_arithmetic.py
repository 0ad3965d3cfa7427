"""What a change makes of an order, to the cent."""

from decimal import Decimal

import pytest

from store.changes.arithmetic import Delivery, Piece, Standing, check_changed, reckon
from store.changes.errors import HasLeft, NothingChanged, NothingLeft, ReasonMissing
from store.changes.wanted import Wanted, WantedLine, wanted_of
from store.core.errors import Invalid
from store.pricing.totals import Rules

MUG = Standing(1, 11, "Mug", "", 2, 1900, Decimal("0.20"), 3800)
BOOK = Standing(2, 12, "Book", "", 1, 1000, Decimal("0.10"), 1000)
CUP = Piece(13, 3, "cup", "Cup", "Blue", "CUP", None, "standard", Decimal("0.20"), 2500)
TOTAL = 3800 + 1000 + 490


def work(wanted, *, standing=(MUG, BOOK), delivery=Delivery(490, 490, 490), total=TOTAL, with_tax=True):
    rules = Rules(shipping="own", shipping_rate=Decimal("0.20"))
    return reckon(
        standing, wanted, {13: CUP}, delivery, total_before_minor=total, prices_include_tax=with_tax, rules=rules
    )


def wanted(*lines, **more):
    return Wanted((WantedLine(11, 2, line_id=1), WantedLine(12, 1, line_id=2), *lines), **more)


def test_what_stays_costs_what_it_cost():
    found = work(wanted_of([(1, 11, 2), (2, 12, 1)]))
    assert (found.totals.total_minor, found.difference_minor) == (TOTAL, 0)
    with pytest.raises(NothingChanged):
        check_changed(found)


def test_a_piece_more_costs_the_catalogues_price():
    found = work(wanted(WantedLine(13, 2)))
    assert found.difference_minor == 5000
    assert found.totals.tax_minor == 633 + 91 + 82 + 833
    assert [row.quantity_before for row in found.rows] == [2, 1, 0]


def test_what_is_not_wanted_goes():
    found = work(Wanted((WantedLine(12, 1, line_id=2),)))
    assert found.difference_minor == -3800
    assert [(row.title, row.quantity, row.total_minor) for row in found.rows] == [("Mug", 0, 0), ("Book", 1, 1000)]


def test_lines_keep_the_tax_they_were_sold_at():
    found = work(Wanted((WantedLine(11, 1, line_id=1), WantedLine(12, 1, line_id=2))))
    assert [line.tax_rate for line in found.totals.lines] == [Decimal("0.20"), Decimal("0.10")]
    assert found.totals.shipping_tax_rate == Decimal("0.20")


def test_prices_without_tax_are_reckoned_without_tax():
    found = work(
        Wanted((WantedLine(11, 3, line_id=1),)),
        standing=(Standing(1, 11, "Mug", "", 2, 1900, Decimal("0.20"), 4560),),
        total=4560 + 588,
        with_tax=False,
    )
    assert found.totals.total_minor == 5700 * 12 // 10 + 588


def test_another_price_needs_a_reason():
    with pytest.raises(ReasonMissing) as refused:
        work(Wanted((WantedLine(11, 2, 1500, line_id=1), WantedLine(12, 1, line_id=2))))
    assert refused.value.facts["field"] == "l1-reason"
    found = work(Wanted((WantedLine(11, 2, 1500, "scratched", line_id=1), WantedLine(12, 1, line_id=2))))
    assert found.difference_minor == -800


def test_another_price_of_delivery_needs_a_reason():
    dearer = Delivery(990, 490, 490)
    with pytest.raises(ReasonMissing):
        work(wanted(shipping_minor=990), delivery=dearer)
    assert work(wanted(shipping_minor=990, shipping_reason="express"), delivery=dearer).difference_minor == 500
    # What another way costs by itself needs none.
    assert work(wanted(method_id=7), delivery=Delivery(990, 490, 990, other_way=True)).difference_minor == 500


def test_what_has_left_stays_in_the_order_at_its_price():
    gone = Standing(1, 11, "Mug", "", 2, 1900, Decimal("0.20"), 3800, left_house=1)
    with pytest.raises(HasLeft):
        work(Wanted((WantedLine(11, 0, line_id=1), WantedLine(12, 1, line_id=2))), standing=(gone, BOOK))
    with pytest.raises(HasLeft):
        work(Wanted((WantedLine(11, 2, 1, "gift", line_id=1), WantedLine(12, 1, line_id=2))), standing=(gone, BOOK))
    assert work(Wanted((WantedLine(11, 1, line_id=1),)), standing=(gone,), total=4290).difference_minor == -1900


def test_an_order_with_nothing_in_it_is_cancelled_instead():
    with pytest.raises(NothingLeft):
        work(Wanted())


@pytest.mark.parametrize("line", [WantedLine(99, 1), WantedLine(13, -1), WantedLine(13, 10_000)])
def test_what_can_not_be_is_refused(line):
    with pytest.raises(Invalid):
        work(wanted(line))


def test_a_reduced_line_keeps_its_reduction_for_the_pieces_that_stay():
    reduced = Standing(1, 11, "Mug", "", 2, 1900, Decimal("0.20"), 3400, discount_minor=400)
    found = work(Wanted((WantedLine(11, 1, line_id=1),)), standing=(reduced,), total=3890)
    assert found.totals.total_minor == 1900 - 200 + 490
