"""Every table of the shop, imported by name: migrations compare against it, and a new domain adds its line."""

import importlib
import re
from functools import lru_cache

from store.core.settings import PROJECT_ROOT

MIGRATIONS = PROJECT_ROOT / "migrations"

MODEL_MODULES = (
    "store.core.outbox",
    "store.core.journal",
    "store.shop.models",
    "store.web.models",
    "store.media.models",
    "store.films.models",
    "store.redirects.models",
    "store.staff.models",
    "store.catalog.models",
    "store.inventory.models",
    "store.orders.models",
    "store.tax.models",
    "store.shipping.models",
    "store.cart.models",
    "store.payments.models",
    "store.payments.testbank.models",
    "store.payments.offline.models",
    "store.invoicing.models",
    "store.changes.models",
    "store.returns.models",
    "store.content.models",
    "store.notifications.models",
    "store.search.models",
    "store.importer.models",
    "store.edge.models",
    "store.seed.models",
)

_REVISION = re.compile(r"^revision(?:: str)? = [\"'](\w+)[\"']", re.MULTILINE)
_DOWN_REVISION = re.compile(r"^down_revision(?:: [^=]+)? = [\"'](\w+)[\"']", re.MULTILINE)


def load() -> None:
    """Import all models, so that the metadata is complete."""
    for module in MODEL_MODULES:
        importlib.import_module(module)


@lru_cache(maxsize=1)
def heads() -> frozenset[str]:
    """Return the newest revisions, read from the files as text: loading alembic costs more than the rest of a start."""
    revisions, parents = set(), set()
    for path in (MIGRATIONS / "versions").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        revisions.update(_REVISION.findall(source))
        parents.update(_DOWN_REVISION.findall(source))
    return frozenset(revisions - parents)
