"""Any split of refunds, in any order, gives back exactly what was paid."""

import random
from decimal import Decimal

import pytest

from store.pricing.errors import MoreThanLeft
from store.pricing.refunds import SHIPPING, Asked, Earlier, Part, Split, everything, left_of, split
from store.pricing.sharing import share_out

TWENTY, TEN = Decimal("0.20"), Decimal("0.10")


def order(*lines: tuple[int, int, int, Decimal], shipping: tuple[int, int] = (490, 82)) -> list[Part]:
    """Lines as (quantity, total, tax, rate) under the keys 1, 2, 3..., and delivery."""
    parts = [Part(key, *line) for key, line in enumerate(lines, 1)]
    return [*parts, Part(SHIPPING, 1, *shipping, TWENTY)]


def kept(refund: Split) -> Earlier:
    return Earlier(
        {share.key: (share.quantity, share.amount_minor) for share in refund.lines},
        refund.shipping_minor,
        refund.goodwill_minor,
    )


def test_one_of_three_pins_takes_a_third_and_the_last_one_what_is_left() -> None:
    parts, before, given = order((3, 100, 17, TWENTY)), [], []
    for _unit in range(3):
        refund = split(parts, Asked({1: 1}), before)
        before.append(kept(refund))
        given.append((refund.amount_minor, refund.tax_minor))
    assert given == [(33, 6), (34, 5), (33, 6)]
    assert left_of(parts, before)[0].amount_minor == 0


def test_no_more_units_go_back_than_were_bought() -> None:
    parts = order((3, 100, 17, TWENTY))
    with pytest.raises(MoreThanLeft) as refusal:
        split(parts, Asked({1: 2}), [Earlier({1: (2, 67)})])
    assert refusal.value.facts["left"] == 1
    with pytest.raises(MoreThanLeft):
        split(parts, Asked({9: 1}))


def test_no_more_delivery_goes_back_than_was_paid() -> None:
    parts = order((1, 100, 17, TWENTY))
    assert split(parts, Asked(shipping_minor=290)).tax_minor == 49
    with pytest.raises(MoreThanLeft):
        split(parts, Asked(shipping_minor=201), [Earlier(shipping_minor=290)])


def test_goodwill_makes_every_line_cheaper_and_what_comes_back_later_is_worth_less() -> None:
    parts = order((2, 10_000, 1667, TWENTY), (1, 5_000, 455, TEN))
    goodwill = split(parts, Asked(goodwill_minor=1500))
    assert [(share.key, share.amount_minor) for share in goodwill.goodwill] == [(1, 1000), (2, 500)]
    assert goodwill.by_rate() == {TWENTY: (1000, 167), TEN: (500, 46)}
    mug = split(parts, Asked({1: 1}), [kept(goodwill)])
    assert mug.amount_minor == 4500


def test_goodwill_reaches_delivery_when_the_goods_have_nothing_left() -> None:
    parts = order((1, 100, 17, TWENTY))
    refund = split(parts, Asked(goodwill_minor=200))
    assert {share.key: share.amount_minor for share in refund.goodwill} == {1: 100, SHIPPING: 100}
    with pytest.raises(MoreThanLeft):
        split(parts, Asked(goodwill_minor=391), [kept(refund)])


def test_everything_leaves_nothing_even_when_all_units_are_back_for_less() -> None:
    parts = order((2, 1000, 167, TWENTY))
    before = [Earlier({1: (2, 900)})]
    refund = split(parts, everything(parts, before), before)
    assert refund.amount_minor == 100 + 490
    assert all(rest.amount_minor == 0 for rest in left_of(parts, [*before, kept(refund)]))


def test_any_split_in_any_order_gives_back_exactly_what_was_paid() -> None:
    chance = random.Random(226)
    for _round in range(4_000):
        parts = _any_order(chance)
        before: list[Earlier] = []
        money: dict[object, int] = dict.fromkeys((part.key for part in parts), 0)
        tax = dict(money)
        for _step in range(chance.randint(0, 6)):
            _give_back(parts, _some(chance, parts, before), before, money, tax)
        _give_back(parts, everything(parts, before), before, money, tax)
        assert money == {part.key: part.total_minor for part in parts}
        assert tax == {part.key: part.tax_minor for part in parts}


def test_parts_of_a_sum_add_up_to_it_whatever_the_weights() -> None:
    chance = random.Random(7)
    for _round in range(5_000):
        weights = [chance.randint(0, 10_000) for _ in range(chance.randint(1, 12))]
        amount = chance.randint(-1_000_000, 1_000_000)
        shares = share_out(amount, weights)
        assert sum(shares) == (amount if any(weights) else 0)
        assert all(not share for share, weight in zip(shares, weights, strict=True) if not weight)


def _any_order(chance: random.Random) -> list[Part]:
    lines = []
    for _line in range(chance.randint(1, 6)):
        total = chance.choice([0, 1, chance.randint(0, 99), chance.randint(0, 3_000_000)])
        rate = chance.choice([Decimal(0), Decimal("0.055"), TEN, Decimal("0.19"), TWENTY, Decimal("0.27")])
        lines.append((chance.randint(1, 12), total, round(total - total / (1 + rate)), rate))
    shipping = chance.choice([0, 490, 1795])
    return order(*lines, shipping=(shipping, shipping // 6))


def _some(chance: random.Random, parts: list[Part], before: list[Earlier]) -> Asked:
    left = left_of(parts, before)
    goods = {rest.key: chance.randint(0, rest.quantity) for rest in left if rest.key != SHIPPING}
    asked = Asked(goods, chance.randint(0, left[-1].amount_minor) if chance.random() < 0.3 else 0)
    refund = split(parts, asked, before)
    rest = sum(one.amount_minor for one in left) - refund.amount_minor
    goodwill = chance.randint(0, rest) if chance.random() < 0.3 else 0
    return Asked(asked.quantities, asked.shipping_minor, goodwill)


def _give_back(parts: list[Part], asked: Asked, before: list[Earlier], money: dict, tax: dict) -> None:
    refund = split(parts, asked, before)
    for share in refund.shares:
        assert 0 <= share.tax_minor <= share.amount_minor
        money[share.key] += share.amount_minor
        tax[share.key] += share.tax_minor
    assert sum(amount for amount, _tax in refund.by_rate().values()) == refund.amount_minor
    assert sum(tax for _amount, tax in refund.by_rate().values()) == refund.tax_minor
    before.append(kept(refund))
