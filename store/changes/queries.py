"""Changes and drafts as screens and services look for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from store.changes.models import OrderChange, OrderDraft
from store.changes.states import LIVE
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _

PAGE_SIZE = 50


@dataclass(frozen=True)
class Told:
    """A change as the customer reads it: what was there and what is there now, in lines `(quantity, title)`."""

    change: OrderChange
    taken_out: Sequence[tuple[int, str]]
    put_in: Sequence[tuple[int, str]]


def get_change(order_id: int, change_id: int) -> OrderChange:
    """Return a change of this order; raises `NotFound`. 1 statement."""
    found = session.execute(
        select(OrderChange)
        .where(OrderChange.id == change_id, OrderChange.order_id == order_id)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(_("This change is not here any more."))
    return found


def find_live_change(order_id: int) -> OrderChange | None:
    """Return the change of an order that is open or requested. 1 statement."""
    return session.execute(
        select(OrderChange)
        .where(OrderChange.order_id == order_id, OrderChange.status.in_(LIVE))
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def list_changes(order_id: int) -> Sequence[OrderChange]:
    """Return what has become of an order, the oldest first, without what is only being written. 1 statement."""
    return (
        session.execute(
            select(OrderChange)
            .where(OrderChange.order_id == order_id, OrderChange.requested_at.is_not(None))
            .order_by(OrderChange.id)
        )
        .scalars()
        .all()
    )


def told(change: OrderChange) -> Told:
    """Return a change in the words of its lines (no statement)."""
    before, after = ((change.before or {}).get("lines", ()), (change.after or {}).get("lines", ()))
    pieces = {line["id"]: (line["quantity"], line["title"]) for line in before}
    put_in, taken_out = [], []
    for line in after:
        was = pieces.pop(line.get("id"), (0, line["title"]))[0]
        if line["quantity"] > was:
            put_in.append((line["quantity"] - was, line["title"]))
        elif line["quantity"] < was:
            taken_out.append((was - line["quantity"], line["title"]))
    return Told(change, [*taken_out, *pieces.values()], put_in)


def get_draft(draft_id: int) -> OrderDraft:
    """Return a draft; raises `NotFound`. 1 statement."""
    found = session.get(OrderDraft, draft_id, populate_existing=True)
    if found is None:
        raise NotFound(_("This draft is not here any more."))
    return found


def list_drafts(*, page: int = 1) -> Sequence[OrderDraft]:
    """Return the drafts that are open, the last changed first. 1 statement."""
    return (
        session.execute(
            select(OrderDraft)
            .where(OrderDraft.status == "open")
            .order_by(OrderDraft.updated_at.desc(), OrderDraft.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        .scalars()
        .all()
    )


def count_drafts() -> int:
    """Return how many drafts are open. 1 statement."""
    return session.execute(select(func.count()).select_from(OrderDraft).where(OrderDraft.status == "open")).scalar_one()
