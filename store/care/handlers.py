"""Mails about an order that its shopper looked for or changed. Each handler may run twice and writes one mail."""

from store.care.events import AddressChanged
from store.care.queries import find_order_by_number
from store.core.clock import now
from store.core.db import transaction
from store.core.events import subscribe
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.core.queue import job
from store.notifications import emails, services
from store.orders.queries import get_order


@job("care.send_link")
def send_link(number: int, email: str) -> None:
    """Mail the link of an order to its own address, once an hour at most; nothing for an order that isn't there."""
    with transaction():
        order = find_order_by_number(number, email)
        if order is None:
            return
        with use_locale(order.locale):
            letter = emails.letter(
                order,
                subject=_("The link to your order %(number)s", number=order.number or ""),
                title=_("Here is your order"),
                paragraphs=[
                    _(
                        "Somebody, probably you, asked for the link to your order %(number)s.",
                        number=order.number or "",
                    ),
                    _("Whoever has the link can see the order, so keep it to yourself."),
                ],
            )
        services.write_once("link", f"link:order:{order.id}:{now():%Y%m%d%H}", order, letter)


@subscribe(AddressChanged, name="care.send_new_address")
def send_new_address(event: AddressChanged) -> None:
    """Say where the order goes now, so that a change somebody else made is noticed."""
    with transaction():
        order = get_order(event.order_id)
        with use_locale(order.locale):
            letter = emails.letter(
                order,
                subject=_("Your order %(number)s goes to another address", number=order.number or ""),
                title=_("The address was changed"),
                paragraphs=[
                    _("Your order goes to this address now. If that was not you, please answer this mail at once."),
                ],
                tells_address=True,
            )
        services.write_once("address", f"address:order:{order.id}:{event.change}", order, letter)
