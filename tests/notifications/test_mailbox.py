"""The mailbox of a shop in development."""

import pytest

from store.core.db import session, transaction
from store.notifications import handlers
from store.notifications.models import Message
from store.orders.events import OrderPlaced


@pytest.fixture
def message(order) -> Message:
    """A receipt that waits to be sent."""
    handlers.send_receipt(OrderPlaced(order.id))
    return session.query(Message).one()


def test_it_lists_the_mails_and_shows_one(client, order, message):
    page = client.get("/-/mailbox")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert message.subject in page.text
    page = client.get(f"/-/mailbox/{message.id}")
    assert f'src="/-/mailbox/{message.id}/html"' in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "allow-scripts" not in page.text
    assert "allow-same-origin" not in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    page = client.get(f"/-/mailbox/{message.id}?view=text")
    assert "Lindengasse 4" in page.text
    assert "<iframe" not in page.text


def test_an_empty_mailbox_says_how_to_fill_it(client, order):
    assert "Buy something" in client.get("/-/mailbox").text


def test_a_mail_in_its_frame_can_do_nothing(client, order, message):
    with transaction():
        message.html = message.html.replace("</body>", "<script>alert(1)</script></body>")
    answer = client.get(f"/-/mailbox/{message.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert '<base target="_blank">' in answer.text


def test_in_production_there_is_no_mailbox(client, order, message, app, monkeypatch):
    monkeypatch.setitem(app.config, "IS_PRODUCTION", True)
    for path in ("", f"/{message.id}", f"/{message.id}/html"):
        assert client.get(f"/-/mailbox{path}").status_code == 404


def test_an_unknown_mail_is_not_found(client, order):
    assert client.get("/-/mailbox/999999999").status_code == 404
    assert client.get("/-/mailbox/99999999999999999999").status_code in (400, 404)
