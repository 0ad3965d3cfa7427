"""The jobs of the edge: what changed is thrown away within seconds."""

from datetime import timedelta

from store.core.clock import now
from store.core.db import transaction
from store.core.queue import job
from store.edge import services, zone

KEEP_PURGES = timedelta(days=7)


@job("edge.purge", lease=120)
def purge() -> None:
    """Throw away what changed, as far as Cloudflare takes it."""
    with transaction():
        services.follow_clock()
    services.purge_changes(zone.current())


@job("edge.forget_purges")
def forget_purges() -> None:
    """Forget what was thrown away long ago."""
    with transaction():
        services.forget_purges(now() - KEEP_PURGES)
