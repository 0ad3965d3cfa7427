"""`python -m store.ops.schema_check`: an empty database migrated to head is what the models describe."""

import shutil
import sys
import tempfile
from pathlib import Path

from store.ops import migrate, servers
from store.ops.datadir import DataDir
from store.ops.postgres import NOT_DURABLE


def main() -> int:
    """Migrate, compare, print the differences; 0 when there are none."""
    folder = Path(tempfile.mkdtemp(prefix="vitrine-schema-"))
    fleet = servers.embedded(DataDir(folder), queue=False, database_options=NOT_DURABLE)
    try:
        fleet.start()
        assert fleet.database is not None
        url = fleet.database.url()
        migrate.upgrade(url)
        differences = migrate.difference(url)
    finally:
        fleet.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for difference in differences:
        print(f"the models differ from the migrated database: {difference}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
