"""Where parcels are: a carrier's notification is a hint, and what the carrier answers when asked is what counts."""

from sqlalchemy import select

from store.core import log
from store.core.db import session, transaction
from store.core.queue import enqueue, job
from store.orders import services as orders
from store.orders.models import Fulfilment
from store.shipping.carriers import all_carriers
from store.shipping.carriers.base import Hint
from store.shipping.models import ShippingLabel

logger = log.get_logger(__name__)


def hear(carrier: str, hint: Hint) -> None:
    """Look after a parcel of ours that the carrier has told something of; runs in the transaction."""
    known = select(ShippingLabel).where(
        ShippingLabel.carrier == carrier, ShippingLabel.tracking_number == hint.tracking_number
    )
    for label in session.execute(known).scalars():
        label.tracking_carrier = hint.tracking_carrier
        enqueue("shipping.track", label_id=label.id)


@job("shipping.track")
def track(label_id: int) -> None:
    """Ask where the parcel of a label is, and note when it has arrived; asked twice, it arrives once."""
    with transaction():
        label = session.get(ShippingLabel, label_id, populate_existing=True)
        carrier = None if label is None else all_carriers().get(label.carrier)
    if label is None or carrier is None or not carrier.configured():
        return
    found = carrier.track(label.tracking_carrier, label.tracking_number)
    with transaction():
        parcel = session.execute(
            select(Fulfilment.order_id, Fulfilment.status).where(Fulfilment.id == label.fulfilment_id)
        ).one()
        if found.state == "delivered" and parcel.status == "shipped":
            orders.deliver_parcel(parcel.order_id, label.fulfilment_id, actor=label.carrier, at=found.at)
        row = session.get_one(ShippingLabel, label_id, with_for_update=True, populate_existing=True)
        if row.tracking_state != found.state:
            if found.state in ("returned", "failed"):
                orders.add_event(
                    row.order_id, "tracking_problem", actor=row.carrier, state=found.state, words=found.words
                )
            row.tracking_state = found.state
