"""A return under its order's lock."""

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.events import emit
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.returns.events import ReturnMoved
from store.returns.models import Return
from store.returns.queries import find_return


def lock_return(return_id: int) -> tuple[Order, Return]:
    """Return a return and its order as they are now, the order locked first; raises `NotFound`."""
    order_id = session.execute(select(Return.order_id).where(Return.id == return_id)).scalar_one_or_none()
    if order_id is None:
        raise NotFound(_("This return is not here."))
    order = orders.lock_order(order_id)
    found = find_return(return_id)
    assert found is not None  # nobody deletes returns
    return order, found


def tell(one: Return, *, actor: str, **data: object) -> None:
    """Write the return's new status into the order's timeline and tell whoever listens."""
    orders.add_event(one.order_id, f"return_{one.status}", actor=actor, return_id=one.id, name=one.name, **data)
    emit(ReturnMoved(one.id, one.status))
