"""The verbs of documents. Asked twice, each issues once; the caller opens the transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.invoicing import snapshots
from store.invoicing.crediting import shares_of
from store.invoicing.models import Document, Seller
from store.invoicing.queries import list_documents, seller_words
from store.orders.models import Order
from store.orders.queries import get_order
from store.payments.models import Payment, Refund

# The row stays locked until the transaction ends, so a number that was taken and not used is given back.
_NEXT = text("UPDATE number_series SET next_number = next_number + 1 WHERE name = :kind RETURNING next_number - 1")


def issue_invoice(order_id: int) -> Document | None:
    """Issue the invoice of a placed order; `None` for an order of nothing at all."""
    order = _lock(order_id)
    if order.number is None or order.total_minor == 0:
        return None
    known = _find(order_id, "invoice")
    return known or _issue("invoice", order, snapshots.of_order(order, seller_words()))


def issue_credit_note(order_id: int, refund_id: int) -> Document | None:
    """Issue the credit note of a refund that was paid; `None` for an order that never had an invoice.

    Raises `NotFound` when the refund is not one of this order's, or not done.
    """
    order = _lock(order_id)
    refund = session.execute(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id, Payment.order_id == order_id, Refund.status == "succeeded")
    ).scalar_one_or_none()
    if refund is None:
        raise NotFound(_("This refund is not here any more."), refund_id=refund_id)
    invoice = issue_invoice(order_id)
    if invoice is None:
        return None
    known = _find(order_id, "credit_note", refund_id)
    if known is not None:
        return known
    left = snapshots.billed((one.kind, one.data) for one in list_documents(order_id))
    # What was paid twice goes back without a note: it was never invoiced.
    amount = min(refund.credit_minor, sum(gross for gross, _tax in left.values()))
    if amount <= 0:
        return None
    shares = shares_of(order, refund) if amount == refund.credit_minor else None
    if shares is not None:
        with use_locale(order.locale):
            data = snapshots.of_shares(order, seller_words(), shares, reason=refund.reason, invoice=invoice.name)
        return _issue("credit_note", order, data, refund_id=refund_id)
    data = snapshots.of_refund(
        order,
        seller_words(),
        amount_minor=amount,
        reason=refund.reason,
        invoice=invoice.name,
        left=left,
    )
    return _issue("credit_note", order, data, refund_id=refund_id)


def issue_correction(
    order_id: int, kind: str, *, change_id: int, lines: Sequence[Mapping[str, Any]], reason: str
) -> Document | None:
    """Issue what a change of an order makes necessary beside its invoice: an `invoice` of what became more, or a
    `credit_note` of what became less; `None` for an order that has no invoice to be corrected.

    `lines` are those of the paper, see `snapshots.of_lines`; a change has at most one of each kind.
    """
    order = _lock(order_id)
    known = _find(order_id, kind, change_id=change_id)
    if known is not None:
        return known
    invoice = issue_invoice(order_id)
    if invoice is None:
        return None
    data = snapshots.of_lines(order, seller_words(), lines=lines, reason=reason, invoice=invoice.name)
    return _issue(kind, order, data, change_id=change_id)


def save_seller(*, legal_name: str, address: str, vat_id: str, footer: str, invoice_prefix: str) -> None:
    """Write down who issues documents from now on; those that were issued keep what they say."""
    values = {
        "legal_name": legal_name,
        "address": address,
        "vat_id": vat_id,
        "footer": footer,
        "invoice_prefix": invoice_prefix,
    }
    session.execute(insert(Seller).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values))


def _lock(order_id: int) -> Order:
    session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    return get_order(order_id)


def _find(order_id: int, kind: str, refund_id: int | None = None, *, change_id: int | None = None) -> Document | None:
    return session.execute(
        select(Document).where(
            Document.order_id == order_id,
            Document.kind == kind,
            Document.refund_id.is_not_distinct_from(refund_id),
            Document.change_id.is_not_distinct_from(change_id),
        )
    ).scalar_one_or_none()


def _issue(
    kind: str, order: Order, data: dict[str, object], refund_id: int | None = None, *, change_id: int | None = None
) -> Document:
    document = Document(
        kind=kind,
        number=session.execute(_NEXT, {"kind": kind}).scalar_one(),
        order_id=order.id,
        refund_id=refund_id,
        change_id=change_id,
        currency=order.currency,
        total_minor=data["total"],
        tax_minor=data["tax"],
        issued_at=now(),
        data=data,
    )
    session.add(document)
    session.flush()
    return document
