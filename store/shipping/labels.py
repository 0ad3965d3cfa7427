"""Labels for parcels: the wish is written down first, then the carrier is asked, and never asked to sell one twice."""

from datetime import timedelta

from sqlalchemy import select

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.queue import enqueue, job
from store.orders import services as orders
from store.orders.models import Fulfilment, Order
from store.shipping.carriers import all_carriers, get_carrier
from store.shipping.carriers.base import CALL_TIMEOUT, Label, Parcel, Rate, Refused, Unavailable
from store.shipping.contents import Contents
from store.shipping.models import ShippingLabel
from store.shipping.queries import get_terms

_AGAIN = timedelta(minutes=1)


def list_rates(order: Order, carrier_code: str, *, grams: int, box_mm: tuple[int, int, int]) -> list[Rate]:
    """Return what a carrier asks for a parcel of an order now, the cheapest first; no transaction may be open."""
    terms = get_terms()
    if terms.origin is None:
        raise Invalid(_("Please write down first where parcels leave, under Delivery."))
    parcel = Parcel(Contents(grams), terms.origin, {**order.shipping_address, "email": order.email}, box_mm)
    rates = get_carrier(carrier_code).quote(parcel, timeout=CALL_TIMEOUT)
    return sorted(rates, key=lambda rate: (rate.currency, rate.amount_minor))


def buy(order_id: int, fulfilment_id: int, *, carrier_code: str, rate_id: str, request_id: str, actor: str) -> str:
    """Buy a label for a parcel that has not left; return how it stands: asked, bought or failed.

    The same `request_id` buys once. When the carrier does not answer, the label stays asked for, and a job finds out.
    """
    carrier = get_carrier(carrier_code)
    rate = carrier.get_rate(rate_id)
    with transaction():
        label_id, is_new = _note(order_id, fulfilment_id, carrier_code, rate, request_id, actor)
    if not is_new:
        return settle(label_id)
    try:
        label = carrier.buy(rate_id, reference=request_id)
    except Refused as error:
        label = Label("", "failed", problem=error.message)
    except Unavailable:
        return "asked"
    return _write(label_id, label)


def settle(label_id: int) -> str:
    """Ask the carrier what became of a label that was asked for; return how it stands."""
    with transaction():
        row = session.get_one(ShippingLabel, label_id, populate_existing=True)
        carrier = all_carriers().get(row.carrier)
    if row.status != "asked" or carrier is None or not carrier.configured():
        return row.status
    label = carrier.find_label(row.rate, reference=row.request_id)
    if label is None:
        # The carrier knows of nothing: the question never arrived.
        label = Label("", "failed", problem=_("The carrier has not made it. Please buy it again."))
        if now() - row.created_at < _AGAIN:
            return "asked"
    return _write(label_id, label)


@job("shipping.settle_label")
def settle_later(label_id: int) -> None:
    """Find out what became of a label whose answer was lost, and look again while it is being made."""
    if settle(label_id) == "asked":
        raise Unavailable(_("The carrier is still making the label."))


def list_labels(order_id: int) -> list[ShippingLabel]:
    """Return the labels of an order, the newest first; 1 statement."""
    query = select(ShippingLabel).where(ShippingLabel.order_id == order_id).order_by(ShippingLabel.id.desc())
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def _note(order_id: int, fulfilment_id: int, carrier: str, rate: Rate, request_id: str, actor: str) -> tuple[int, bool]:
    orders.lock_order(order_id)
    known = select(ShippingLabel).where(ShippingLabel.request_id == request_id)
    if (row := session.execute(known).scalar_one_or_none()) is not None:
        return row.id, False
    parcel = session.get(Fulfilment, fulfilment_id, populate_existing=True)
    if parcel is None or parcel.order_id != order_id:
        raise NotFound(_("This parcel is not here any more."))
    if parcel.status not in ("pending", "packed"):
        raise Conflict(_("This parcel has left already, or was called off."))
    living = select(ShippingLabel.id).where(
        ShippingLabel.fulfilment_id == fulfilment_id, ShippingLabel.status.in_(("asked", "bought"))
    )
    if session.execute(living.limit(1)).first() is not None:
        raise Conflict(_("This parcel has a label already."))
    row = ShippingLabel(
        order_id=order_id,
        fulfilment_id=fulfilment_id,
        request_id=request_id,
        carrier=carrier,
        rate=rate.external_id,
        name=rate.name,
        provider=rate.provider,
        # The word by which tracking knows a carrier, such as dhl_express.
        tracking_carrier=rate.provider.lower().replace(" ", "_"),
        amount_minor=rate.amount_minor,
        currency=rate.currency,
        actor=actor,
    )
    session.add(row)
    session.flush()
    enqueue("shipping.settle_label", dedupe=f"shipping.settle_label:{row.id}", delay=_AGAIN, label_id=row.id)
    return row.id, True


def _write(label_id: int, label: Label) -> str:
    with transaction():
        order_id = session.execute(select(ShippingLabel.order_id).where(ShippingLabel.id == label_id)).scalar_one()
        orders.lock_order(order_id)
        row = session.get_one(ShippingLabel, label_id, with_for_update=True, populate_existing=True)
        if row.status != "asked":
            return row.status
        row.status, row.external_id, row.problem, row.changed_at = label.state, label.external_id, label.problem, now()
        if label.state == "bought":
            row.tracking_number, row.url = label.tracking_number, label.url
            orders.add_event(order_id, "label_bought", actor=row.actor, name=row.name, fulfilment_id=row.fulfilment_id)
            orders.write_tracking(
                order_id,
                row.fulfilment_id,
                carrier=row.provider,
                tracking_number=label.tracking_number,
                tracking_link=label.tracking_link,
                actor=row.actor,
            )
        return row.status
