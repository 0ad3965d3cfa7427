"""The mailbox in Chromium: a mail is shown as it is, and what is hostile in it stays asleep."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.live]

PREPARE = """
    INSERT INTO shops (id, name, email, currency, prices_include_tax, country, time_zone, locale, tagline, created_at)
    VALUES (1, 'Test Shop', 'shop@example.com', 'EUR', true, 'AT', 'Europe/Vienna', 'en', '', now());
    INSERT INTO markets (code, name, prefix, currency, locale, countries, is_default)
    VALUES ('at', 'Austria', '', 'EUR', 'en', '{AT}', true);
"""
WRITE = """
    INSERT INTO messages (dedupe_key, kind, subject_ref, recipient, subject, html, text, locale, created_at)
    VALUES ('k', 'receipt', 'order:1', 'ana@example.com', 'Your order 1001', %s, 'In plain words', 'en', now())
"""
HTML = """<!doctype html><html><head><style>h1 { color: rgb(1, 2, 3) }</style></head><body style="margin:9px">
<h1>Thank you, Ana</h1><script>parent.document.title = "taken over"</script>
<img src="https://tracker.example/pixel.gif" alt=""><a href="/">shop</a></body></html>"""


def test_a_mail_is_shown_and_what_is_hostile_in_it_stays_asleep(live_shop, page, complaints):
    complaints.expect(r"Blocked script execution")
    complaints.expect(r"tracker\.example")
    shop = live_shop()
    for statement in filter(str.strip, PREPARE.split(";")):
        shop.query(statement)
    shop.query(WRITE, HTML)
    page.goto(f"{shop.url}/-/mailbox")
    page.get_by_role("link", name="Your order 1001").click()
    title = page.frame_locator("iframe").get_by_role("heading", name="Thank you, Ana")
    title.wait_for()
    assert title.evaluate("heading => getComputedStyle(heading).color") == "rgb(1, 2, 3)"
    assert page.title() == "Mailbox – Test Shop"
    page.get_by_role("link", name="As text").click()
    page.get_by_text("In plain words").wait_for()
    assert page.locator("iframe").count() == 0
