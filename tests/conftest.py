"""What every test may ask for. The fixtures stand in `tests/fixtures`, by topic.

One PostgreSQL and one Valkey serve a whole run, from a temporary folder; xdist's workers share them. Each worker has
its own databases, cloned from a template that was migrated once.

- `app`, `db`, `client`: the application and a database in which nothing of a test stays (a transaction per test).
- `database_url`: a migrated database of the worker that keeps what tests commit; `fresh_database`: one for this test.
- `redis_url`: an empty Valkey database for this test.
- `count_sql`: `with count_sql() as statements: ...` lists what was sent to PostgreSQL.
- `clock`: `clock.shift(timedelta(...))` moves the time.
- `live_shop`: `live_shop(**environment)` runs the whole shop as `store up` does and returns where it is.
- `browser`, `page`: Chromium; a `page` fails its test on console errors and policy violations nobody expected.

Sockets reach this machine only.
"""

pytest_plugins = [
    "tests.fixtures.cluster",
    "tests.fixtures.network",
    "tests.fixtures.app",
    "tests.fixtures.live",
    "tests.fixtures.browser",
]
