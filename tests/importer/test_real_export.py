"""A real shop's export, older header generation, goes in whole."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from store.catalog.drafts import PriceDraft
from store.catalog.models import Product, Variant
from store.core.db import session
from store.core.outbox import Outbox
from store.importer import run
from store.importer.exporting import CURRENT, LEGACY, export_products
from store.inventory.models import StockMovement
from store.media.models import Image

FILE = Path(__file__).resolve().parents[3] / "shared/data/shopify-format/packt-home-goods.csv"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the real export is not beside this project (../shared/data)")


def count(what) -> int:
    return session.execute(select(func.count()).select_from(what)).scalar_one()


def test_the_whole_export_goes_in_and_a_second_time_changes_nothing(shop, product):
    lines: list[str] = []
    assert run(FILE, dry_run=False, echo=lines.append) == 0
    assert (count(Product), count(Variant), count(Image)) == (20, 21, 21)
    gloves = product("gardening-gloves")
    assert [variant.values for variant in gloves.variants] == [("Green",), ("Yellow",)]
    assert product("floor-lamp").variants[0].prices == {"EUR": PriceDraft(6999, 8500)}
    assert "<script" not in product("black-armchairs").description_html
    assert count(StockMovement) == 19
    jobs = session.execute(select(Outbox.task, func.count()).group_by(Outbox.task)).all()
    assert [tuple(job) for job in jobs] == [("media.fetch", 21)]
    again: list[str] = []
    assert run(FILE, dry_run=False, echo=again.append) == 0
    assert "Rows: 0 create, 0 update, 21 unchanged, 0 refused." in again[0]


@pytest.mark.parametrize("generation", [LEGACY, CURRENT])
def test_what_comes_out_of_it_goes_in_again_and_comes_out_the_same(shop, tmp_path, generation):
    assert run(FILE, dry_run=False, echo=lambda _line: None) == 0
    session.expire_all()
    first = b"".join(export_products(generation=generation, base_url="https://shop.example"))
    assert first.count(b"gardening-gloves") >= 2
    out = tmp_path / "out.csv"
    out.write_bytes(first)
    lines: list[str] = []
    assert run(out, dry_run=False, echo=lines.append) == 0
    assert "0 create, 0 update" in lines[-1] or "0 create, 0 update" in lines[0], lines[-3:]
    session.expire_all()
    assert b"".join(export_products(generation=generation, base_url="https://shop.example")) == first
