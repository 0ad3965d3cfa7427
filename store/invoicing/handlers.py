"""A document for each time money changes hands. Each handler may run twice and issues once."""

from store.core.db import retrying
from store.core.events import subscribe
from store.invoicing import services
from store.orders.events import OrderPlaced, OrderRefunded


@subscribe(OrderPlaced, name="invoicing.issue_invoice")
def issue_invoice(event: OrderPlaced) -> None:
    """Issue the invoice of an order that was paid."""
    retrying(lambda: services.issue_invoice(event.order_id))


@subscribe(OrderRefunded, name="invoicing.issue_credit_note")
def issue_credit_note(event: OrderRefunded) -> None:
    """Issue the credit note of money that went back."""
    retrying(lambda: services.issue_credit_note(event.order_id, event.refund_id))
