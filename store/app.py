"""Makes the application: a list of steps, each owned by one module."""

from collections.abc import Callable

from flask import Flask

from store import domains
from store.core import db, faults, log, queue
from store.core.settings import PROJECT_ROOT, Settings
from store.web import (
    assets,
    cookies,
    csrf,
    errors,
    filters,
    fragments,
    guards,
    health,
    hypermedia,
    i18n,
    layers,
    limits,
    policy,
    sessions,
)
from store.web.security import BadSettings, secret_key

__all__ = ["BadSettings", "create_app"]


def create_app(settings: Settings | None = None, *, load: Callable[[Flask], None] = domains.load) -> Flask:
    """Return the application; raises `BadSettings`, and `RuntimeError` for a route without a policy.

    `load` registers what stands on the platform: all domains, unless a test brings routes of its own.
    """
    settings = settings or Settings.from_env()
    app = Flask("store", template_folder=str(PROJECT_ROOT / "templates"), static_folder=None)
    configure(app, settings)
    connect_database(app, settings)
    prepare_requests(app, settings)
    prepare_pages(app, settings)
    errors.init_app(app)
    app.register_blueprint(health.blueprint)
    load(app)
    policy.check_routes(app)
    layers.wrap(app, settings)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Put the settings where Flask and its extensions look for them; refuses unsafe ones."""
    app.secret_key = secret_key(settings)
    app.config.update(
        IS_PRODUCTION=settings.is_production,
        BASE_URL=settings.base_url,
        REDIS_URL=settings.redis_url,
        EDGE_IS_PURGED=settings.has_edge,
        MAX_CONTENT_LENGTH=guards.MAX_BODY_BYTES,
        TEMPLATES_AUTO_RELOAD=not settings.is_production,
    )
    app.extensions["store.settings"] = settings
    app.json.sort_keys = False  # type: ignore[attr-defined]
    log.configure(settings)
    faults.configure(settings)
    queue.configure(lease_seconds=settings.outbox_lease_seconds)


def connect_database(app: Flask, settings: Settings) -> None:
    """Bind the session to `DATABASE_URL`; no connection is made before somebody asks something."""
    if not settings.database_url:
        raise BadSettings("DATABASE_URL is not set")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = db.engine_options()
    db.db.init_app(app)


def prepare_requests(app: Flask, settings: Settings) -> None:
    """Decide who may ask what: policies, origins, sessions, limits."""
    cookies.init_app(app, settings)
    app.session_interface = sessions.StoreSessionInterface()
    csrf.init_app(app, settings)
    i18n.init_app(app)
    policy.init_app(app)
    limits.init_app(app, settings)


def prepare_pages(app: Flask, settings: Settings) -> None:
    """Give templates their globals and filters."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets.init_app(app, settings)
    hypermedia.init_app(app)
    filters.init_app(app)
    fragments.init_app(app)
