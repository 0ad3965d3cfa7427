"""Products made to order in the database: rows, first use, kept figures, and what follows when they are changed."""

import itertools
import random

import pytest
from sqlalchemy import func, select, text

from store.cart import services as cart
from store.cart.errors import TooFewLeft, UnknownChoice
from store.catalog import graphs
from store.catalog import queries as catalog
from store.catalog.drafts import PriceDraft
from store.catalog.errors import GraphChanged, ProductChanged
from store.catalog.graphs import AxisDraft, BlankDraft, OverrideDraft, ValueDraft
from store.catalog.making import variant_for_choice
from store.catalog.models import Blank, OptionValue, Price, Product, Variant
from store.catalog.queries.choice import address_of
from store.core.db import session, transaction
from store.core.errors import Invalid
from store.inventory import services as inventory
from store.inventory.models import StockLevel, VariantItem
from store.inventory.queries import available_for
from store.inventory.services import OpeningStock
from store.shop.prices import PriceScope
from store.shop.queries import get_default_market
from tests.factories.catalog import forget, make_product
from tests.factories.shop import make_shop
from tests.factories.to_order import AXES, ToOrder, add_blanks, drafts_of, make_to_order

TOKEN = "b" * 64
EUR = PriceScope("EUR")


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()


def chosen(made: ToOrder, **wanted: str):
    return catalog.find_choice(made.handle, wanted, EUR)


def variant_of(made: ToOrder, **wanted: str) -> int:
    product, choice = chosen(made, **wanted)
    assert choice.variant is not None
    with transaction():
        return variant_for_choice(product, choice.variant)


def put(made: ToOrder, quantity: int = 1, **wanted: str):
    with transaction():
        return cart.add_line(
            TOKEN, handle=made.handle, wanted=wanted, quantity=quantity, market=get_default_market(), locale="en"
        )


def set_stock(made: ToOrder, on_hand: int, *names: str) -> None:
    with transaction():
        blank = session.execute(select(Blank).where(Blank.value_ids == list(made.ids(*names)))).scalar_one()
        level = session.execute(select(StockLevel.id).where(StockLevel.item_id == blank.item_id)).scalar_one()
        inventory.adjust(level, set_to=on_hand, reason="counted", actor="test")


def is_available(made: ToOrder) -> bool:
    return bool(session.execute(select(Product.available).where(Product.id == made.id)).scalar_one())


def count(model: type) -> int:
    return int(session.execute(select(func.count()).select_from(model)).scalar_one())


def test_200_motifs_in_8_colours_and_12_sizes_are_220_values_and_no_variant():
    axes = {
        "Motif": [f"Motif {number}" for number in range(200)],
        "Colour": [f"Colour {number}" for number in range(8)],
        "Size": [f"Size {number}" for number in range(12)],
    }
    made = make_to_order(axes=axes, deltas={"Motif 3": 400})
    assert (count(OptionValue), count(Blank), count(Variant), count(Price)) == (220, 96, 0, 0)
    product, choice = chosen(made, motif="motif-199", colour="colour-7", size="size-11")
    assert choice.variant is not None
    assert choice.variant.can_be_bought
    assert choice.variant.sku == "TEE-MOTIF199-COLOUR7-SIZE11"
    assert product.variants == ()
    # Each of them has what a row would have, and an address of its own.
    set_stock(made, 0, "Colour 7", "Size 11")
    product, _choice = chosen(made)
    assert product.graph is not None
    fields, everything = address_of(product.options), list(itertools.product(*product.graph.axes))
    told = [(product.graph.find(values), tuple(fields(values).values())) for values in everything]
    assert len({variant.sku for variant, _address in told}) == len({address for _, address in told}) == 19_200
    assert {variant.amount.minor for variant, _address in told} == {3000, 3400}
    sold_out = [address for variant, address in told if not variant.can_be_bought]
    assert len(sold_out) == 200
    assert {address[1:] for address in sold_out} == {("colour-7", "size-11")}
    variant_of(made, motif="motif-199", colour="colour-7", size="size-11")
    assert count(Variant) == 1


def test_a_product_of_19200_choices_is_read_in_as_many_statements_as_a_mug(count_sql):
    made = make_to_order(axes={"Motif": [f"M{n}" for n in range(200)], "Colour": list("abcdefgh"), "Size": list("123")})
    make_product("mug")
    spent = []
    for handle in ("mug", made.handle):
        with count_sql() as statements:
            catalog.find_choice(handle, {}, EUR)
        spent.append(len(statements))
    assert spent == [2, 2]


def test_a_choice_becomes_an_ordinary_variant_when_it_is_wanted():
    made = make_to_order(deltas={"Fox": 400}, quantity=2)
    variant_id = variant_of(made, motif="fox", colour="sand", size="m")
    variant = session.get_one(Variant, variant_id)
    assert (variant.option_key, variant.sku, variant.weight_grams) == (
        made.key("Fox", "Sand", "M"),
        "TEE-FOX-SAND-M",
        180,
    )
    assert variant.available
    assert available_for([variant_id]) == {variant_id: 5}
    sellable = catalog.list_sellables({variant_id: 1}, EUR)[variant_id]
    assert (sellable.variant_title, sellable.amount.minor) == ("Fox / Sand / M", 3400)
    assert sellable.options == {"motif": "fox", "colour": "sand", "size": "m"}
    assert variant_of(made, motif="fox", colour="sand", size="m") == variant_id


def test_a_first_use_changes_nothing_that_is_shown():
    made = make_to_order()
    before = session.execute(select(Product.revision)).scalar_one()
    variant_of(made, motif="fox")
    assert session.execute(select(Product.revision)).scalar_one() == before


def test_a_sku_that_another_product_has_gets_an_end_of_its_own():
    other = make_product("mug")
    with transaction():
        session.get_one(Variant, other.variant.id).sku = "TEE-MOON-INK-S"
    made = make_to_order()
    variant = session.get_one(Variant, variant_of(made))
    assert variant.sku == "TEE-MOON-INK-S-" + variant.option_key


def test_a_choice_of_a_product_edited_meanwhile_is_not_made():
    made = make_to_order()
    product, choice = chosen(made)
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids("Moon", "Ink"), "")])
    assert choice.variant is not None
    with pytest.raises(GraphChanged), transaction():
        variant_for_choice(product, choice.variant)
    assert count(Variant) == 0


def test_the_cart_takes_what_is_made_and_left():
    made = make_to_order(stock=3)
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids("Moon", "Ink"), "Dark on dark")])
    with pytest.raises(UnknownChoice):
        put(made, motif="moon", colour="ink")
    put(made, 3, motif="fox", colour="ink", size="s")
    with pytest.raises(TooFewLeft):
        put(made, motif="fox", colour="ink", size="s")
    set_stock(made, 0, "Sand", "S")
    with pytest.raises(TooFewLeft):
        put(made, motif="fern", colour="sand", size="s")
    assert count(Variant) == 1


def test_two_motifs_share_the_stock_of_their_shirt():
    made = make_to_order(stock=3)
    one, other = variant_of(made, motif="fox"), variant_of(made, motif="fern")
    with transaction():
        inventory.hold("order:1", {one: 2})
    assert available_for([one, other]) == {one: 1, other: 1}
    with pytest.raises(inventory.OutOfStock), transaction():
        inventory.hold("order:2", {one: 1, other: 1})


def test_without_its_shirt_a_box_alone_is_not_sold():
    made = make_to_order(blank_axes=("Size",))
    with transaction():
        box, shirt = inventory.create_items([OpeningStock(None, on_hand=5)] * 2)
        graphs.save_blanks(made.id, [BlankDraft((), box), BlankDraft(made.ids("Ink", "S"), shirt)])
    _product, choice = chosen(made, colour="sand")
    assert choice.variant is not None
    assert not choice.variant.available
    _product, choice = chosen(made, colour="ink", size="s")
    assert choice.variant is not None
    assert choice.variant.can_be_bought
    variant_id = variant_of(made, colour="ink", size="s")
    items = session.execute(select(VariantItem.item_id).where(VariantItem.variant_id == variant_id)).scalars()
    assert set(items) == {box, shirt}


def test_the_product_is_available_as_long_as_one_choice_is():
    made = make_to_order(stock=1)
    assert is_available(made)
    for colour, size in itertools.product(AXES["Colour"], AXES["Size"]):
        assert is_available(made)
        set_stock(made, 0, colour, size)
    assert not is_available(made)
    set_stock(made, 1, "Sand", "M")
    assert is_available(made)
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids(motif, "Sand"), "") for motif in AXES["Motif"]])
    assert not is_available(made)
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids(motif, "Sand"), "") for motif in AXES["Motif"][1:]])
    assert is_available(made)
    with transaction():
        graphs.save_override(made.id, OverrideDraft(made.ids("Moon", "Sand", "M"), blocked=True))
    assert not is_available(made)


def test_pages_hear_of_stock_that_runs_low():
    made = make_to_order(stock=10)
    before = session.execute(select(Product.revision)).scalar_one()
    set_stock(made, 8, "Ink", "S")
    assert session.execute(select(Product.revision)).scalar_one() == before
    set_stock(made, 3, "Ink", "S")
    assert session.execute(select(Product.revision)).scalar_one() > before
    assert chosen(made, colour="ink", size="s")[1].variant.stock_left == 3


def test_variants_that_were_made_get_new_prices():
    made = make_to_order()
    variant_id = variant_of(made, motif="fox", colour="ink", size="m")
    with transaction():
        graphs.save_axes(made.id, drafts_of(AXES, {"Fox": 500, "M": 100}))
        graphs.save_terms(made.id, sku="SHIRT", weight_grams=200, prices={"EUR": PriceDraft(2000, 2500)})
    price = session.execute(select(Price).where(Price.variant_id == variant_id)).scalar_one()
    assert (price.amount_minor, price.compare_at_minor) == (2600, 3100)
    assert session.get_one(Variant, variant_id).sku == "SHIRT-FOX-INK-M"


def test_a_value_that_is_gone_takes_its_variants_and_exceptions_along():
    made = make_to_order()
    gone, stays = variant_of(made, motif="fox"), variant_of(made, motif="fern")
    with transaction():
        graphs.save_override(made.id, OverrideDraft(made.ids("Fox"), prices={"EUR": PriceDraft(1)}))
        graphs.save_axes(made.id, drafts_of({**AXES, "Motif": ("Moon", "Fern")}, {}))
    assert session.get_one(Variant, gone).deleted_at is not None
    assert session.get_one(Variant, stays).deleted_at is None
    assert chosen(made, motif="fern")[1].variant.amount.minor == 3000
    assert session.execute(text("SELECT count(*) FROM choice_overrides")).scalar_one() == 0
    # What is in a cart of it is still told by what is left of its name.
    assert catalog.list_sellables({gone: 1}, EUR)[gone].variant_title == "Ink / S"


def test_a_value_keeps_its_variants_under_a_new_name():
    made = make_to_order()
    variant_id = variant_of(made, motif="fox")
    axes = drafts_of(AXES, {})
    axes[0] = AxisDraft("Motif", (ValueDraft("Red fox", was="Fox"), ValueDraft("Moon")))
    with transaction():
        graphs.save_axes(made.id, axes)
    assert variant_of(made, motif="red-fox") == variant_id


def test_a_blocked_choice_loses_its_variant_and_gets_another_when_it_is_offered_again():
    made = make_to_order()
    first = variant_of(made, motif="fox")
    with transaction():
        graphs.save_override(made.id, OverrideDraft(made.ids("Fox"), blocked=True, reason="Sold to a museum"))
    _product, choice = chosen(made, motif="fox", colour="ink", size="s")
    assert (choice.variant, choice.reason) == (None, "Sold to a museum")
    assert session.get_one(Variant, first).deleted_at is not None
    with transaction():
        graphs.save_override(made.id, OverrideDraft(made.ids("Fox")))
    assert variant_of(made, motif="fox") != first


def test_a_new_item_behind_a_choice_goes_to_its_variant_too():
    made = make_to_order()
    variant_id = variant_of(made)
    with transaction():
        add_blanks(made, [AXES["Size"]], stock=4)
    assert available_for([variant_id]) == {variant_id: 4}


def test_a_second_editor_is_told_and_changes_nothing():
    made = make_to_order()
    version = session.get_one(Product, made.id).version
    with transaction():
        graphs.save_axes(made.id, drafts_of(AXES, {"Fox": 500}), expected_version=version)
    with pytest.raises(ProductChanged), transaction():
        graphs.save_axes(made.id, drafts_of(AXES, {"Fox": 900}), expected_version=version)
    assert chosen(made, motif="fox")[1].variant.amount.minor == 3500


@pytest.mark.parametrize(
    "axes",
    [
        [],
        [AxisDraft("Motif", ())],
        [AxisDraft("", (ValueDraft("A"),))],
        [AxisDraft("Motif", (ValueDraft("A"), ValueDraft("a")))],
        [AxisDraft(name, (ValueDraft("A"),)) for name in "abcde"],
        [AxisDraft("Motif", tuple(ValueDraft(str(number)) for number in range(1001)))],
        [AxisDraft("Motif", (ValueDraft("A" * 300),))],
        [AxisDraft("Motif", (ValueDraft("A", deltas={"EUR": 10**15}),))],
    ],
)
def test_axes_that_make_no_sense_are_refused(axes):
    made = make_to_order()
    with pytest.raises(Invalid), transaction():
        graphs.save_axes(made.id, axes)


def test_pairs_and_blanks_that_make_no_sense_are_refused():
    made = make_to_order()
    item, other = inventory.create_items([OpeningStock(None), OpeningStock(None)])
    for pairs in ([(*made.ids("Moon", "Fox"), "")], [(made.ids("Moon")[0], 999_999_999, "")]):
        with pytest.raises(Invalid), transaction():
            graphs.save_exclusions(made.id, pairs)
    for blanks in (
        [BlankDraft(made.ids("Ink", "Sand"), item)],
        [BlankDraft(made.ids("Ink"), item), BlankDraft(made.ids("Ink"), other)],
        [BlankDraft(made.ids("Ink"), item), BlankDraft(made.ids("S"), item)],
        [BlankDraft(made.ids("Ink"), item, 0)],
    ):
        with pytest.raises(Invalid), transaction():
            graphs.save_blanks(made.id, blanks)


def test_what_has_variants_keeps_prices_and_stock_when_it_becomes_made_to_order():
    shirt = make_product(
        "shirt", options={"Colour": ("Ink", "Sand"), "Size": ("S", "M")}, stock=[4, 0, 2, 1], price=2000
    )
    with transaction():
        session.execute(select(Price).where(Price.variant_id == shirt.variants[1].id)).scalar_one().amount_minor = 2300
    forget()
    before = {
        variant.value_ids: (variant.amount, variant.available, variant.stock_left)
        for variant in catalog.find_choice("shirt", {}, EUR)[0].variants
    }
    with transaction():
        graphs.begin(shirt.product.id)
    product, _choice = catalog.find_choice("shirt", {}, EUR)
    assert product.graph is not None
    for values, facts in before.items():
        variant = product.graph.find(values)
        assert variant is not None
        assert (variant.amount, variant.available, variant.stock_left) == facts
    made = ToOrder(shirt.product.id, "shirt")
    assert variant_of(made, colour="sand", size="s") == shirt.variants[2].id
    assert is_available(made)


@pytest.mark.parametrize("seed", range(12))
def test_the_row_of_a_variant_says_what_the_page_said(seed):
    chance = random.Random(seed)
    deltas = {name: chance.randint(-900, 900) for name in ("Moon", "Fox", "Sand", "M") if chance.random() < 0.7}
    made = make_to_order(deltas=deltas, stock=chance.choice((0, 3, 9)), price=chance.choice((100, 3000)))
    everything = list(itertools.product(*AXES.values()))
    with transaction():
        pairs = [(*made.ids(*chance.choice(everything)[:2]), "") for _ in range(chance.randint(0, 2))]
        graphs.save_exclusions(made.id, pairs)
        for _ in range(chance.randint(0, 4)):
            named = chance.choice(everything)[: chance.randint(1, 3)]
            graphs.save_override(
                made.id,
                OverrideDraft(
                    made.ids(*named),
                    prices={"EUR": PriceDraft(chance.randint(0, 9000))} if chance.random() < 0.6 else {},
                    blocked=chance.random() < 0.2,
                    sku=f"OWN-{'-'.join(named)}" if len(named) == 3 and chance.random() < 0.5 else "",
                ),
            )
    shown = {}
    for names in everything:
        wanted = dict(zip(("motif", "colour", "size"), map(str.lower, names), strict=True))
        _product, choice = chosen(made, **wanted)
        if choice.variant is not None:
            shown[names] = choice.variant
            variant_of(made, **wanted)
    rows = {
        row.option_key: row
        for row in session.execute(
            text("SELECT v.option_key, v.sku, v.available, v.stock_left, p.amount_minor FROM variants v "
                 "JOIN prices p ON p.variant_id = v.id WHERE v.deleted_at IS NULL")
        )
    }  # fmt: skip
    assert len(rows) == len(shown)
    for names, variant in shown.items():
        row = rows[made.key(*names)]
        assert (row.sku, row.available, row.stock_left, row.amount_minor) == (
            variant.sku, variant.available, variant.stock_left, variant.amount.minor
        )  # fmt: skip
    assert is_available(made) == any(variant.available for variant in shown.values())
    # And when nothing has changed, nothing follows.
    with transaction():
        graphs.save_exclusions(made.id, pairs)
    again = session.execute(text("SELECT count(*) FROM variants WHERE deleted_at IS NOT NULL")).scalar_one()
    assert again == 0
