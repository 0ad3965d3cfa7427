"""What of an order can still come back and until when; returns as shoppers and staff look for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from store.catalog.models import Product
from store.core.clock import now
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from store.returns import states
from store.returns.models import Return, ReturnExclusion, ReturnLine, ReturnRules
from store.returns.reckoning import units_left
from store.shop.queries import get_shop

PAGE_SIZE = 50

# Parcels that have left the house.
_GONE = ("shipped", "delivered")

TABS: dict[str, tuple[str, ...]] = {
    "to-decide": ("requested",),
    "under-way": ("approved", "in_transit"),
    "to-settle": ("received",),
    "closed": ("resolved", "rejected", "cancelled"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the shop takes back; `exclusions` are sentences by tag."""

    days: int = 14
    send_days: int = 14
    claim_days: int = 730
    takes_made_to_order: bool = True
    approves_at_once: bool = True
    pays_the_way_back: bool = False
    address: str = ""
    instructions: str = ""
    exclusions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of an order: how many of it can come back; when none can, `why`."""

    line: OrderLine
    units: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What of an order can come back until `until`; when nothing can, `why`."""

    lines: tuple[Candidate, ...]
    until: datetime | None
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether anything can come back."""
        return not self.why and any(one.units for one in self.lines)


def rules() -> Rules:
    """Return the shop's rules (2 statements)."""
    row = session.get(ReturnRules, 1)
    exclusions = {one.tag: one.reason for one in session.execute(select(ReturnExclusion)).scalars()}
    if row is None:
        return Rules(exclusions=exclusions)
    return Rules(
        row.days,
        row.send_days,
        row.claim_days,
        row.takes_made_to_order,
        row.approves_at_once,
        row.pays_the_way_back,
        row.address,
        row.instructions,
        exclusions,
    )


def offer(order: Order, kind: str) -> Offer:
    """Return what of an order can be returned (`return`) or complained about (`claim`); 6 statements."""
    kept = rules()
    sent, taken, left = _sent(order.id), _taken(order.id), units_left(order)
    if not sent:
        return Offer((), None, _("Nothing of this order has been sent yet."))
    until = _until(order, kept.claim_days if kind == "claim" else kept.days)
    if until is None or until <= now():
        return Offer((), until, _("The time for this is over."))
    tags = {} if kind == "claim" else _tags(order)
    lines = []
    for line in order.lines:
        why = "" if kind == "claim" else _excluded(line, kept, tags.get(line.product_id, ()))
        # What replaced something broken cost nothing and is a matter of the line it stands for.
        units = min(sent.get(line.id, 0) - taken.get(line.id, 0), left.get(line.id, 0)) if line.total_minor else 0
        if not why and units <= 0:
            why = _("All of it has come back.") if taken.get(line.id) else _("It has not been sent yet.")
        lines.append(Candidate(line, 0 if why else units, why))
    if not any(one.units for one in lines):
        return Offer(tuple(lines), until, _("Nothing of this order can be sent back."))
    return Offer(tuple(lines), until)


def get_return(order_id: int, return_id: int) -> Return:
    """Return a return of this order with its lines (2 statements); raises `NotFound`."""
    found = find_return(return_id)
    if found is None or found.order_id != order_id:
        raise NotFound(_("This return is not here."))
    return found


def find_return(return_id: int) -> Return | None:
    """Return a return with its lines, as it is now (2 statements)."""
    return session.execute(
        select(Return)
        .where(Return.id == return_id)
        .options(selectinload(Return.lines))
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def list_returns_of(order_id: int) -> Sequence[Return]:
    """Return the returns of an order, oldest first (2 statements)."""
    return (
        session.execute(
            select(Return).where(Return.order_id == order_id).options(selectinload(Return.lines)).order_by(Return.id)
        )
        .scalars()
        .all()
    )


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A line of the queue of returns."""

    one: Return
    order_number: int | None
    customer: str
    currency: str
    units: int


def list_returns(tab: str, *, page: int = 1) -> Sequence[ReturnRow]:
    """Return one page of returns, the oldest that waits first (1 statement)."""
    units = (
        select(func.coalesce(func.sum(ReturnLine.quantity), 0))
        .where(ReturnLine.return_id == Return.id)
        .scalar_subquery()
    )
    name = func.jsonb_extract_path_text(Order.shipping_address, "name")
    rows = session.execute(
        select(Return, Order.number, func.coalesce(func.nullif(name, ""), Order.email), Order.currency, units)
        .join(Order, Order.id == Return.order_id)
        .where(*([Return.status.in_(TABS[tab])] if tab in TABS else []))
        .order_by(Return.id.desc() if tab in ("closed", "all") else Return.id)
        .limit(PAGE_SIZE)
        .offset((max(page, 1) - 1) * PAGE_SIZE)
    )
    return [ReturnRow(one, number, who, currency, int(count)) for one, number, who, currency, count in rows]


def count_by_tab() -> dict[str, int]:
    """Return the figures on the tabs (1 statement)."""
    row = session.execute(
        select(*(func.count().filter(Return.status.in_(wanted)) for wanted in TABS.values())).select_from(Return)
    ).one()
    return dict(zip(TABS, row, strict=True))


def _sent(order_id: int) -> dict[int, int]:
    """Units by line that have left the house."""
    rows = session.execute(
        select(FulfilmentLine.order_line_id, func.sum(FulfilmentLine.quantity))
        .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
        .where(Fulfilment.order_id == order_id, Fulfilment.status.in_(_GONE))
        .group_by(FulfilmentLine.order_line_id)
    )
    return {line_id: int(units) for line_id, units in rows}


def _taken(order_id: int) -> dict[int, int]:
    """Units by line that are back, on their way or settled in another manner; what was sent once more is as before."""
    units = func.sum(func.coalesce(func.nullif(ReturnLine.received, 0), ReturnLine.quantity))
    rows = session.execute(
        select(ReturnLine.order_line_id, units)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(
            Return.order_id == order_id,
            Return.status.not_in(states.VOID),
            Return.resolution.not_in(("replacement", "nothing")),
        )
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: int(count) for line_id, count in rows}


def _until(order: Order, days: int) -> datetime | None:
    """The end of the last day: so many days after the last parcel arrived, or should have."""
    gone = [parcel for parcel in order.fulfilments if parcel.status in _GONE]
    if not gone:
        return None
    # A working week has two days without a courier.
    way = timedelta(days=-(-int(order.shipping_days.get("max", 0)) * 7 // 5))
    arrived = max(parcel.delivered_at or (parcel.shipped_at or now()) + way for parcel in gone)
    zone = ZoneInfo(get_shop().time_zone or "UTC")
    last = arrived.astimezone(zone) + timedelta(days=days + 1)
    return last.replace(hour=0, minute=0, second=0, microsecond=0)


def _excluded(line: OrderLine, kept: Rules, tags: Sequence[str]) -> str:
    if not kept.takes_made_to_order and any(look.get("recipe", {}).get("prints") for look in line.looks):
        return _("It was made for you alone, so it can’t be given back.")
    return next((kept.exclusions[tag] for tag in tags if tag in kept.exclusions), "")


def _tags(order: Order) -> dict[int, Sequence[str]]:
    wanted = {line.product_id for line in order.lines}
    rows = session.execute(select(Product.id, Product.tags).where(Product.id.in_(wanted)))
    return {row.id: row.tags for row in rows}
