"""Files of other programs, described by a mapping; the real ones go in and out again."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from store.catalog.drafts import PriceDraft
from store.catalog.models import Category, Product, Variant
from store.core.db import session
from store.importer import mappings, run
from store.importer.errors import UnusableFile
from store.importer.exporting import export_products

DATA = Path(__file__).resolve().parents[3] / "shared/data"
real = pytest.mark.skipif(not DATA.exists(), reason="the real files are not beside this project (../shared/data)")


def count(what) -> int:
    return session.execute(select(func.count()).select_from(what)).scalar_one()


def take(path: Path, mapping: str | None = None) -> list[str]:
    lines: list[str] = []
    status = run(path, dry_run=False, echo=lines.append, mapping=mapping)
    session.expire_all()
    assert status == 0, "\n".join(line for line in lines if "refused" in line)[:2000]
    return lines


@real
def test_spree_products_go_in_with_two_currencies_and_come_out_the_same(shop, product, tmp_path):
    file = DATA / "spree-format/products.csv"
    take(file, "spree")
    assert count(Product) == 37
    assert count(Variant) >= 87
    machine = product("automatic-espresso-machine")
    assert machine.options[0].name == "Color"
    assert machine.variants[0].values == ("Matte Black",)
    assert machine.variants[0].prices == {"USD": PriceDraft(87999), "EUR": PriceDraft(81999)}
    assert machine.variants[0].weight_grams == 8981
    assert machine.fields["custom.wattage"] == ("1400W",)
    leaf = session.get(Category, machine.category_id)
    assert (leaf.title, session.get(Category, leaf.parent_id).title) == ("Coffee Machines", "Kitchen")
    assert "211 unchanged" in take(file, "spree")[-1]
    first = b"".join(export_products(base_url="https://shop.example"))
    out = tmp_path / "out.csv"
    out.write_bytes(first)
    take(out)
    assert b"".join(export_products(base_url="https://shop.example")) == first


@real
@pytest.mark.parametrize(("name", "rows"), [("essential", 82), ("hacking", 33), ("computers-in-fiction", 86)])
def test_books_without_a_header_row_go_in_and_come_out_the_same(shop, tmp_path, name, rows):
    file = DATA / f"oscar-books/{name}.csv"
    lines: list[str] = []
    run(file, dry_run=False, echo=lines.append, mapping="oscar-books")
    session.expire_all()
    refused = [line for line in lines if "refused" in line and line.startswith("row")]
    assert count(Product) + len(refused) == rows, lines[-3:]
    assert len(refused) <= 2
    assert count(Category) >= 2
    first = b"".join(export_products(base_url="https://shop.example"))
    out = tmp_path / "out.csv"
    out.write_bytes(first)
    take(out)
    assert b"".join(export_products(base_url="https://shop.example")) == first


def test_a_mapping_of_ones_own_takes_constants_templates_and_values(shop, product, tmp_path):
    (tmp_path / "own.toml").write_text(
        """
        delimiter = ";"
        encoding = "latin-1"
        [fields]
        "URL handle" = { template = "{Art} {Nr}" }
        "Title" = "Bezeichnung"
        "Vendor" = { value = "Nachtfalter" }
        "Tags" = { column = "Stichworte", split = "|", join = ", " }
        "Status" = { column = "Aktiv", values = { ja = "active", nein = "draft" }, default = "draft" }
        "Price" = "Preis"
        "Weight value (grams)" = { column = "Gewicht", weight_unit = "Einheit" }
        """
    )
    file = tmp_path / "waren.csv"
    file.write_bytes(
        "Art;Nr;Bezeichnung;Stichworte;Aktiv;Preis;Gewicht;Einheit\nTasse;7;Große Tasse;a|b;ja;19.00;1.5;kg\n".encode(
            "latin-1"
        )
    )
    take(file, str(tmp_path / "own.toml"))
    draft = product("tasse-7")
    assert (draft.title, draft.vendor, draft.tags, draft.status) == ("Große Tasse", "Nachtfalter", ("a", "b"), "active")
    assert draft.variants[0].weight_grams == 1500


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("fields", "not TOML"),
        ("[fields]\n", "no [fields]"),
        ('colour = 1\n[fields]\n"Title" = "a"\n', "colour"),
        ('[fields]\n"Title" = { kolumne = "a" }\n', "can't be understood"),
        ('delimiter = ";;"\n[fields]\n"Title" = "a"\n', "one character"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_in_words(mapping, words):
    with pytest.raises(UnusableFile) as refusal:
        mappings.parse(mapping)
    assert words in str(refusal.value)


def test_columns_that_are_not_there_are_named(shop, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x,y\n1,2\n")
    (tmp_path / "m.toml").write_text('[fields]\n"Title" = "z"\n')
    lines: list[str] = []
    assert run(file, dry_run=False, echo=lines.append, mapping=str(tmp_path / "m.toml")) == 2
    assert "“z”" in lines[0]
