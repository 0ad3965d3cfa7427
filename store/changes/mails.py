"""What customers are told of a change or a draft, in the language of their order."""

from collections.abc import Iterable

from store.changes.models import OrderChange
from store.changes.queries import told
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.core.money import Money
from store.notifications.emails import Email, letter
from store.orders.models import Order


def changed(order: Order, change: OrderChange) -> Email:
    """Return the mail that says what is another in an order and how its difference is settled."""
    with use_locale(order.locale):
        words = told(change)
        total = Money((change.after or {})["order"]["total_minor"], order.currency).format(order.locale)
        rows = [
            (_("Taken out"), _pieces(words.taken_out)),
            (_("Put in"), _pieces(words.put_in)),
            (_("Total now"), total),
        ]
        paragraphs = [_("We have changed your order as follows."), _settlement(order, change)]
        return letter(
            order,
            subject=_("Your order %(number)s has been changed", number=order.number)
            if order.number
            else _("Your order has been changed"),
            title=_("Your order has been changed"),
            paragraphs=[text for text in (change.message, *paragraphs) if text],
            rows=[(name, text) for name, text in rows if text],
            button=(_("Look at it and pay the difference"), "") if change.settlement == "charge" else None,
        )


def pay_link(order: Order) -> Email:
    """Return the mail with the link to pay an order that staff have put together."""
    with use_locale(order.locale):
        rows = [(line.title, f"{line.quantity} × {_money(line.unit_gross_minor, order)}") for line in order.lines]
        rows.append((order.shipping_label, _money(order.shipping_minor, order)))
        rows.append((_("Total"), _money(order.total_minor, order)))
        return letter(
            order,
            subject=_("Your order is ready to be paid"),
            title=_("Your order is ready"),
            paragraphs=[
                _("We have put this together for you. Its pieces are held for you until it is paid."),
                _("Please look at it and pay it by the link below."),
            ],
            rows=rows,
            button=(_("Look at it and pay"), ""),
        )


def _settlement(order: Order, change: OrderChange) -> str:
    amount = _money(abs(change.difference_minor), order)
    return {
        "charge": _("It costs more than before. Please pay the difference by the link below; then we send it."),
        "refund": _("It costs less than before. What you have paid too much goes back the way it came."),
        "waive": _("It would cost %(amount)s more; that is on us.", amount=amount),
        "none": _("It costs the same as before."),
        "with_order": _("You pay what it costs now together with the rest of the order."),
    }[change.settlement]


def _pieces(pieces: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{quantity} × {title}" for quantity, title in pieces)


def _money(minor: int, order: Order) -> str:
    return Money(minor, order.currency).format(order.locale)
