from store.core.db import session as database
from store.core.db import transaction
from store.shop import queries
from store.web import filters, markets, urls
from tests.web.conftest import make_probe_app


def test_a_market_prefix_moves_to_the_root_of_every_link(stored):
    assert stored.get("/probe/peer").json["root"] == ""
    assert stored.get("/de-at/probe/peer").json["root"] == "/de-at"


def test_pages_speak_the_language_of_their_market(stored):
    assert 'lang="en"' in stored.get("/probe/personal").text
    assert 'lang="de-AT"' in stored.get("/de-at/probe/personal").text
    assert 'lang="en"' in stored.get("/probe/personal").text


def test_an_unknown_prefix_is_an_unknown_page(stored):
    for path in ("/fr/probe/peer", "/de-ch/probe/peer", "/DE-AT/probe/peer", "/de-at/de-at/probe/peer"):
        assert stored.get(path).status_code == 404


def test_places_that_exist_once_have_no_prefix(stored):
    for path in ("/de-at/admin/probe/", "/de-at/healthz", "/de-at/static/css/core-000000000000.css", "/de-at/csp"):
        assert stored.get(path).status_code == 404


def test_the_bare_prefix_leads_to_the_market_s_home(stored):
    response = stored.get("/de-at?utm_source=x")
    assert (response.status_code, response.headers["Location"]) == (308, "/de-at/?utm_source=x")
    assert "Content-Security-Policy" in response.headers


def test_links_in_mail_carry_the_market(stored_app):
    with stored_app.app_context():
        assert urls.external("/orders/x", market="at").endswith("/de-at/orders/x")
        assert urls.external("/orders/x", market="main").endswith("8000/orders/x")
        assert urls.external("/orders/x", market="gone").endswith("8000/orders/x")


def test_no_request_asks_for_shop_and_market_while_they_are_fresh(stored, statements):
    stored.get("/de-at/probe/personal")
    statements.clear()
    for _ in range(5):
        stored.get("/de-at/probe/personal")
        stored.get("/probe/public")
    assert statements == []


def test_when_the_database_falls_silent_the_last_known_shop_serves_on(stored_app, stored, monkeypatch):
    assert stored.get("/de-at/probe/peer").status_code == 200

    def silent():
        from sqlalchemy.exc import OperationalError

        raise OperationalError("SELECT 1", {}, Exception("down"))

    queries.forget()
    monkeypatch.setattr(queries, "get_shop", silent)
    assert stored.get("/de-at/probe/peer").json["root"] == "/de-at"
    with stored_app.app_context():
        assert markets.current_shop().name == "Test shop"


def test_before_the_first_seed_pages_say_so_and_health_answers(stored_app, stored):
    from sqlalchemy import text

    with stored_app.app_context(), transaction():
        database.execute(text("DELETE FROM shops"))
    markets.forget()
    assert stored.get("/healthz").status_code == 200
    assert stored.get("/probe/public").status_code == 200
    assert "<h1>" in stored.get("/nowhere").text


def test_times_are_told_on_the_shop_s_clock(stored_app):
    from datetime import UTC, datetime

    midnight_in_berlin = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    with stored_app.test_request_context("/"):
        assert filters.date(midnight_in_berlin) == "Nov 21, 2026"
        assert filters.date_and_time(midnight_in_berlin, "short").startswith("11/21/26, 12:30")


def test_amounts_are_written_for_the_reader(stored_app):
    from store.core.i18n import use_locale
    from store.core.money import Money

    with stored_app.test_request_context("/"):
        assert filters.money(Money(123456, "EUR")) == "€1,234.56"
        with use_locale("de-AT"):
            assert "1.234,56" in filters.money(123456, "EUR").replace("\xa0", ".").replace("€.1", "1")
        with use_locale("en-XA"):
            assert filters.money(100, "EUR") == "€1.00"


def test_without_any_database_the_start_succeeds():
    assert make_probe_app().test_client().get("/healthz").status_code == 200
