"""What mails say, in which language, and what hostile words in them can do."""

import re
from html import unescape

import pytest

from store.core.db import transaction
from store.core.i18n import PSEUDO_LOCALE
from store.core.money import Money
from store.notifications import emails
from store.orders import services as orders
from store.orders.models import Fulfilment
from store.orders.tracking import tracking_url
from tests.factories.shop import make_market

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}{% raw %}&<b>"


def write(kind: str, order) -> emails.Email:
    with transaction():
        parcel = Fulfilment(
            order_id=order.id, carrier="DHL", tracking_number="123", status="shipped", shipped_at=order.created_at
        )
        return emails.write(
            kind,
            order,
            fulfilment=parcel if kind == "shipped" else None,
            refunded=Money(1000, "EUR") if kind == "refunded" else None,
        )


@pytest.mark.parametrize("kind", emails.KINDS)
def test_every_mail_has_a_subject_html_and_a_text_twin(order, kind):
    email = write(kind, order)
    assert email.subject
    assert email.html.lstrip().startswith("<!doctype html>")
    assert '<html lang="en"' in email.html
    assert "<" not in email.text.replace("<http", "")
    assert "\n\n\n" not in email.text
    for body in (email.html, email.text):
        assert "Moth mug" in body
        assert "Test Shop" in body
        assert "None" not in body


@pytest.mark.parametrize("kind", emails.KINDS)
def test_no_script_no_form_and_nothing_loaded_from_elsewhere(order, kind):
    html = write(kind, order).html
    assert not re.search(r"<(script|form|iframe|link|object|input)\b", html)
    assert "@import" not in html
    for source in re.findall(r'src="([^"]+)"', html):
        assert source.startswith(emails._base_url)


@pytest.mark.parametrize("kind", emails.KINDS)
def test_links_lead_to_the_shops_own_address_in_the_orders_market(order, change, kind):
    with transaction():
        make_market("de-de")
    change(market="de-de")
    email = write(kind, order)
    links = set(re.findall(r'href="(https?://[^"]+)"', email.html))
    assert links
    for link in links:
        assert link.startswith((f"{emails._base_url}/de-de", "https://www.dhl.com/"))


@pytest.mark.parametrize("kind", emails.KINDS)
def test_hostile_words_are_shown_and_do_nothing(order, change, kind):
    change(shipping_address={**order.shipping_address, "name": HOSTILE, "city": HOSTILE}, shipping_label=HOSTILE)
    with transaction():
        order.lines[0].title = HOSTILE
    email = write(kind, order)
    assert "<script" not in email.html
    assert "<b>" not in email.html
    assert "{{7*7}}" in email.html
    assert "&lt;script&gt;" in email.html
    assert HOSTILE in email.text


@pytest.mark.parametrize("kind", emails.KINDS)
def test_no_sentence_bypasses_translation(order, change, kind):
    change(locale=PSEUDO_LOCALE)
    email = write(kind, order)
    assert email.subject.startswith("⟦")
    body = re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->", "", email.html, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", "\n", body))
    known = ("Test Shop", "Moth mug", "Ana Gruber", "Lindengasse 4", "Wien", "Austria", "Standard", "DHL", "123")
    for source in (text, re.sub(r"https?://\S+", "", email.text)):
        bare = re.sub(r"⟦[^⟧]*⟧", "", source)
        for word in (*known, "shop@example.com", *re.findall(r"€\S+", bare)):
            bare = bare.replace(word, "")
        assert re.findall(r"[A-Za-z]{2,}", bare.replace(f"{order.created_at:%B}", "")) == []


@pytest.mark.parametrize(
    ("carrier", "url"),
    [
        ("DHL", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=A%2F1%26x"),
        ("Österreichische Post", "https://www.post.at/sv/sendungsdetails?snr=A%2F1%26x"),
        ("dpd austria", "https://tracking.dpd.de/status/en_US/parcel/A%2F1%26x"),
        ("Royal  Mail", "https://www.royalmail.com/track-your-item#/tracking-results/A%2F1%26x"),
        ("Cousin Max", None),
    ],
)
def test_carriers_we_know_have_a_page_to_follow_a_parcel_on(carrier, url):
    assert tracking_url(carrier, "A/1&x") == url
    assert tracking_url(carrier, " ") is None


def test_a_cancelled_order_that_was_never_paid_promises_no_money(order):
    from tests.factories.orders import make_pending_order

    with transaction():
        pending = make_pending_order()
        orders.mark_cancelled(pending.id, actor="staff", reason="asked", restock=True)
    assert "What you paid" not in write("cancelled", pending).text
