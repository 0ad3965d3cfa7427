"""Products made to order, as pure rules: what the picker says of every choice is what counting them all would say.

The counting is written here once more, as plainly as can be, and compared over many graphs made by seeded chance.
"""

import itertools
import random
import time
from dataclasses import dataclass

import pytest

from store.catalog.queries.choice import FIND, Choice, OptionView, choose
from store.catalog.queries.graph import BlankView, Graph, Override
from store.catalog.queries.picture import Picture
from store.catalog.queries.product import ProductView
from store.core.money import Money

EUR = "EUR"


@dataclass
class World:
    """A graph, and the facts it was made of."""

    options: list[OptionView]
    graph: Graph
    deltas: dict[int, int]
    exclusions: dict[tuple[int, int], str]
    overrides: dict[tuple[int, ...], Override]
    blanks: dict[tuple[int, ...], BlankView]
    base: int | None

    @property
    def axes(self) -> list[list[int]]:
        return [[id_ for id_, _label, _swatch in option.values] for option in self.options]


def world(seed: int) -> World:
    chance = random.Random(seed)
    ids = itertools.count(1)
    options = [
        OptionView(name, tuple((next(ids), f"{name}{place}", None) for place in range(chance.randint(1, 5))))
        for name in ("Motif", "Colour", "Fit", "Size")[: chance.randint(1, 4)]
    ]
    axes = [[id_ for id_, _label, _swatch in option.values] for option in options]
    everyone = [id_ for axis in axes for id_ in axis]
    deltas = {id_: chance.randint(-300, 900) for id_ in everyone if chance.random() < 0.5}
    pairs = [pair for one, two in itertools.combinations(axes, 2) for pair in itertools.product(one, two)]
    share = chance.choice((0.0, 0.1, 0.3, 0.7))
    exclusions = {pair: chance.choice(("", "can't be printed")) for pair in pairs if chance.random() < share}
    overrides = {}
    for _ in range(chance.randint(0, 6)):
        named = sorted(chance.sample(range(len(axes)), chance.randint(1, len(axes))))
        overrides[tuple(chance.choice(axes[axis]) for axis in named)] = Override(
            amount=Money(chance.randint(0, 9000), EUR) if chance.random() < 0.5 else None,
            blocked=chance.random() < 0.4,
            reason=chance.choice(("", "not this season")),
            picture=chance.choice((None, 7, 8)),
        )
    blanks = {}
    for _ in range(chance.choice((0, 1, 1, 2))):
        kind = sorted(chance.sample(range(len(axes)), chance.randint(0, len(axes))))
        for key in itertools.product(*(axes[axis] for axis in kind)):
            if chance.random() < 0.9:
                left = chance.choice((0, 0, 3, None))
                blanks[key] = BlankView(available=left != 0, stock_left=left)
    base = chance.choice((None, 0, 2500, 2500, 2500))
    labels = {id_: label for option in options for id_, label, _swatch in option.values}
    graph = Graph(
        axes=tuple(map(tuple, axes)),
        base=None if base is None else Money(base, EUR),
        deltas=deltas,
        labels=labels,
        exclusions=exclusions,
        overrides=overrides,
        blanks=blanks,
    )
    return World(options, graph, deltas, exclusions, overrides, blanks, base)


def judged(here: World, values: tuple[int, ...]) -> tuple[str, int | None]:
    """Return the state and the price of a choice by looking at every fact there is."""
    chosen = set(values)
    holding = [(key, one) for key, one in here.overrides.items() if set(key) <= chosen]
    if any(set(pair) <= chosen for pair in here.exclusions) or any(one.blocked for _key, one in holding):
        return "impossible", None
    priced = [(len(key), key, one.amount.minor) for key, one in holding if one.amount is not None]
    if priced:
        most = max(length for length, _key, _amount in priced)
        price = {amount for length, _key, amount in priced if length == most}
    else:
        price = {None} if here.base is None else {max(here.base + sum(here.deltas.get(id_, 0) for id_ in values), 0)}
    axis_of = {id_: number for number, axis in enumerate(here.axes) for id_ in axis}
    kinds = {tuple(axis_of[id_] for id_ in key) for key in here.blanks}
    there = bool(kinds)
    for kind in kinds:
        blank = here.blanks.get(tuple(values[axis] for axis in kind))
        there = there and blank is not None and blank.available
    said = here.graph.price(values)[0]
    amount = None if said is None else said.minor
    # Of two exceptions that name as many values either price will do; all else is settled.
    assert amount in price
    return ("available" if there and amount is not None else "sold_out"), amount


def address(here: World, values: tuple[int, ...], **more: str) -> dict[str, str]:
    labels = {id_: label.lower() for option in here.options for id_, label, _swatch in option.values}
    return {option.name.lower(): labels[id_] for option, id_ in zip(here.options, values, strict=True)} | more


def chosen(choice: Choice) -> tuple[int, ...]:
    return tuple(axis.chosen.id for axis in choice.axes)


@pytest.mark.parametrize("seed", range(40))
def test_the_picker_says_of_every_value_what_its_choice_is(seed: int) -> None:
    here = world(seed)
    for values in itertools.product(*here.axes):
        choice = choose(here.options, here.graph, address(here, values))
        assert chosen(choice) == values
        state, amount = judged(here, values)
        assert (choice.variant is None) == (state == "impossible")
        assert bool(choice.variant and choice.variant.can_be_bought) == (state == "available")
        for axis, shown in enumerate(choice.axes):
            assert [value.id for value in shown.values] == here.axes[axis]
            for value in shown.values:
                swapped = (*values[:axis], value.id, *values[axis + 1 :])
                expected, price = judged(here, swapped)
                assert value.state == expected
                # Whatever can't be had says why.
                assert bool(value.reason) == (expected != "available")
                if expected != "impossible" and state != "impossible" and None not in (price, amount):
                    difference = value.difference.minor if value.difference else 0
                    assert difference == price - amount
                if value.instead:
                    there = choose(here.options, here.graph, value.instead.wanted)
                    assert there.variant is not None
                    assert there.axes[axis].chosen.id == value.id


@pytest.mark.parametrize("seed", range(40))
def test_what_is_not_asked_for_is_filled_so_that_it_can_be_bought_if_anything_can(seed: int) -> None:
    here = world(seed)
    chance = random.Random(seed)
    every = {values: judged(here, values)[0] for values in itertools.product(*here.axes)}
    for _ in range(12):
        asked = [chance.choice([None, *axis]) for axis in here.axes]
        fitting = {
            state
            for values, state in every.items()
            if all(want in (None, id_) for want, id_ in zip(asked, values, strict=True))
        }
        for by_chance in (None, chance):
            found = here.graph.complete(asked, chance=by_chance)
            best = next(state for state in ("available", "sold_out", "impossible") if state in fitting)
            assert every[found] == best
            assert all(want in (None, id_) for want, id_ in zip(asked, found, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_advice_names_choices_that_can_be_bought_if_there_are_any(seed: int) -> None:
    here = world(seed)
    there = [values for values in itertools.product(*here.axes) if judged(here, values)[0] == "available"]
    for values in itertools.product(*here.axes):
        choice = choose(here.options, here.graph, address(here, values))
        near = [
            other
            for other in itertools.product(*here.axes)
            if sum(a != b for a, b in zip(values, other, strict=True)) == 1 and judged(here, other)[0] == "available"
        ]
        if judged(here, values)[0] == "available":
            assert choice.advice == ()
        else:
            # Where one step leads nowhere, one choice further away is better than none.
            assert len(choice.advice) == (min(len(near), 4) or min(len(there), 1))
            for advice in choice.advice:
                assert chosen(choose(here.options, here.graph, advice.wanted)) in (near or there)


@pytest.mark.parametrize("seed", range(40))
def test_the_kept_bounds_hold_every_price(seed: int) -> None:
    here = world(seed)
    prices = [price for values in itertools.product(*here.axes) if (price := judged(here, values)[1]) is not None]
    if prices:
        bounds = here.graph.bounds()
        assert bounds is not None
        assert bounds[0] <= min(prices)
        assert max(prices) <= bounds[1]


def large(*, stock: bool = True) -> tuple[list[OptionView], Graph]:
    """200 motifs, 8 colours, 12 sizes."""
    options = [
        OptionView("Motif", tuple((id_, f"Motif {id_}", None) for id_ in range(1, 201))),
        OptionView("Colour", tuple((id_, f"Colour {id_}", "#112233") for id_ in range(301, 309))),
        OptionView("Size", tuple((id_, f"Size {id_}", None) for id_ in range(401, 413))),
    ]
    axes = tuple(tuple(id_ for id_, *_ in option.values) for option in options)
    blanks = {key: BlankView(available=stock) for key in itertools.product(axes[1], axes[2])}
    exclusions = {(motif, 301): "Dark ink does not show on it" for motif in range(1, 101)}
    return options, Graph(axes=axes, base=Money(3000, EUR), deltas={412: 400}, exclusions=exclusions, blanks=blanks,
                          labels={id_: label for option in options for id_, label, _ in option.values})  # fmt: skip


@pytest.mark.parametrize("stock", [True, False], ids=["there", "all sold out"])
def test_a_large_graph_is_judged_in_a_moment(stock: bool) -> None:
    options, graph = large(stock=stock)
    began = time.perf_counter()
    for _ in range(10):
        choose(options, graph, {})
    # Walking 19,200 choices takes a hundred times as long.
    assert (time.perf_counter() - began) / 10 < 0.05


@pytest.mark.parametrize("how", ["a pair of axes", "only all three together"])
def test_exclusions_that_leave_nothing_cost_a_moment_and_say_so(how: str) -> None:
    sizes = (300, 40, 40)
    options = [
        OptionView(f"Axis {axis}", tuple((axis * 1000 + place, f"V{place}", None) for place in range(count)))
        for axis, count in enumerate(sizes, 1)
    ]
    motifs, colours, cuts = (tuple(id_ for id_, *_ in option.values) for option in options)
    if how == "a pair of axes":
        exclusions = dict.fromkeys(itertools.product(motifs, cuts), "")
    else:
        exclusions = {pair: "" for pair in itertools.product(motifs, cuts) if pair[1] % 2}
        exclusions |= {pair: "" for pair in itertools.product(colours, cuts) if not pair[1] % 2}
    blanks = {key: BlankView(available=True) for key in itertools.product(colours, cuts)}
    graph = Graph(axes=(motifs, colours, cuts), base=Money(1, EUR), exclusions=exclusions, blanks=blanks, labels={})
    began = time.process_time()
    for _ in range(5):
        choice = choose(options, graph, {"all-axis-1": "1"})
        assert choice.variant is None
        assert choice.advice == ()
        assert all(value.state == "impossible" and not value.instead for axis in choice.axes for value in axis.values)
    # Searching anew for each value takes a hundred times as long.
    assert (time.process_time() - began) / 5 < 0.5


def test_a_long_axis_shows_its_beginning_and_what_is_chosen_and_finds_the_others() -> None:
    options, graph = large()
    choice = choose(options, graph, {"motif": "motif-150", "colour": "colour-302"})
    motifs = choice.axes[0]
    assert motifs.is_long
    assert [value.label for value in motifs.values[:2]] == ["Motif 150", "Motif 1"]
    assert len(motifs.values) == 25
    found = choose(options, graph, {"motif": "motif-150", FIND + "motif": "otif 17"}).axes[0]
    assert [value.label for value in found.values] == [f"Motif {number}" for number in (150, 17, 117, *range(170, 180))]
    assert (found.sought, found.found) == ("otif 17", 12)
    assert len(choose(options, graph, {"all-motif": "1"}).axes[0].values) == 200
    nothing = choose(options, graph, {FIND + "motif": "dragon"}).axes[0]
    assert (len(nothing.values), nothing.found) == (1, 0)


def test_an_excluded_pair_says_the_merchants_reason_or_names_itself() -> None:
    options, graph = large()
    colours = choose(options, graph, {"motif": "motif-1", "colour": "colour-302"}).axes[1].values
    assert colours[0].reason == "Dark ink does not show on it"
    unexplained = Graph(axes=graph.axes, labels=graph.labels, exclusions={(1, 301): ""}, blanks=graph.blanks)
    assert unexplained.refusal((1, 301, 401)) == "Motif 1 and Colour 301 don't go together"


def test_the_more_values_an_exception_names_the_more_it_counts() -> None:
    _options, graph = large()
    overrides = {
        (5,): Override(amount=Money(4000, EUR), picture=70, sku="NOT-FOR-ALL"),
        (5, 302): Override(picture=71),
        (5, 302, 401): Override(amount=Money(1, EUR), sku="ONE"),
    }
    graph = Graph(axes=graph.axes, base=graph.base, sku="TEE", sku_parts={5: "ME", 302: "INK"}, overrides=overrides)
    one, two = graph.find((5, 302, 401)), graph.find((5, 302, 402))
    assert one is not None
    assert two is not None
    assert (one.amount, one.sku, one.pictures) == (Money(1, EUR), "ONE", (71,))
    assert (two.amount, two.sku, two.pictures) == (Money(4000, EUR), "TEE-ME-INK", (71,))


def test_the_gallery_shows_a_choice_and_what_is_close_to_it_but_not_a_thousand_pictures() -> None:
    options, graph = large()
    colours = graph.axes[1]
    overrides = {
        (motif, colour): Override(picture=motif * 1000 + colour) for motif in graph.axes[0] for colour in colours
    }
    graph = Graph(axes=graph.axes, base=graph.base, overrides=overrides, blanks=graph.blanks)
    about_all = 5
    pictures = tuple(
        (id_, Picture(str(id_), 1, 1, (1,), "", None))
        for id_ in (about_all, *(one.picture for one in overrides.values()))
    )
    product = ProductView(1, 1, "tee", "Tee", "", "", "", "", "", "", tuple(options), (), pictures, graph)
    shown = [
        int(picture.key)
        for picture in product.gallery(choose(options, graph, {"motif": "motif-150", "colour": "colour-302"}))
    ]
    assert shown[0] == 150_302
    assert len(shown) == 6
    assert all(id_ == about_all or id_ // 1000 == 150 or id_ % 1000 == 302 for id_ in shown)


def test_a_value_priced_in_another_currency_only_is_not_given_away() -> None:
    graph = Graph(axes=((1, 2),), base=Money(1000, "USD"), unpriced=frozenset({2}), blanks={(): BlankView(True)})
    dear, plain = graph.find((2,)), graph.find((1,))
    assert dear is not None
    assert plain is not None
    assert (dear.amount, dear.can_be_bought) == (None, False)
    assert plain.can_be_bought
