"""The first screen, unfinished work, the journal, and that all of it speaks through gettext."""

import re

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.core.i18n import PSEUDO_LOCALE
from store.core.queue import enqueue
from store.orders import services as orders
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_collection, make_product
from tests.factories.orders import make_pending_order
from tests.factories.shop import forget


@pytest.fixture
def busy(shop):
    """One of everything that can wait for somebody."""
    mug = make_product("mug", title="Moth mug", stock=6)
    make_product(title="Gone", stock=0)
    order = money.make_paid_order(mug)
    with transaction():
        make_pending_order(mug)
        orders.flag(order.id, "Please check the address.")
    money.run_jobs(only="notifications.send")
    with transaction():
        enqueue("media.fetch", image_id=1, attempt=1)
    session.execute(text("UPDATE messages SET status = 'failed', error = 'mailbox full'"))
    session.execute(
        text("UPDATE outbox SET parked_at = now(), attempts = 12, last_error = 'boom' WHERE task = 'media.fetch'")
    )
    session.commit()
    return order


def figures(page):
    """Each figure of the first screen by its label, with where it leads."""
    found = re.findall(
        r'<a class="desk-figure[^"]*" href="([^"]+)"><span class="desk-figure__number">([^<]*)</span>'
        r'<span class="desk-figure__label">([^<]*)</span>',
        page,
    )
    return {label: (number, href.replace("&amp;", "&")) for href, number, label in found}


def test_today_counts_what_waits_and_each_figure_leads_there(desk, busy):
    shown = figures(desk.get("/admin/").get_data(as_text=True))
    assert {label: number for label, (number, _href) in shown.items()} == {
        "to ship": "1",
        "need attention": "1",
        "refunds to settle": "0",
        "awaiting payment": "1",
        "today": "€23.90",
        "last 7 days": "€23.90",
        "the 7 days before": "€0.00",
        "variants run low": "1",
        "variants sold out": "1",
        "mails failed": "1",
        "jobs given up": "1",
    }
    assert [href for _number, href in shown.values() if desk.get(href).status_code != 200] == []


def test_a_quiet_day_says_so(desk):
    page = desk.get("/admin/").get_data(as_text=True)
    assert "Nothing waits for you." in page
    assert "No sales in the last two weeks." in page


def test_sales_are_for_those_who_may_see_them(desk_of, busy):
    page = desk_of("fulfilment").get("/admin/").get_data(as_text=True)
    assert "€23.90" not in page
    assert "to ship" in page


def test_a_job_that_was_given_up_is_started_again(desk, busy, journal):
    assert "boom" in desk.get("/admin/follow-up/?kind=jobs").get_data(as_text=True)
    outbox_id = one("SELECT id FROM outbox WHERE parked_at IS NOT NULL")[0]
    assert desk.send(f"/admin/follow-up/jobs/{outbox_id}/attempts").status_code == 303
    assert tuple(one("SELECT parked_at, attempts FROM outbox WHERE id = :id", id=outbox_id)) == (None, 0)
    assert journal() == [("retry", "outbox", str(outbox_id))]


def test_the_journal_tells_who_did_what_and_can_not_be_rewritten(desk, busy):
    desk.send(f"/admin/orders/{busy.id}/notes", {"text": "<i>hello</i>"})
    page = desk.get("/admin/journal/").get_data(as_text=True)
    assert desk.person.name in page
    assert "&lt;i&gt;hello&lt;/i&gt;" in page
    assert desk.get(f"/admin/journal/?staff={desk.person.id}").get_data(as_text=True).count("desk-journal__row") == 1
    assert "Nothing was changed by hand yet." in desk.get("/admin/journal/?staff=99999").get_data(as_text=True)
    with pytest.raises(Exception, match="append-only"):
        session.execute(text("DELETE FROM staff_actions"))
    session.rollback()


@pytest.mark.parametrize("query", ["staff=x", "staff=-1", f"staff={'9' * 40}", "staff=%00"])
def test_a_journal_of_nobody_is_no_error(desk, query):
    assert desk.get(f"/admin/journal/?{query}").status_code in (200, 400)


def words_outside_brackets(page):
    """The texts of a page that did not go through gettext."""
    body = page.partition("<body")[2]
    body = re.sub(r"<(script|style|svg|time|textarea)\b.*?</\1>", "", body, flags=re.DOTALL)
    body = re.sub(r"⟦[^⟧]*⟧", "", body)
    texts = re.findall(r">([^<]+)<", body) + re.findall(r'(?:aria-label|placeholder|alt)="([^"]+)"', body)
    return [word.strip() for word in texts if re.search(r"[A-Za-z]{3,}", word)]


# What the shop, its staff and its customers wrote themselves.
OWN = re.compile(
    r"Test Shop|Owner \d+|owner-|Ana Gruber|ana@|Lindengasse|Wien|Moth mug|Gone|SKU-|Standard|Express|[Kk]itchen|AT\b|"
    r"tb_|/products/|EUR|Main stock|boom|media\.fetch|Please check the address|mailbox|Austria|staff:|opening stock|Receipt|test\b"
)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/orders/?state=all",
        "/admin/orders/{order}",
        "/admin/orders/{order}/cancellation",
        "/admin/orders/{order}/refund",
        "/admin/follow-up/?kind=mails",
        "/admin/follow-up/?kind=jobs",
        "/admin/products/",
        "/admin/products/{product}",
        "/admin/products/new",
        "/admin/collections/",
        "/admin/collections/{collection}",
        "/admin/collections/{collection}/deletion",
        "/admin/stock/",
        "/admin/stock/{level}",
        "/admin/delivery/new",
        "/admin/pages/new",
        "/admin/markets/",
        "/admin/staff/",
        "/admin/staff/new",
        "/admin/journal/",
        "/admin/orders/99999",
    ],
)
def test_every_word_goes_through_gettext(desk, busy, path):
    ids = {
        "order": busy.id,
        "product": one("SELECT min(id) FROM products")[0],
        "collection": make_collection("kitchen").id,
        "level": one("SELECT min(id) FROM stock_levels")[0],
    }
    session.execute(text("UPDATE markets SET locale = :locale"), {"locale": PSEUDO_LOCALE})
    session.commit()
    forget()
    page = desk.get(path.format(**ids)).get_data(as_text=True)
    assert "⟦" in page
    assert [word for word in words_outside_brackets(page) if not OWN.search(word)] == []
