"""What staff set of taking money and sending, kept with the shop; what they never set is as the server is set up."""

from sqlalchemy import update

from store.core.db import session
from store.shop.models import Shop
from store.shop.queries import forget


def save_money_rules(*, payment_capture: str, capture_on_shipping: bool, shipping_undo_seconds: int) -> None:
    """Write them down; other processes follow within seconds, and what was begun before stays as it was begun."""
    session.execute(
        update(Shop).values(
            payment_capture=payment_capture,
            capture_on_shipping=capture_on_shipping,
            shipping_undo_seconds=shipping_undo_seconds,
        )
    )
    forget()
