"""What follows a change by itself: its mail, its documents, and its end when the money has come."""

from store.changes import services
from store.changes.mails import changed, pay_link
from store.changes.queries import get_change
from store.core.db import retrying, transaction
from store.core.queue import job
from store.notifications import services as notifications
from store.orders.queries import get_order


@job("changes.tell")
def tell(order_id: int, change_id: int) -> None:
    """Tell the customer what is another in their order, and what they pay or get back."""
    with transaction():
        order, change = get_order(order_id), get_change(order_id, change_id)
        notifications.write_once("changed", f"changed:{change_id}", order, changed(order, change))


@job("changes.send_link")
def send_link(order_id: int) -> None:
    """Mail the link to pay an order that staff have made; nothing when it is paid or closed by now."""
    with transaction():
        order = get_order(order_id)
        if order.status == "pending":
            notifications.write_once("pay_link", f"pay_link:order:{order_id}", order, pay_link(order))


@job("changes.pay_back")
def pay_back(order_id: int, change_id: int) -> None:
    """Give back what a change left over, where whoever made it did not come so far."""
    services.finish_paying_back(order_id, change_id)


@job("changes.issue_documents")
def issue_documents(order_id: int, change_id: int) -> None:
    """Issue the credit note and the invoice that a confirmed change makes necessary."""
    retrying(lambda: services.issue_documents(order_id, change_id))


@job("changes.expire_drafts")
def expire_drafts() -> None:
    """Put the drafts away that nobody touches any more."""
    retrying(services.expire_drafts)


@job("changes.confirm_settled")
def confirm_settled() -> None:
    """Confirm the changes whose difference is paid or paid back by now."""
    services.confirm_all_settled()


@job("changes.take_unpaid_exchanges_back", lease=240)
def take_unpaid_exchanges_back() -> None:
    """Pay back what came for exchanges whose difference was never paid."""
    services.take_unpaid_exchanges_back()
