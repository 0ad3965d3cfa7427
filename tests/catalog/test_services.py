"""Products are saved as whole drafts, by the verbs that import, seed and back office share."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, VariantDraft, find_stored
from store.catalog.errors import ProductChanged, SkuTaken
from store.catalog.models import OptionValue, Product, Variant, VariantValue
from store.catalog.services import archive, free_handle, save_product, save_products
from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.media.services import add_source

pytestmark = pytest.mark.usefixtures("db")

TEE = ProductDraft(
    title="Tee",
    handle="tee",
    options=(OptionDraft("Size", ("S", "M")), OptionDraft("Colour", ("Ink",), {"Ink": "#101820"})),
    variants=(
        VariantDraft(("S", "Ink"), sku="T-S", prices={"EUR": PriceDraft(2900)}),
        VariantDraft(("M", "Ink"), sku="T-M", prices={"EUR": PriceDraft(2900), "USD": PriceDraft(3300, 3900)}),
    ),
)
MUG = ProductDraft(title="Mug", handle="mug", variants=(VariantDraft(sku="MUG", prices={"EUR": PriceDraft(1900)}),))


def read(handle: str) -> ProductDraft:
    session.expire_all()
    return find_stored([handle])[handle].draft


def row(handle: str) -> Product:
    return session.execute(
        select(Product).where(Product.handle == handle).execution_options(populate_existing=True)
    ).scalar_one()


def test_what_is_saved_can_be_read_back_as_the_same_draft():
    images = [add_source(f"https://example.com/{name}.jpg", name).id for name in "ab"]
    draft = replace(
        TEE,
        pictures=(PictureDraft(images[1], "b"), PictureDraft(images[0])),
        variants=(replace(TEE.variants[0], image_ids=(images[0],)), TEE.variants[1]),
        tags=("a", "b"),
        published_at=now(),
    )
    save_product(draft)
    assert read("tee") == draft


def test_saving_the_same_draft_again_touches_nothing():
    save_products([TEE, MUG])
    before = [(row(handle).revision, row(handle).version, row(handle).updated_at) for handle in ("tee", "mug")]
    saved = save_products([TEE, MUG])
    assert [one.changed for one in saved] == [False, False]
    assert [(row(handle).revision, row(handle).version, row(handle).updated_at) for handle in ("tee", "mug")] == before


def test_a_changed_price_raises_version_and_revision():
    save_product(MUG)
    before = row("mug").version, row("mug").revision
    save_product(replace(MUG, variants=(VariantDraft(sku="MUG", prices={"EUR": PriceDraft(2100, 2500)}),)))
    assert read("mug").variants[0].prices == {"EUR": PriceDraft(2100, 2500)}
    assert row("mug").version == before[0] + 1
    assert row("mug").revision > before[1]


def test_an_editor_who_saw_an_older_version_is_told():
    save_product(MUG)
    seen = row("mug").version
    save_product(replace(MUG, title="Big mug"), expected_version=seen)
    with pytest.raises(ProductChanged):
        save_product(replace(MUG, title="Small mug"), expected_version=seen)
    assert read("mug").title == "Big mug"


def test_a_new_product_gets_a_free_handle():
    first, second = save_product(ProductDraft(title="Größe 1")), save_product(ProductDraft(title="Größe 1"))
    assert (first.handle, second.handle) == ("groesse-1", "groesse-1-2")
    assert free_handle("Größe 1") == "groesse-1-3"


def test_a_variant_taken_off_is_kept_for_its_orders_and_comes_back_as_itself():
    save_product(TEE)
    old = save_product(TEE).variant_ids["M", "Ink"]
    save_product(replace(TEE, options=(OptionDraft("Size", ("S",)), TEE.options[1]), variants=TEE.variants[:1]))
    assert session.get_one(Variant, old, populate_existing=True).deleted_at is not None
    assert session.get_one(Variant, old).sku is None
    assert [variant.values for variant in read("tee").variants] == [("S", "Ink")]
    again = save_product(replace(TEE, options=(OptionDraft("Size", ("S", "M")), TEE.options[1])))
    assert read("tee") == TEE
    assert again.variant_ids["M", "Ink"] != 0


def test_a_variant_taken_off_alone_comes_back_with_its_id():
    save_product(TEE)
    old = save_product(TEE).variant_ids["M", "Ink"]
    save_product(replace(TEE, variants=TEE.variants[:1]))
    assert save_product(TEE).variant_ids["M", "Ink"] == old
    assert read("tee") == TEE


def test_values_nobody_uses_any_more_disappear_from_the_page():
    save_product(TEE)
    save_product(replace(TEE, options=(OptionDraft("Size", ("S",)), TEE.options[1]), variants=TEE.variants[:1]))
    assert set(session.execute(select(OptionValue.value)).scalars()) == {"S", "Ink"}


def test_dropping_all_options_leaves_one_plain_variant():
    save_product(TEE)
    save_product(replace(TEE, options=(), variants=(VariantDraft(sku="T-S"),)))
    assert [variant.values for variant in read("tee").variants] == [()]
    assert session.execute(select(func.count()).select_from(VariantValue)).scalar_one() == 0


def test_a_sku_belongs_to_one_variant_of_the_shop():
    save_product(MUG)
    with pytest.raises(SkuTaken) as caught:
        save_product(ProductDraft(title="Cup", variants=(VariantDraft(sku="MUG"),)))
    assert caught.value.facts == {"sku": "MUG", "handle": "mug"}
    with pytest.raises(SkuTaken):
        save_products(
            [ProductDraft(title=title, variants=(VariantDraft(sku="X"),), handle=title) for title in ("one", "two")]
        )


def test_descriptions_are_cleaned_on_the_way_in():
    save_product(replace(MUG, description_html='<p onclick="x()">Fine</p><script>alert(1)</script>'))
    assert read("mug").description_html == "<p>Fine</p>"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"handle": "Not a handle"}, "handle"),
        ({"status": "gone"}, "status"),
        ({"tags": tuple(f"t{number}" for number in range(251))}, "tags"),
        ({"options": tuple(OptionDraft(str(number), ("x",)) for number in range(4))}, "options"),
        ({"options": (OptionDraft("Size", ("S", "S")),)}, "options"),
        ({"options": (OptionDraft("Colour", ("Red",), {"Red": "red"}),)}, "options"),
        ({"variants": (VariantDraft(("S",)),)}, "variants"),
        ({"variants": (VariantDraft(), VariantDraft())}, "variants"),
        ({"variants": (VariantDraft(sku=" "),)}, "sku"),
        ({"variants": (VariantDraft(weight_grams=-1),)}, "weight_grams"),
        ({"variants": (VariantDraft(prices={"EUR": PriceDraft(-1)}),)}, "prices"),
    ],
)
def test_an_impossible_product_is_refused_at_its_field(change, field):
    with pytest.raises(Invalid) as caught:
        save_product(replace(MUG, **change))
    assert caught.value.facts["field"] == field


def test_archiving_takes_a_product_off_the_shelves_once():
    product_id = save_product(MUG).product_id
    archive(product_id)
    archive(product_id)
    assert read("mug").status == "archived"
    with pytest.raises(ProductChanged):
        archive(product_id, expected_version=1)
    with pytest.raises(NotFound):
        archive(product_id + 1)


@pytest.mark.parametrize("size", [3, 30])
def test_new_products_cost_a_fixed_number_of_statements(count_sql, size):
    drafts = [
        replace(TEE, handle=f"tee-{number}", variants=tuple(replace(one, sku=None) for one in TEE.variants))
        for number in range(size)
    ]
    with count_sql() as statements:
        save_products(drafts)
    assert len(statements) <= 8
