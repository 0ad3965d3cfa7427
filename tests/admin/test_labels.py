"""Tags, brands and types at the desk: seen, renamed and taken off everywhere by a job."""

import pytest
from sqlalchemy import text

from store.catalog import labels
from store.core.db import session
from tests.admin.conftest import one
from tests.factories.catalog import make_product


@pytest.fixture
def tagged() -> int:
    product = make_product(title="Tee").product.id
    session.execute(
        text(
            "UPDATE products SET tags = '{summer,<b>linen</b>}', vendor = 'Loom', product_type = 'Tee' WHERE id = :id"
        ),
        {"id": product},
    )
    return product


def test_what_is_in_use_is_listed_by_kind_and_found(desk, tagged):
    page = desk.get("/admin/labels/").get_data(as_text=True)
    assert "summer" in page
    assert "&lt;b&gt;linen&lt;/b&gt;" in page
    assert "Loom" in desk.get("/admin/labels/?kind=vendor").get_data(as_text=True)
    assert "Nothing matches." in desk.get("/admin/labels/?kind=type&q=hat").get_data(as_text=True)
    assert desk.get("/admin/labels/?kind=nothing").status_code == 200


def test_a_word_is_renamed_everywhere_by_a_job(desk, tagged, journal):
    answer = desk.send(
        "/admin/labels/renaming", {"kind": "tag", "old": "summer", "new": " high  summer ", "do": "rename"}
    )
    assert answer.status_code == 303
    payload = one("SELECT payload FROM outbox WHERE task = 'catalog.rename_label'").payload
    assert payload == {"kind": "tag", "old": "summer", "new": "high summer"}
    labels.rename(**payload)
    assert one("SELECT tags FROM products").tags == ["high summer", "<b>linen</b>"]
    assert journal() == [("rename", "tag", "summer")]


def test_a_word_is_taken_off_by_its_own_button_and_not_by_an_empty_name(desk, tagged):
    sent = {"kind": "vendor", "old": "Loom", "new": ""}
    refused = desk.send("/admin/labels/renaming", {**sent, "do": "rename"})
    assert refused.status_code == 422
    assert "Enter a name" in refused.get_data(as_text=True)
    assert desk.send("/admin/labels/renaming", {**sent, "do": "remove"}).status_code == 303
    assert one("SELECT payload FROM outbox").payload == {"kind": "vendor", "old": "Loom", "new": ""}


@pytest.mark.parametrize(("kind", "new"), [("tag", "a, b"), ("tag", "x" * 300), ("colour", "Moss")])
def test_a_word_that_can_not_be_is_refused(desk, tagged, kind, new):
    sent = {"kind": kind, "old": "summer", "new": new, "do": "rename"}
    assert desk.send("/admin/labels/renaming", sent).status_code == 422
    assert session.execute(text("SELECT count(*) FROM outbox")).scalar() == 0


def test_only_roles_that_edit_products_may(desk_of, tagged):
    reader = desk_of("support")
    assert "Rename" not in reader.get("/admin/labels/?old=summer").get_data(as_text=True)
    assert reader.send("/admin/labels/renaming", {"kind": "tag", "old": "summer", "new": "x"}).status_code == 403
