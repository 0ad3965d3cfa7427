"""A mail for each step of a return that its shopper has to know of. Each handler may run twice and writes one mail."""

from store.changes.events import ExchangeTakenBack
from store.changes.queries import get_change
from store.core.db import retrying, transaction
from store.core.errors import NotFound
from store.core.events import subscribe
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.core.money import Money
from store.core.queue import job
from store.notifications import emails
from store.notifications.services import write_once
from store.orders.models import Order
from store.orders.queries import get_order
from store.returns import services
from store.returns.events import GIVEN_UP, ReturnMoved
from store.returns.models import Return
from store.returns.queries import find_return


@job("returns.finish_refund")
def finish_refund(return_id: int, key: str, actor: str, answer: str) -> None:
    """End a return whose money is back, where whoever settled it did not come so far."""
    services.finish_refund(return_id, key, actor=actor, answer=answer)


@job("returns.give_up_promise")
def give_up_promise(order_id: int) -> None:
    """Give up what was promised for goods that are not sent any more."""
    services.give_up_promise(order_id)


@subscribe(ExchangeTakenBack, name="returns.pay_back_exchange")
def pay_back_exchange(event: ExchangeTakenBack) -> None:
    """Let the return of an exchange that came to nothing say that its money goes back."""
    retrying(lambda: services.pay_back_exchange(event.order_id, event.change_id))


@subscribe(ReturnMoved, name="returns.send_news")
def send_news(event: ReturnMoved) -> None:
    """Tell the shopper what has become of their return, where there is something to tell."""
    with transaction():
        one = find_return(event.return_id)
        if one is None:
            raise NotFound(_("This return is not here."), return_id=event.return_id)
        order = get_order(one.order_id)
        with use_locale(order.locale):
            told = _news(event.status, one, order)
            if told is None:
                return
            subject, title, paragraphs = told
            letter = emails.letter(
                order,
                subject=subject,
                title=title,
                paragraphs=[*paragraphs, *([one.answer] if one.answer else [])],
                rows=_rows(one, order),
                button=(_("See your return"), f"/returns/{one.id}"),
            )
        write_once("return", f"return:{one.id}:{event.status}", order, letter)


def _news(status: str, one: Return, order: Order) -> tuple[str, str, list[str]] | None:
    number = order.number or ""
    if status == "requested":
        return (
            (
                _("Your message about order %(number)s is here", number=number),
                _("We have your message"),
                [_("Thank you for telling us. A person looks at it and writes to you; there is nothing to do now.")],
            )
            if one.kind == "claim"
            else None
        )
    if status == "approved" and one.sends_back:
        return (
            _("How to send back what you bought with order %(number)s", number=number),
            _("Please send it back"),
            [_("Under this link you find the address, the slip to print and the last day for it.")],
        )
    if status == "approved":
        return (
            _("Your message about order %(number)s", number=number),
            _("We make it good"),
            [_("You don’t have to send anything back. We write again as soon as it is settled.")],
        )
    if status == "rejected":
        return (
            _("We can’t take back your order %(number)s", number=number)
            if one.kind != "claim"
            else _("Your message about order %(number)s", number=number),
            _("We are sorry"),
            [_("We can’t do what you asked for.")],
        )
    if status == "received":
        return (
            _("Your parcel with order %(number)s has arrived here", number=number),
            _("Your parcel is here"),
            [_("We check it and settle it within a few days.")],
        )
    if status == "resolved":
        return _resolved(one)
    if status == GIVEN_UP:
        return (
            _("Your exchange %(name)s is called off", name=one.name),
            _("The exchange is called off"),
            [
                _("What you wished for instead stays here, because its difference was not paid."),
                _("What you sent back is paid back; banks take up to five working days to show it."),
            ],
        )
    return None


def _resolved(one: Return) -> tuple[str, str, list[str]]:
    sentence = {
        "refund": _("The money goes back to where it came from; banks take up to five working days to show it."),
        "exchange": _("What comes instead is part of your order now and leaves as soon as its difference is paid.")
        if _waits_for_difference(one)
        else _("What comes instead is part of your order now and leaves as soon as it is packed."),
        "replacement": _("It is sent once more and leaves as soon as it is packed."),
        "nothing": _("It is closed without a payment."),
    }[one.resolution]
    return _("Your return %(name)s is settled", name=one.name), _("It is settled"), [sentence]


def _waits_for_difference(one: Return) -> bool:
    change = get_change(one.order_id, one.change_id) if one.change_id is not None else None
    return change is not None and (change.status, change.settlement) == ("requested", "charge")


def _rows(one: Return, order: Order) -> list[tuple[str, str]]:
    titles = {line.id: line.title for line in order.lines}
    rows = [(_("Return"), one.name)]
    rows += [(f"{line.quantity} × {titles[line.order_line_id]}", line.new_title) for line in one.lines]
    if one.kind == "return":
        rows.append((_("You get back"), Money(one.promised_minor, order.currency).format(order.locale)))
    return rows
