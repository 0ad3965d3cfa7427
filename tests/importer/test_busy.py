"""An import beside other people's work."""

from pathlib import Path

import psycopg
import pytest
from flask import Flask

from store.core.db import db as database
from store.core.db import session, transaction
from store.core.settings import Settings
from store.importer import run
from store.ops import migrate
from tests.factories.shop import make_shop


@pytest.fixture
def shop_app(fresh_database, tmp_path):
    """A bare application on a database of its own, with a merchant in it."""
    app = Flask("import")
    app.config["SQLALCHEMY_DATABASE_URI"] = Settings(database_url=fresh_database).database_url
    database.init_app(app)
    with app.app_context():
        with transaction():
            make_shop()
        yield app
        session.remove()
        database.engine.dispose()


def test_a_product_that_somebody_holds_is_refused_and_the_others_go_in(shop_app, fresh_database, tmp_path: Path):
    file = tmp_path / "products.csv"
    file.write_text("Handle,Title,Price\nmug,Mug,9\ncup,Cup,9\n")
    assert run(file, dry_run=False, echo=lambda _line: None) == 0
    file.write_text("Handle,Title,Price\nmug,Mug,10\ncup,Cup,10\n")
    lines: list[str] = []
    with psycopg.connect(migrate.plain(fresh_database)) as other:
        other.execute("SELECT 1 FROM products WHERE handle = 'mug' FOR UPDATE")
        session.remove()
        with transaction():
            session.connection().exec_driver_sql("SET SESSION lock_timeout = '200ms'")
        assert run(file, dry_run=False, echo=lines.append) == 1
        other.rollback()
    assert "somebody else is changing this product" in lines[0]
    assert "Rows: 0 create, 1 update, 0 unchanged, 1 refused." in lines[-1]
