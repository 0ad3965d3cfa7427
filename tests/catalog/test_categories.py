"""The tree of categories stays a tree, whoever moves what at the same time."""

import random
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.catalog import categories
from store.catalog.errors import CategoryBelowItself, TreeTooDeep
from store.core.db import retrying, session, transaction
from store.core.errors import Invalid, StoreError
from tests.factories.catalog import make_product


def grow(*paths: str) -> dict[str, int]:
    return categories.categories_by_path(paths)


def words() -> list[str]:
    return [branch.words for branch in categories.list_branches()]


def category_of(product_id: int) -> int | None:
    return session.execute(text("SELECT category_id FROM products WHERE id = :id"), {"id": product_id}).scalar()


def assert_sound() -> None:
    """Every path is its parent's and the category itself, and no more than allowed."""
    rows = {row.id: row for row in session.execute(text("SELECT id, parent_id, path FROM categories"))}
    for row in rows.values():
        above = rows[row.parent_id].path if row.parent_id else "/"
        assert row.path == f"{above}{row.id}/"
        assert row.path.count("/") - 1 <= categories.MAX_DEPTH


@pytest.mark.usefixtures("db")
class TestTree:
    def test_a_path_in_words_is_made_once(self, count_sql):
        first = grow("Clothes > Tees", "Clothes > Hoodies", "Home")
        assert words() == ["Clothes", "Clothes > Tees", "Clothes > Hoodies", "Home"]
        with count_sql() as statements:
            assert grow(" clothes>TEES ", "Clothes > Hoodies", "", "Home") == {
                " clothes>TEES ": first["Clothes > Tees"],
                "Clothes > Hoodies": first["Clothes > Hoodies"],
                "Home": first["Home"],
            }
        assert len(statements) == 2
        assert categories.find_paths(["Home", "Nowhere"]) == {"Home": first["Home"]}
        assert categories.words_of([first["Clothes > Tees"]]) == {first["Clothes > Tees"]: "Clothes > Tees"}

    def test_two_of_one_title_get_addresses_of_their_own(self):
        grow("Women > Tees", "Men > Tees")
        handles = [branch.handle for branch in categories.list_branches() if branch.title == "Tees"]
        assert handles == ["tees", "tees-2"]

    @pytest.mark.parametrize("title", ["", "  ", "A > B", "x" * 256, "a\0b"])
    def test_a_title_that_can_not_be_is_refused(self, title):
        with pytest.raises(Invalid):
            categories.add_category(title)

    def test_a_branch_takes_all_below_it_along(self):
        ids = grow("A > B > C", "D")
        categories.move_category(categories.find_paths(["A > B"])["A > B"], ids["D"])
        assert words() == ["A", "D", "D > B", "D > B > C"]
        assert_sound()

    def test_nothing_stands_below_itself(self):
        ids = grow("A > B > C")
        a = categories.find_paths(["A"])["A"]
        for target in (a, ids["A > B > C"]):
            with pytest.raises(CategoryBelowItself):
                categories.move_category(a, target)
        with pytest.raises(IntegrityError):
            session.execute(
                text("UPDATE categories SET parent_id = :to WHERE id = :id"), {"id": a, "to": ids["A > B > C"]}
            )

    def test_the_tree_has_a_floor(self):
        deep = " > ".join("ABCDEFGH")
        ids = grow(deep, "X > Y")
        with pytest.raises(TreeTooDeep):
            categories.add_category("I", parent_id=ids[deep])
        with pytest.raises(TreeTooDeep):
            categories.move_category(categories.find_paths(["X"])["X"], ids[deep])
        with pytest.raises(TreeTooDeep):
            grow(deep + " > I")
        seventh = categories.find_paths([" > ".join("ABCDEFG")])
        with pytest.raises(TreeTooDeep):
            categories.move_category(categories.find_paths(["X"])["X"], *seventh.values())

    def test_what_stood_in_a_deleted_category_goes_up(self):
        ids = grow("A > B > C", "A > B > D", "A > E")
        product = make_product().product.id
        b = categories.find_paths(["A > B"])["A > B"]
        categories.set_category([product], b)
        assert categories.count_in(b) == (2, 1)
        categories.delete_category(b)
        assert words() == ["A", "A > E", "A > C", "A > D"]
        assert category_of(product) == categories.find_paths(["A"])["A"]
        assert_sound()
        assert ids["A > B > C"] == categories.find_paths(["A > C"])["A > C"]

    def test_the_products_of_a_deleted_root_are_in_none(self):
        product, root = make_product().product.id, categories.add_category("A").id
        categories.set_category([product], root)
        categories.delete_category(root)
        assert category_of(product) is None

    def test_siblings_stand_in_the_order_they_are_put(self):
        ids = grow("A", "B", "C")
        categories.order_categories(None, [ids["C"], ids["A"], 999_999])
        assert words() == ["C", "A", "B"]

    def test_a_long_walk_of_random_changes_leaves_a_tree(self):
        chance = random.Random(7)
        for turn in range(120):
            known = [branch.id for branch in categories.list_branches()]
            some = [*known, None]
            try:
                match chance.randrange(4):
                    case 0 | 1:
                        categories.add_category(f"T{turn}", parent_id=chance.choice(some))
                    case 2 if known:
                        categories.move_category(chance.choice(known), chance.choice(some))
                    case 3 if len(known) > 12:
                        categories.delete_category(chance.choice(known))
            except StoreError:
                pass
            assert_sound()
        assert len(words()) == len(set(words())) > 12

    def test_a_branch_of_a_thousand_moves_with_a_fixed_number_of_statements(self, count_sql):
        """And back: all paths follow, however wide it is."""
        ids = grow("A > B", "Z")
        session.execute(
            text("INSERT INTO categories (title, handle, parent_id, position) "
                 "SELECT 'C' || n, 'c-' || n, :parent, n FROM generate_series(1, 1000) n"), {"parent": ids["A > B"]}
        )  # fmt: skip
        with count_sql() as statements:
            categories.move_category(ids["A > B"], ids["Z"])
        assert len(statements) <= 9
        assert_sound()
        assert len([path for path in words() if path.startswith("Z > B > C")]) == 1000
        categories.move_category(ids["A > B"], None)
        assert_sound()

    def test_a_path_that_only_begins_alike_is_not_below(self):
        """Category 1 is no parent of 10 to 19: a path ends in a slash."""
        many = grow(*(f"T{number}" for number in range(12)))
        first = many["T0"]
        session.execute(text("SELECT setval(pg_get_serial_sequence('categories', 'id'), :to)"), {"to": first * 10 - 1})
        alike = categories.add_category("Alike").id
        assert str(alike).startswith(str(first))
        below = categories.add_category("Below", parent_id=alike).id
        categories.move_category(first, many["T1"])
        assert_sound()
        assert next(one.path for one in categories.list_branches() if one.id == below) == (alike, below)


def test_two_moves_at_once_never_make_a_circle(committing_app):
    """Each alone is sound: A under B, and B under A."""
    app = committing_app
    with app.app_context(), transaction():
        a, b = categories.add_category("A").id, categories.add_category("B").id
    for _round in range(5):
        gate = threading.Barrier(2)
        refused = []

        def move(what: int, to: int, gate=gate, refused=refused) -> None:
            with app.app_context():
                gate.wait()

                def work() -> None:
                    with transaction():
                        categories.move_category(what, to)

                try:
                    retrying(work)
                except CategoryBelowItself:
                    refused.append(what)

        movers = [threading.Thread(target=move, args=pair) for pair in ((a, b), (b, a))]
        for mover in movers:
            mover.start()
        for mover in movers:
            mover.join(20)
        with app.app_context(), transaction():
            assert len(refused) == 1
            assert_sound()
            for one in (a, b):
                categories.move_category(one, None)
