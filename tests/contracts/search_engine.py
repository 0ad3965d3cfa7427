"""What every search engine must do: another one comes with a test module that runs these, like tests/search/test_engine.py.

The tests make products in the catalogue and hand their ids to the engine; an engine reads them where it likes.
"""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.search.engine import Engine, Synonym
from tests.factories.catalog import make_product


class SearchEngineContract:
    """Inherit, and give the fixture `engine`."""

    def add(self, engine: Engine, handle: str, title: str, **facts: object) -> int:
        product_id = make_product(handle, title=title).product.id
        if facts:
            names = ", ".join(f"{name} = :{name}" for name in facts)
            session.execute(text(f"UPDATE products SET {names} WHERE id = :id"), {**facts, "id": product_id})
            session.commit()
        with transaction():
            engine.index([product_id])
        return product_id

    def found(self, engine: Engine, query: str, **how: object) -> Sequence[int]:
        return engine.search(query, **how).product_ids  # type: ignore[arg-type]

    def test_titles_come_before_other_fields_and_those_before_descriptions(self, engine: Engine) -> None:
        told = self.add(engine, "told", "Bowl", description_html="<p>Good with an owl.</p>")
        tagged = self.add(engine, "tagged", "Plate", tags=["owl"])
        titled = self.add(engine, "titled", "Small owl print on paper")
        assert list(self.found(engine, "owl")) == [titled, tagged, told]

    def test_all_words_must_be_there_unless_nothing_has_them_all(self, engine: Engine) -> None:
        mug = self.add(engine, "mug", "Moth mug")
        self.add(engine, "bowl", "Moth bowl")
        assert list(self.found(engine, "mug moth")) == [mug]
        hits = engine.search("xylophone mug")
        assert (hits.product_ids, hits.some_words) == ((mug,), True)

    @pytest.mark.parametrize(
        ("title", "query"),
        [
            ("Tücher aus Leinen", "tücher"),
            ("Tücher aus Leinen", "TUECHER"),
            ("Tücher aus Leinen", "tucher"),
            ("Mueller Becher", "müller"),
            ("Weiße Tasse", "weisse"),
            ("Crème brûlée", "creme brulee"),
            ("Smørrebrød board", "smorrebrod"),
            ("Smørrebrød board", "smoerrebroed"),
            ("Łódź print", "lodz"),
            ("Ærø chair", "aero"),
            ("Linen T-Shirt", "tshirt"),
            ("Linen Tshirt", "t-shirt"),
            ("Linen Tshirt", "t shirt"),
            ("Candles", "candle"),
            ("Candle", "candles"),
            ("Ночная бабочка", "бабочка"),
            ("ירח מלא", "ירח"),
            ("ＭＯＴＨ wide", "moth"),
        ],
    )
    def test_accents_hyphens_and_endings_make_no_difference(self, engine: Engine, title: str, query: str) -> None:
        product_id = self.add(engine, "one", title)
        hits = engine.search(query)
        assert hits.product_ids == (product_id,)
        assert not hits.corrected

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [("candel", "candle"), ("canlde", "candle"), ("cnadle", "candle"), ("candlle", "candle"), ("mgu", "mug"),
         ("blankett", "blanket"), ("teatowel", "tea towel")],
    )  # fmt: skip
    def test_slips_are_corrected_and_named(self, engine: Engine, typed: str, meant: str) -> None:
        product_id = self.add(engine, "one", f"Night {meant}")
        hits = engine.search(typed)
        assert (hits.product_ids, hits.corrected, hits.searched) == ((product_id,), True, meant)
        assert engine.search(typed, literal=True).product_ids == ()

    def test_a_word_that_only_a_description_says_is_not_corrected(self, engine: Engine) -> None:
        told = self.add(engine, "told", "Bowl", description_html="<p>Made of candela.</p>")
        self.add(engine, "candle", "Candle")
        hits = engine.search("candela")
        assert (hits.product_ids, hits.corrected) == ((told,), False)

    def test_beginnings_find_while_typing(self, engine: Engine) -> None:
        product_id = self.add(engine, "one", "Evening primrose")
        assert list(self.found(engine, "evening pri", unfinished=True)) == [product_id]
        assert engine.suggest("pri", most=4) == ("primrose",)
        assert engine.suggest("evening pri", most=4) == ("evening primrose",)
        assert engine.suggest("p", most=4) == ()

    def test_synonyms_lead_both_ways_or_one(self, engine: Engine) -> None:
        mug, sofa = self.add(engine, "mug", "Mug"), self.add(engine, "cushion", "Cushion")
        both = [Synonym(("tasse", "mug"))]
        assert list(self.found(engine, "Tasse", synonyms=both)) == [mug]
        one = [Synonym(("sofa",), ("cushion",))]
        assert list(self.found(engine, "sofas", synonyms=one)) == [sofa]
        self.add(engine, "sofa", "Sofa")
        assert list(self.found(engine, "cushion", synonyms=one)) == [sofa]

    def test_what_is_forgotten_or_no_longer_on_sale_is_not_found(self, engine: Engine) -> None:
        first, second = self.add(engine, "one", "Owl"), self.add(engine, "two", "Owl")
        with transaction():
            engine.forget([first])
        assert list(self.found(engine, "owl")) == [second]
        session.execute(text("UPDATE products SET status = 'draft' WHERE id = :id"), {"id": second})
        session.commit()
        with transaction():
            engine.index([second])
        assert list(self.found(engine, "owl")) == []
        assert engine.suggest("ow", most=4) == ()

    def test_an_explanation_names_word_way_and_place(self, engine: Engine) -> None:
        product_id = self.add(engine, "one", "Night candle")
        (explained,) = engine.explain("candel", [product_id])
        assert explained.product_id == product_id
        assert explained.score > 0
        assert [(one.typed, one.found, one.how, one.place) for one in explained.matches] == [
            ("candel", "candle", "spelling", "title")
        ]

    @pytest.mark.parametrize("query", ["", " ", "!!!", "'", "\\", "a & b | !c", "x:*", "\u202e", "😀", "a" * 5000])
    def test_whatever_is_typed_is_answered(self, engine: Engine, query: str) -> None:
        assert engine.search(query).product_ids == ()
        assert engine.suggest(query, most=4) == ()
