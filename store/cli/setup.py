"""`python -m store.cli.setup`: what `store up` does to a database before it is served. Harmless when done again."""

import sys

from store.cli.context import application
from store.core.settings import Settings
from store.ops import migrate
from store.ops.datadir import DataDir
from store.ops.refusal import Refusal


def main() -> None:
    """Prepare the database of the environment's settings; exits with one line when that can't be done."""
    try:
        prepare(seed="--no-seed" not in sys.argv[1:])
    except Refusal as reason:
        sys.exit(str(reason))


def prepare(*, seed: bool) -> None:
    """Migrate, fill an empty shop with the demo, and let the development staff in."""
    settings = Settings.from_env()
    if not migrate.is_at_head(settings.database_url):
        print("bringing the database to this version ...", flush=True)
    migrate.upgrade(settings.database_url)
    login = DataDir(settings.data_dir).staff_login()
    with application(settings):
        from store.core.db import transaction
        from store.seed.fill import fill
        from store.staff.services import ensure_development_staff

        if seed:
            print("filling the demo shop, if it is empty ...", flush=True)
            fill()
        with transaction():
            ensure_development_staff(login.email, login.password)


if __name__ == "__main__":
    main()
