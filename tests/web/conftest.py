"""A small application with one route of each kind, built by the shop's own steps."""

from typing import Any

import psycopg
import pytest
from flask import Blueprint, Flask, g, make_response, request, session
from sqlalchemy import text

from store.app import create_app
from store.core.db import db, transaction
from store.core.db import session as database
from store.core.errors import Conflict, Unavailable
from store.core.settings import Settings
from store.web import cookies, hypermedia, markets, sessions
from store.web.limits import limit
from store.web.policy import machine, personal, public, secret

# Nothing listens there: these tests show what works without a database.
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"

SECRET = "kept-for-tests-0123456789-abcdefghij"

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def settings_for_tests(**changes):
    values = {"database_url": NO_DATABASE, "store_env": "development", "redis_url": "", "secret_key": SECRET}
    return Settings(**(values | changes))


def probe_routes() -> Blueprint:
    probe = Blueprint("probe", __name__, url_prefix="/probe")

    @probe.get("/public")
    @public(max_age=30)
    def show_public():
        return "the same for everyone: " + ",".join(request.cookies)

    @probe.get("/public/session")
    @public()
    def touch_session():
        return str(session.get("name"))

    @probe.get("/public/cookie")
    @public()
    def set_cookie():
        response = make_response("crumbs")
        response.set_cookie("tracker", "1")
        return response

    @probe.get("/public/moved")
    @public()
    def moved():
        return hypermedia.redirect_after("/probe/public")

    @probe.get("/personal")
    @personal
    def show_personal():
        return hypermedia.render("errors/bare.html", fragment="errors/_problem.html", **FACTS)

    @probe.post("/personal")
    @personal
    def post_personal():
        hypermedia.trigger("cart:refresh")
        return f"posted {len(request.form)}"

    @probe.post("/redirect")
    @personal
    def post_and_go():
        return hypermedia.redirect_after("/probe/personal")

    @probe.post("/conflict")
    @personal
    def conflict():
        raise Conflict("Only two are left.", left=2)

    @probe.get("/unavailable")
    @personal
    def unavailable():
        raise Unavailable("The carrier does not answer.")

    @probe.get("/bug")
    @personal
    def bug():
        raise ZeroDivisionError

    @probe.get("/items/<int:number>")
    @personal
    def show_item(number):
        return f"item {number}"

    @probe.get("/secret")
    @secret
    def show_secret():
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    @probe.get("/secret/read")
    @secret
    def read_secret():
        return str(session.get("visits"))

    @probe.get("/secret/untouched")
    @secret
    def leave_secret():
        return "nothing read"

    @probe.get("/secret/token")
    @secret
    def show_token():
        from flask_wtf.csrf import generate_csrf

        return generate_csrf()

    @probe.post("/secret")
    @secret
    def post_secret():
        return "written"

    @probe.post("/secret/forget")
    @secret
    def forget_secret():
        sessions.current().clear()
        return "forgotten"

    @probe.post("/secret/renew")
    @secret
    def renew_secret():
        sessions.current().renew()
        return "renewed"

    @probe.post("/webhook")
    @machine
    def webhook():
        return str(len(request.get_data()))

    @probe.get("/webhook/broken")
    @machine
    def broken_webhook():
        raise Conflict("already there")

    @probe.get("/limited")
    @personal
    @limit("3 per minute")
    def limited():
        return "fine"

    @probe.get("/cookie")
    @personal
    def cookie():
        response = make_response(cookies.read("basket") or "none")
        cookies.write(response, "basket", "token", max_age=60)
        cookies.write(response, "has_cart", "1", max_age=60, readable=True)
        return response

    @probe.get("/peer")
    @personal
    def peer():
        return {
            "peer": request.remote_addr,
            "scheme": request.scheme,
            "host": request.host,
            "root": request.script_root,
        }

    @probe.get("/kind")
    @personal
    def kind():
        return g.policy.kind

    return probe


FACTS: dict[str, Any] = {
    "shop_name": "Test shop",
    "status": 200,
    "title": "A page",
    "message": "with words",
    "request_id": "none",
}


def admin_probe_routes() -> Blueprint:
    probe = Blueprint("admin_probe", __name__, url_prefix="/admin/probe")

    @probe.get("/")
    @secret
    def show():
        return str(sessions.current().staff_id)

    @probe.get("/token")
    @secret
    def show_token():
        from flask_wtf.csrf import generate_csrf

        return generate_csrf()

    @probe.post("/login")
    @secret
    def log_in():
        sessions.sign_in(7)
        return "in"

    @probe.post("/logout")
    @secret
    def log_out():
        sessions.sign_out()
        return "out"

    return probe


def make_probe_app(**changes) -> Flask:
    def load(app: Flask) -> None:
        app.register_blueprint(probe_routes())
        app.register_blueprint(admin_probe_routes())

    return create_app(settings_for_tests(**changes), load=load)


@pytest.fixture(scope="module")
def probe_app():
    return make_probe_app()


@pytest.fixture
def probe(probe_app):
    return probe_app.test_client()


@pytest.fixture(scope="session")
def web_database(cluster, worker_name):
    """A migrated database for these tests alone: they rename tables and remove the shop."""
    return cluster.clone(f"web_{worker_name}")


@pytest.fixture
def stored_app(web_database):
    """The probe application on a real, migrated database with one shop and two markets."""
    markets.forget()
    app = make_probe_app(database_url=web_database)
    with app.app_context(), transaction():
        for table in ("web_sessions", "markets", "shops"):
            database.execute(text(f"DELETE FROM {table}"))
        database.execute(
            text(
                "INSERT INTO shops (id, name, email, currency, prices_include_tax, country, time_zone, locale, created_at)"
                " OVERRIDING SYSTEM VALUE"
                " VALUES (1, 'Test shop', 'hello@shop.example', 'EUR', true, 'DE', 'Europe/Berlin', 'en', now())"
            )
        )
        database.execute(
            text(
                "INSERT INTO markets (code, name, prefix, currency, locale, countries, is_default) VALUES"
                " ('main', 'Europe', '', 'EUR', 'en', '{}', true), ('at', 'Austria', 'de-at', 'EUR', 'de-AT', '{AT}', false)"
            )
        )
    yield app
    with app.app_context():
        db.engine.dispose()
    markets.forget()


@pytest.fixture
def another_app(web_database):
    """Makes further applications on the same database, as other processes would."""
    made: list[Flask] = []

    def make(**changes):
        made.append(make_probe_app(database_url=web_database, **changes))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def stored(stored_app):
    return stored_app.test_client()


@pytest.fixture
def statements(stored_app, monkeypatch):
    """Collects the SQL that is sent, by whichever way it goes, without the driver's own housekeeping."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def note(cursor, statement, *arguments, **options):
        sent.append(" ".join(statement.split()))
        return execute(cursor, statement, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    return sent
