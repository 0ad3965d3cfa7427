"""Whatever becomes of a product or a collection, the links to it lead somewhere sensible."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from store.catalog import addressing, services
from store.catalog.drafts import PriceDraft, ProductDraft, VariantDraft, find_stored
from store.catalog.errors import HandleTaken, ProductChanged
from store.catalog.models import Product
from store.core.db import retrying, session, transaction
from store.core.errors import Invalid
from store.redirects.errors import RedirectLoop
from tests.factories.catalog import make_collection, make_product
from tests.factories.shop import make_shop


def led() -> dict[str, str | None]:
    return dict(session.execute(text("SELECT path, target FROM redirects ORDER BY path")).all())


def product(handle: str) -> Product:
    return session.execute(
        select(Product).where(Product.handle == handle).execution_options(populate_existing=True)
    ).scalar_one()


@pytest.mark.usefixtures("db")
class TestOneAfterTheOther:
    def test_a_renamed_product_is_found_at_its_old_address(self):
        make_product("old")
        addressing.rename(product("old"), "new")
        assert led() == {"/products/old": "/products/new"}
        addressing.rename(product("new"), "old")
        assert led() == {"/products/new": "/products/old"}

    def test_a_renamed_product_is_a_new_version_for_those_who_edit_it(self):
        made = make_product("old")
        before = find_stored(["old"])["old"].version
        addressing.rename(product("old"), "new")
        assert find_stored(["new"])["new"].version == before + 1
        with pytest.raises(ProductChanged):
            addressing.take_down(made.product.id, None, expected_version=before)

    def test_a_taken_or_broken_handle_is_refused(self):
        make_product("a")
        make_product("b")
        with pytest.raises(HandleTaken):
            addressing.rename(product("a"), "b")
        for handle in ("", "A", "a b", "ä", "-a", "a" * 300):
            with pytest.raises(Invalid):
                addressing.rename(product("a"), handle)
        with pytest.raises(Invalid):
            addressing.rename(make_collection("shelf"), "all")
        assert led() == {}

    def test_a_collection_leads_on_too(self):
        shelf = make_collection("summer")
        addressing.rename(shelf, "summer-2026")
        assert led() == {"/collections/summer": "/collections/summer-2026"}

    def test_a_draft_that_was_never_seen_leaves_nothing_behind(self):
        made = make_product("idea", status="draft")
        made.product.published_at = None
        session.flush()
        addressing.rename(product("idea"), "plan")
        assert led() == {}

    def test_what_is_saved_as_a_draft_leads_to_its_shelf_and_back_when_it_is_on_sale_again(self):
        shelf = make_collection("kitchen")
        make_product("cup", collection=shelf)
        make_product("mug", collection=shelf)
        addressing.rename(product("mug"), "big-mug")
        stored = find_stored(["big-mug"])["big-mug"].draft
        for status, target in (("draft", "/collections/kitchen"), ("active", "/products/big-mug")):
            services.save_product(ProductDraft(**{**vars_of(stored), "status": status}))
            assert led()["/products/mug"] == target
        assert "/products/big-mug" not in led()

    def test_a_product_renamed_while_nobody_sees_it_is_found_by_all_its_names_when_it_is_back(self):
        make_product("mug")
        addressing.take_down(product("mug").id, "/collections/all", status="draft")
        addressing.rename(product("mug"), "cup")
        assert led() == {"/products/mug": "/collections/all"}
        stored = find_stored(["cup"])["cup"].draft
        services.save_product(ProductDraft(**{**vars_of(stored), "status": "active"}))
        assert led() == {"/products/mug": "/products/cup"}

    def test_a_shelf_that_holds_nothing_else_is_not_proposed(self):
        made = make_product("mug", collection=make_collection("kitchen"))
        assert addressing.propose_target(made.product.id) is None
        services.archive(made.product.id)
        assert led() == {"/products/mug": None}

    def test_a_product_can_not_be_led_to_itself(self):
        made = make_product("mug")
        with pytest.raises(RedirectLoop):
            addressing.take_down(made.product.id, "/products/mug")

    def test_a_new_product_has_its_address_whatever_was_led_on_from_there(self):
        make_product("cup")
        addressing.redirects.add("/products/mug", "/products/cup")
        addressing.redirects.add("/becher", "/products/mug")
        services.save_product(ProductDraft(title="Mug", handle="mug", status="active", options=(),
                                           variants=(VariantDraft(prices={"EUR": PriceDraft(100)}),)))  # fmt: skip
        assert led() == {"/becher": "/products/mug"}

    def test_merging_keeps_the_history_and_gives_the_places_to_the_one_that_stays(self):
        shelf = make_collection("kitchen")
        gone = make_product("mug-old", collection=shelf)
        stays, other = make_product("mug"), make_product("bowl")
        run = session.execute
        run(
            text("INSERT INTO product_pins VALUES (:a, :b, 0), (:b, :a, 0)"),
            {"a": gone.product.id, "b": other.product.id},
        )
        run(text("INSERT INTO bought_together VALUES (:g, :o, 3), (:o, :g, 3), (:s, :o, 2), (:o, :s, 2), (:g, :s, 9), (:s, :g, 9)"),
            {"g": gone.product.id, "s": stays.product.id, "o": other.product.id})  # fmt: skip
        addressing.merge(gone.product.id, stays.product.id)
        assert led() == {"/products/mug-old": "/products/mug"}
        assert product("mug-old").status == "archived"
        assert (
            run(
                text("SELECT count(*) FROM variants WHERE product_id = :id AND deleted_at IS NULL"),
                {"id": gone.product.id},
            ).scalar()
            == 1
        )
        assert run(text("SELECT product_id FROM collection_products ORDER BY 1")).scalars().all() == [
            gone.product.id,
            stays.product.id,
        ]
        assert run(
            text("SELECT other_id FROM product_pins WHERE product_id = :id"), {"id": other.product.id}
        ).scalars().all() == [stays.product.id]
        counted = {tuple(row) for row in run(text("SELECT product_id, other_id, orders FROM bought_together"))}
        assert counted == {(stays.product.id, other.product.id, 5), (other.product.id, stays.product.id, 5)}

    def test_a_product_is_merged_only_into_another_that_shoppers_see(self):
        one, draft = make_product("mug"), make_product("plan", status="draft")
        for into in (one.product.id, draft.product.id):
            with pytest.raises(Invalid):
                addressing.merge(one.product.id, into)
        assert led() == {}


def vars_of(draft: ProductDraft) -> dict:
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__}


@pytest.fixture
def live(committing_app) -> Iterator[Flask]:
    with committing_app.app_context():
        make_shop()
        yield committing_app


def at_once(app: Flask, *works) -> list[Exception | None]:
    gate = threading.Barrier(len(works))
    ends: list[Exception | None] = [None] * len(works)

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                retrying(works[place], tries=10)
            except Exception as error:
                ends[place] = error
            finally:
                session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_two_who_rename_one_product_to_and_fro_end_with_one_page_and_no_circle(live):
    product_id = make_product("a").product.id

    def to(handle):
        return lambda: addressing.rename(addressing.get_locked(product_id), handle)

    for _ in range(10):
        assert at_once(live, to("b"), to("a"), to("c")) == [None, None, None]
        handle = session.execute(text("SELECT handle FROM products")).scalar_one()
        rows = led()
        assert f"/products/{handle}" not in rows
        assert set(rows.values()) <= {f"/products/{handle}"}
        session.rollback()


def test_two_processes_that_lead_a_to_b_and_b_to_a_leave_one_row(live):
    from store.redirects import services as redirects

    for _ in range(15):
        ends = at_once(live, lambda: redirects.add("/a", "/b"), lambda: redirects.add("/b", "/a"))
        rows = led()
        assert len(rows) == 1
        assert [type(end) for end in ends if end] == [RedirectLoop]
        ends = at_once(live, lambda: redirects.move("/c", "/d"), lambda: redirects.move("/d", "/c"))
        assert ends == [None, None]
        assert len(led()) == 2
        session.rollback()
        with transaction():
            session.execute(text("DELETE FROM redirects"))


def test_two_merges_that_cross_end_with_one_product_on_sale(live):
    one, two = make_product("one").product.id, make_product("two").product.id
    ends = at_once(live, lambda: addressing.merge(one, two), lambda: addressing.merge(two, one))
    assert [type(end) for end in ends if end] == [Invalid]
    assert len(led()) == 1
    assert session.execute(text("SELECT count(*) FROM products WHERE status = 'active'")).scalar() == 1
