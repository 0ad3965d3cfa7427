"""What was imported is in the shop at once, with or without its pictures."""

from sqlalchemy import text

from store.core.db import session, transaction
from tests.factories.catalog import forget


def a_little_later() -> None:
    """Let the moment of publication pass: PostgreSQL's `now()` stands still in a test's transaction."""
    with transaction():
        session.execute(text("UPDATE products SET published_at = published_at - interval '1 minute'"))
    forget()


def test_an_imported_product_can_be_seen_before_its_picture_has_arrived(take_in, client):
    row = {"URL handle": "mug", "Title": "Moth mug", "Price": "19.00", "Product image URL": "https://example.com/a.jpg"}
    assert take_in([row]).status == 0
    a_little_later()
    page = client.get("/products/mug")
    assert page.status_code == 200
    assert "Moth mug" in page.text
    assert "€19.00" in page.text
    assert "https://example.com" not in page.text
    assert "Moth mug" in client.get("/collections/all").text


def test_a_draft_and_an_unpublished_product_are_not_shown(take_in, client):
    row = {"URL handle": "mug", "Title": "Mug", "Price": "19.00"}
    take_in(
        [{**row, "Status": "draft"}, {**row, "URL handle": "cup", "Published on online store": "false", "Status": ""}]
    )
    a_little_later()
    assert client.get("/products/mug").status_code == 404
    assert client.get("/products/cup").status_code == 404
