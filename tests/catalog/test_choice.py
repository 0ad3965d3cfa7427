"""The option picker: what can be had with what, and how the page explains the rest. No database needed."""

import pytest

from store.catalog.queries.choice import OptionView, VariantView, choose, option_fields
from store.core.money import Money

COLOUR = OptionView("Colour", ((1, "Moss", "#5b6b3a"), (2, "Sand", "#d8c7a3")))
SIZE = OptionView("Size", ((11, "S", None), (12, "M", None), (13, "L", None)))


def variant(id_: int, *values: int, available: bool = True, priced: bool = True) -> VariantView:
    amount = Money(3400, "EUR") if priced else None
    return VariantView(id_, values, f"SKU-{id_}", available, None, amount, None, 0, ())


# Sand is not made in L, and Moss in M is sold out.
SHIRT = [
    variant(1, 1, 11),
    variant(2, 1, 12, available=False),
    variant(3, 1, 13),
    variant(4, 2, 11),
    variant(5, 2, 12),
]


def states(param: str, wanted: dict[str, str]) -> dict[str, str]:
    choice = choose([COLOUR, SIZE], SHIRT, wanted)
    axis = next(axis for axis in choice.axes if axis.param == param)
    return {value.slug: value.state for value in axis.values}


def test_without_a_wish_the_first_variant_that_can_be_bought_is_chosen() -> None:
    sold_out_first = [variant(1, 1, 11, available=False), *SHIRT[1:]]
    choice = choose([COLOUR, SIZE], sold_out_first, {})
    assert choice.variant is not None
    assert choice.variant.id == 3
    assert choice.wanted == {"colour": "moss", "size": "l"}


def test_each_value_says_whether_it_can_be_had_with_the_rest() -> None:
    assert states("size", {"colour": "moss", "size": "s"}) == {"s": "available", "m": "sold_out", "l": "available"}
    assert states("size", {"colour": "sand", "size": "s"}) == {"s": "available", "m": "available", "l": "impossible"}
    assert states("colour", {"colour": "moss", "size": "l"}) == {"moss": "available", "sand": "impossible"}


def test_the_reason_names_what_stands_against_it() -> None:
    choice = choose([COLOUR, SIZE], SHIRT, {"colour": "sand", "size": "s"})
    reasons = {value.slug: value.reason for value in choice.axes[1].values}
    assert reasons == {"s": "", "m": "", "l": "not made in Sand"}


def test_a_sold_out_choice_stays_chosen_and_others_close_to_it_are_named() -> None:
    choice = choose([COLOUR, SIZE], SHIRT, {"colour": "moss", "size": "m"})
    assert choice.variant is not None
    assert not choice.variant.can_be_bought
    assert choice.label == "Moss / M"
    assert [advice.label for advice in choice.advice] == ["Moss / S", "Moss / L", "Sand / M"]
    assert choice.advice[2].wanted == {"colour": "sand", "size": "m"}


def test_a_combination_that_is_not_made_stays_chosen_without_a_variant() -> None:
    choice = choose([COLOUR, SIZE], SHIRT, {"colour": "sand", "size": "l"})
    assert choice.variant is None
    assert choice.wanted == {"colour": "sand", "size": "l"}
    assert [advice.label for advice in choice.advice] == ["Moss / L", "Sand / S", "Sand / M"]


def test_one_wish_is_filled_with_what_can_be_bought() -> None:
    assert choose([COLOUR, SIZE], SHIRT, {"size": "m"}).wanted == {"colour": "sand", "size": "m"}


@pytest.mark.parametrize("wanted", [{"colour": "tartan"}, {"color": "moss"}, {"size": "'; --"}, {"size": ""}])
def test_unknown_fields_and_values_are_ignored(wanted: dict[str, str]) -> None:
    assert choose([COLOUR, SIZE], SHIRT, wanted).wanted == {"colour": "moss", "size": "s"}


def test_a_variant_without_a_price_counts_as_sold_out() -> None:
    choice = choose([SIZE], [variant(1, 11, priced=False), variant(2, 12)], {"size": "s"})
    assert [value.state for value in choice.axes[0].values] == ["sold_out", "available", "impossible"]


def test_a_product_without_options_has_its_only_variant_chosen() -> None:
    choice = choose([], [variant(1)], {"colour": "moss"})
    assert choice.axes == ()
    assert choice.variant is not None


def test_a_product_without_variants_can_be_shown() -> None:
    choice = choose([COLOUR], [], {})
    assert choice.variant is None
    assert choice.axes == ()


def test_options_named_like_other_fields_keep_out_of_their_way() -> None:
    quantity = OptionView("Quantity", ((1, "One", None),))
    assert choose([quantity], [variant(1, 1)], {}).wanted == {"option-1-quantity": "one"}


def test_values_that_read_alike_and_values_without_latin_letters_have_addresses_of_their_own() -> None:
    option = OptionView("Grösse", ((1, "L", None), (2, "l", None), (3, "特大", None)))
    variants = [variant(1, 1), variant(2, 2), variant(3, 3)]
    for id_ in (1, 2, 3):
        fields = option_fields([option], (id_,))
        chosen = choose([option], variants, fields).variant
        assert chosen is not None
        assert chosen.id == id_
