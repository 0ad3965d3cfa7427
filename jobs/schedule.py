"""What runs by the clock: one table. A job's slot is its period's number since 1970, so two schedulers do it once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A job and how many seconds lie between two runs."""

    task: str
    every: int


SCHEDULE = (
    # What the shelves count lags behind by no more.
    Entry("catalog.refresh_facets", every=2),
    Entry("payments.expire_due_orders", every=15),
    Entry("payments.settle_refunds", every=60),
    Entry("payments.reconcile", every=300),
    Entry("payments.reconcile_far", every=86400),
    Entry("payments.chase_transfers", every=3600),
    Entry("catalog.follow_changes", every=15),
    Entry("catalog.refresh_by_clock", every=900),
    Entry("catalog.refresh_collections", every=86400),
    Entry("orders.count_bought_together", every=3600),
    Entry("housekeeping.purge", every=3600),
    Entry("search.index", every=10),
    Entry("edge.purge", every=5),
    Entry("edge.forget_purges", every=86400),
    Entry("edge.fold_views", every=300),
    Entry("edge.move_tiers", every=86400),
    Entry("edge.sweep_pictures", every=3600),
    Entry("search.forget_misses", every=86400),
    Entry("tax.forget_vat_checks", every=86400),
    Entry("media.sweep_uploads", every=3600),
    Entry("changes.confirm_settled", every=10),
    Entry("changes.expire_drafts", every=86400),
    Entry("changes.take_unpaid_exchanges_back", every=3600),
)
