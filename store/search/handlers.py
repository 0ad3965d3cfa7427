"""The index follows by job: within seconds of a change, and whole when the shop speaks another language."""

from store.core.db import transaction
from store.core.queue import enqueue, job
from store.search import queries, services


@job("search.index", lease=120)
def index_changes() -> None:
    """Make the documents of changed products anew, some fifty thousand a run; what is left follows at once."""
    if reason := queries.engine().outdated_by():
        with transaction():
            enqueue("search.rebuild", dedupe=f"search.rebuild:{reason}")
    if services.index_changes() and services.has_changes():
        with transaction():
            enqueue("search.index")


@job("search.rebuild", lease=1800, patient=True)
def rebuild() -> None:
    """Make every document anew."""
    for _done in services.rebuild():
        pass


@job("search.forget_misses")
def forget_misses() -> None:
    """Throw away old queries that found nothing."""
    with transaction():
        services.forget_misses()
