"""Orders that staff put together: kept until they are ready, then placed by the service that places every order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import select, update

from store.cart.queries import CartView
from store.changes.basket import basket_of, priced
from store.changes.errors import DraftClosed, DraftIncomplete, Outdated, ReasonMissing
from store.changes.models import OrderDraft
from store.changes.services.terms import place_on_terms
from store.changes.wanted import MOST_LINES, MOST_PIECES, Wanted, WantedLine
from store.checkout.quote import Quote
from store.checkout.services import draft_of
from store.core.clock import now
from store.core.db import retrying, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import get_order
from store.shop.queries import get_market, get_shop
from store.tax.services import ask_about

# A draft that nobody touches is put away, and a link to pay can be used for so long.
KEPT_FOR = timedelta(days=30)
LINK_DAYS, MOST_LINK_DAYS = 7, 60

Terms = Literal["link", "paid", "terms"]


@dataclass(frozen=True)
class Priced:
    """A draft at today's prices; `missing` and by variant `line_problems` say why it can't be ordered yet."""

    draft: OrderDraft
    wanted: Wanted
    cart: CartView
    quote: Quote
    line_problems: Mapping[int, str]
    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether it can become an order."""
        return not self.missing and not self.line_problems


def open_draft(market_code: str, *, actor: str) -> OrderDraft:
    """Begin a draft in a market."""
    return _add(OrderDraft(market=get_market(market_code).code, wanted=Wanted().as_json(), actor=actor))


def copy_order(order_id: int, *, actor: str) -> OrderDraft:
    """Begin a draft with what is in an order, for the same customer, at today's prices."""
    order = get_order(order_id)
    pieces: dict[int, int] = {}
    for line in order.lines:
        pieces[line.variant_id] = min(pieces.get(line.variant_id, 0) + line.quantity, MOST_PIECES)
    lines = tuple(WantedLine(variant_id, quantity) for variant_id, quantity in pieces.items())
    return _add(
        OrderDraft(
            market=get_market(order.market).code,
            email=order.email,
            address=dict(order.shipping_address),
            billing=dict(order.billing),
            wanted=Wanted(lines).as_json(),
            copied_from=order_id,
            actor=actor,
        )
    )


def save_wanted(draft_id: int, wanted: Wanted, *, version: int) -> None:
    """Keep lines and delivery; raises `Outdated` when somebody else was faster, `Invalid`, `ReasonMissing`."""
    if len(wanted.lines) > MOST_LINES:
        raise Invalid(_("An order has at most %(most)s lines.", most=MOST_LINES))
    draft = _lock(draft_id, version)
    _check_lines(wanted, draft.market)
    _touch(draft).wanted = wanted.as_json()
    session.flush()


def save_contact(
    draft_id: int, *, email: str, address: Mapping[str, str], version: int, billing: Mapping[str, str] | None = None
) -> None:
    """Keep for whom it is and where it goes; the form has checked all of it, and a VAT id is asked about by a job.

    The address of the invoice that came with a copied order stays.
    """
    draft = _touch(_lock(draft_id, version))
    elsewhere = {"address": draft.billing["address"]} if draft.billing.get("address") else {}
    draft.email, draft.address, draft.billing = email, dict(address), {**elsewhere, **(billing or {})}
    if draft.billing.get("vat_id"):
        ask_about(draft.billing["vat_id"])
    session.flush()


def save_note(draft_id: int, note: str, *, version: int) -> None:
    """Keep a remark for colleagues."""
    _touch(_lock(draft_id, version)).note = note
    session.flush()


def discard(draft_id: int, *, version: int) -> None:
    """Put a draft away."""
    _touch(_lock(draft_id, version)).status = "discarded"
    session.flush()


def price(draft: OrderDraft) -> Priced:
    """Return a draft at today's prices with what is missing; 4 statements."""
    wanted = Wanted.from_json(draft.wanted)
    market = get_market(draft.market)
    cart = basket_of(
        wanted.lines,
        market_code=market.code,
        currency=market.currency,
        email=draft.email,
        address=draft.address,
        method_id=wanted.method_id,
        billing=draft.billing,
    )
    quoted = priced(cart)
    there = {line.variant_id for line in cart.lines}
    problems = {line.variant_id: line.problem for line in cart.lines if line.problem}
    problems |= {
        line.variant_id: _("This is not in the shop any more.")
        for line in wanted.lines
        if line.quantity and line.variant_id not in there
    }
    return Priced(draft, wanted, cart, quoted, problems, tuple(_missing(draft, quoted)))


def place_draft(
    draft_id: int, *, version: int, expected_total_minor: int, terms: Terms, actor: str, days: int = LINK_DAYS
) -> Order:
    """Make the order of a draft and hold its stock; asked again, the same order.

    link: it waits for so many days for its customer to pay, who gets the link by mail. paid: it waits for
    `payments.services.receive`, by which staff write down what came in. terms: it is placed at once, leaves before
    its money and is paid later. Raises `DraftIncomplete`, `Outdated` when it costs something else now, `OutOfStock`.
    """
    if not 1 <= days <= MOST_LINK_DAYS:
        raise Invalid(_("Please enter 1 to %(most)s days.", most=MOST_LINK_DAYS), field="days")
    return retrying(
        lambda: _place(
            draft_id, version=version, expected_total_minor=expected_total_minor, terms=terms, actor=actor, days=days
        )
    )


def expire_drafts() -> int:
    """Put the drafts away that nobody has touched for a month; return how many."""
    return len(
        session.execute(
            update(OrderDraft)
            .where(OrderDraft.status == "open", OrderDraft.expires_at <= now())
            .values(status="expired")
            .returning(OrderDraft.id)
        ).all()
    )


def _place(draft_id: int, *, version: int, expected_total_minor: int, terms: Terms, actor: str, days: int) -> Order:
    draft = _read(draft_id)
    if draft.order_id is not None:
        return get_order(draft.order_id)
    _check(draft, version)
    found = price(draft)
    if not found.ready:
        raise DraftIncomplete(" ".join((*found.missing, *found.line_problems.values())))
    if found.quote.totals.total_minor != expected_total_minor:
        raise Outdated(_("This costs something else than a moment ago. Please look once more."))
    ready = draft_of(
        found.cart,
        found.quote,
        get_shop(),
        locale=get_market(draft.market).locale,
        expires_after=timedelta(days=days),
    )
    order = orders.place(replace(ready, cart_id=None))
    draft.status, draft.order_id = "ordered", order.id
    session.flush()
    orders.add_event(order.id, "drafted", actor=actor, draft_id=draft_id, terms=terms, prices=_own_prices(found.wanted))
    if draft.note:
        orders.add_event(order.id, "note", actor=actor, text=draft.note)
    if terms == "terms":
        place_on_terms(order.id, actor=actor)
    elif terms == "link":
        enqueue("changes.send_link", dedupe=f"changes.send_link:{order.id}", order_id=order.id)
    return order


def _add(draft: OrderDraft) -> OrderDraft:
    draft.expires_at = now() + KEPT_FOR
    session.add(draft)
    session.flush()
    return draft


def _own_prices(wanted: Wanted) -> list[dict[str, object]]:
    return [
        {"variant_id": line.variant_id, "unit_minor": line.unit_minor, "reason": line.reason}
        for line in wanted.lines
        if line.unit_minor is not None
    ]


def _check_lines(wanted: Wanted, market_code: str) -> None:
    market = get_market(market_code)
    cart = basket_of(wanted.lines, market_code=market.code, currency=market.currency)
    listed = {line.variant_id: line.was.minor if line.was else None for line in cart.lines}
    for line in wanted.lines:
        if not 0 <= line.quantity <= MOST_PIECES:
            raise Invalid(_("Please enter a number up to %(most)s.", most=MOST_PIECES), field=f"{line.key}-quantity")
        if line.unit_minor is None or line.unit_minor == listed.get(line.variant_id):
            continue
        if not 0 <= line.unit_minor < 10**9:
            raise Invalid(_("Please enter a price of zero or more."), field=f"{line.key}-unit")
        if not line.reason.strip():
            raise ReasonMissing(_("Say why this price is another one."), field=f"{line.key}-reason")


def _missing(draft: OrderDraft, quoted: Quote) -> list[str]:
    missing = []
    if not quoted.lines:
        missing.append(_("Put something into it."))
    if not draft.email or not draft.address:
        missing.append(_("Say for whom it is and where it goes."))
    elif not quoted.reaches_address:
        missing.append(_("This market does not deliver to that country."))
    if quoted.method is None and quoted.needs_delivery:
        missing.append(_("Choose how it is delivered."))
    return missing


def _read(draft_id: int) -> OrderDraft:
    query = select(OrderDraft).where(OrderDraft.id == draft_id).with_for_update()
    draft = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if draft is None:
        raise NotFound(_("This draft is not here any more."))
    return draft


def _lock(draft_id: int, version: int) -> OrderDraft:
    draft = _read(draft_id)
    _check(draft, version)
    return draft


def _check(draft: OrderDraft, version: int) -> None:
    if draft.status != "open":
        raise DraftClosed(_("This draft has become an order, or was put away."))
    if draft.version != version:
        raise Outdated(_("Somebody else has changed this meanwhile. Please look once more."))


def _touch(draft: OrderDraft) -> OrderDraft:
    draft.version += 1
    draft.expires_at = now() + KEPT_FOR
    return draft
