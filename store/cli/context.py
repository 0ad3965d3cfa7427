"""What commands have in common: settings that are readable, servers that run, an application to work in."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from store.core.settings import Settings
from store.ops import migrate, servers
from store.ops.refusal import Refusal


def read_settings() -> Settings:
    """Read the environment; raises `Refusal` with one line for each variable that makes no sense."""
    try:
        return Settings.from_env()
    except ValidationError as error:
        lines = [
            f"{'_'.join(map(str, fault['loc'])).upper()}={fault['input']} is not usable: {fault['msg'].lower()}"
            for fault in error.errors()
        ]
        raise Refusal("\nstore: ".join(lines)) from None


@contextmanager
def lent_servers(command: str) -> Iterator[Settings]:
    """Give settings whose servers run, started for this command if need be."""
    with servers.lend(read_settings(), command) as settings:
        yield settings


@contextmanager
def in_shop(command: str) -> Iterator[Settings]:
    """Work inside the application, on a migrated database; raises `Refusal` when it is not."""
    with lent_servers(command) as settings:
        if not migrate.is_at_head(settings.database_url):
            raise Refusal("The database has not this program's schema. Run ./bin/store up, or ./bin/store migrate.")
        with application(settings):
            yield settings


@contextmanager
def application(settings: Settings) -> Iterator[None]:
    """Enter the application's context; raises `Refusal` for settings it does not accept."""
    from store.app import BadSettings, create_app
    from store.core.db import db

    try:
        app = create_app(settings)
    except BadSettings as error:
        raise Refusal(str(error)) from None
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()
