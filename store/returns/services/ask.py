"""A shopper asks to send something back or says what went wrong; first what would come of it, to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from store.catalog.queries import Sellable
from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order, OrderLine
from store.orders.queries import get_order
from store.returns.errors import NothingChosen, NotReturnable
from store.returns.exchanging import list_instead
from store.returns.models import Return, ReturnLine
from store.returns.queries import Offer, Rules, offer, rules
from store.returns.reckoning import reckon
from store.returns.services.lock import tell
from store.returns.states import CLAIM_REASONS, RETURN_REASONS, WISHES
from store.shop.queries import get_shop


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of a line, why, and in an exchange the variant that comes instead."""

    line_id: int
    quantity: int
    reason: str
    new_variant_id: int | None = None


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """What becomes of a line: `amount_minor` is what its units are worth, `instead` what may come for them."""

    line: OrderLine
    wanted: Wanted
    amount_minor: int
    instead: tuple[Sellable, ...] = ()
    chosen: Sellable | None = None

    @property
    def new_minor(self) -> int:
        """What comes instead costs, at today's price."""
        return self.chosen.amount.minor * self.wanted.quantity if self.chosen and self.chosen.amount else 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What comes of a return before it is asked for; `back_minor` contains `shipping_minor`."""

    kind: str
    lines: tuple[PreviewLine, ...]
    back_minor: int
    shipping_minor: int
    send_by: datetime | None
    until: datetime | None

    @property
    def new_minor(self) -> int:
        """What comes instead costs altogether."""
        return sum(line.new_minor for line in self.lines)

    @property
    def difference_minor(self) -> int:
        """What the shopper pays for an exchange; below zero what goes back."""
        return self.new_minor - self.back_minor

    @property
    def complete(self) -> bool:
        """Whether everything is said that has to be said."""
        return self.kind != "exchange" or all(line.chosen for line in self.lines)


def preview(order: Order, kind: str, wanted: Sequence[Wanted]) -> Preview:
    """Return what would come of a request; raises `NothingChosen` and `NotReturnable`."""
    offered, kept = offer(order, kind), rules()
    if offered.why:
        raise NotReturnable(offered.why)
    chosen = [one for one in wanted if one.quantity > 0]
    if not chosen:
        raise NothingChosen(_("Please choose what it is about, and how many."))
    _check(offered, kind, chosen)
    back = reckon(order, {one.line_id: one.quantity for one in chosen}, with_delivery=kind != "exchange")
    by_id = {line.id: line for line in order.lines}
    worth = {share.key: share.amount_minor for share in back.lines}
    lines = []
    for one in chosen:
        instead = list_instead(order, by_id[one.line_id]) if kind == "exchange" else ()
        picked = next((sellable for sellable in instead if sellable.variant_id == one.new_variant_id), None)
        lines.append(PreviewLine(by_id[one.line_id], one, worth[one.line_id], instead, picked))
    return Preview(
        kind=kind,
        lines=tuple(lines),
        back_minor=back.amount_minor,
        shipping_minor=back.shipping_minor,
        send_by=None if kind == "claim" else _send_by(kept),
        until=offered.until,
    )


def ask(
    order_id: int,
    kind: str,
    wanted: Sequence[Wanted],
    *,
    request_id: str,
    seen_minor: int,
    actor: str,
    wish: str = "",
    message: str = "",
) -> Return:
    """Write down what a shopper asks for; one `request_id` is one return, however often it is sent.

    `seen_minor` is the amount that the shopper was shown; raises `Conflict` when it is another by now. What keeps to
    the rules is approved at once, if the shop wants it so; what went wrong is always looked at by a person.
    """
    orders.lock_order(order_id)
    known = session.execute(select(Return).where(Return.request_id == request_id)).scalar_one_or_none()
    if known is not None:
        if known.order_id != order_id:
            raise Conflict(_("This form was used for another order. Please reload the page."))
        return known
    order = get_order(order_id)
    shown = preview(order, kind, wanted)
    if not shown.complete:
        raise NothingChosen(_("Please choose what should come instead."))
    if (shown.difference_minor if kind == "exchange" else shown.back_minor) != seen_minor:
        raise Conflict(_("Something changed since you last looked. Please check the amount once more."))
    count = session.execute(select(func.count()).select_from(Return).where(Return.order_id == order_id)).scalar_one()
    one = Return(
        order_id=order_id,
        name=f"{order.number}-R{count + 1}",
        kind=kind,
        request_id=request_id,
        sends_back=kind != "claim",
        wish=wish if kind == "claim" and wish in WISHES else "",
        message=message,
        promised_minor=shown.back_minor,
        shipping_minor=shown.shipping_minor,
        send_by=shown.send_by,
    )
    session.add(one)
    session.flush()
    session.execute(insert(ReturnLine), [_line(one.id, line) for line in shown.lines])
    tell(one, actor=actor, message=message)
    if kind != "claim" and rules().approves_at_once:
        one.status = "approved"
        session.flush()
        tell(one, actor="system")
    return one


def _check(offered: Offer, kind: str, chosen: Sequence[Wanted]) -> None:
    can = {candidate.line.id: candidate for candidate in offered.lines}
    allowed = CLAIM_REASONS if kind == "claim" else RETURN_REASONS
    for one in chosen:
        candidate = can.get(one.line_id)
        if candidate is None or not candidate.units:
            raise NotReturnable(
                candidate.why if candidate else _("This is not part of the order."), line_id=one.line_id
            )
        if one.quantity > candidate.units:
            raise NotReturnable(
                _("Only %(count)s of “%(title)s” can come back.", count=candidate.units, title=candidate.line.title),
                line_id=one.line_id,
            )
        if one.reason not in allowed:
            raise NothingChosen(_("Please say what is wrong with it."), line_id=one.line_id)


def _send_by(kept: Rules) -> datetime:
    zone = ZoneInfo(get_shop().time_zone or "UTC")
    last = now().astimezone(zone) + timedelta(days=kept.send_days + 1)
    return last.replace(hour=0, minute=0, second=0, microsecond=0)


def _line(return_id: int, line: PreviewLine) -> dict[str, object]:
    chosen = line.chosen
    title = " – ".join(part for part in (chosen.title, chosen.variant_title) if part) if chosen else ""
    return {
        "return_id": return_id,
        "order_line_id": line.line.id,
        "quantity": line.wanted.quantity,
        "reason": line.wanted.reason,
        "amount_minor": line.amount_minor,
        "new_variant_id": chosen.variant_id if chosen else None,
        "new_title": title,
        "new_unit_minor": chosen.amount.minor if chosen and chosen.amount else None,
    }
