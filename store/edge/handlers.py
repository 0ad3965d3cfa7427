"""The jobs of the edge: what changed is thrown away within seconds, and pictures are kept as they are looked at."""

from datetime import timedelta

from store.core.clock import now
from store.core.db import transaction
from store.core.queue import enqueue, job
from store.edge import keeping, services, tiers, views, zone

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


@job("edge.fold_views")
def fold_views() -> None:
    """Bring the counted views into the database; twice, in the worst case, and never by halves."""
    numbers = views.current().take()
    if numbers:
        with transaction():
            tiers.add_views(numbers)
        views.current().let_go()


@job("edge.move_tiers", lease=600, patient=True)
def move_tiers() -> None:
    """Sort products into their tiers, and have their files follow."""
    with transaction():
        tiers.move()
        enqueue("edge.settle_tiers")


@job("edge.settle_tiers", lease=600, patient=True)
def settle_tiers() -> None:
    """Let files follow their products' tiers, for some seconds; the rest follows at once behind other work."""
    if keeping.settle():
        with transaction():
            enqueue("edge.settle_tiers")


@job("edge.sweep_pictures", lease=600, patient=True)
def sweep_pictures() -> None:
    """Count what is kept, and let go of what came back when it has rested."""
    keeping.sweep()
    keeping.count_unseen()
