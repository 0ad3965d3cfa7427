"""Writes mails: subject, HTML and text from the templates in `templates/email/`, without a request.

Links begin with `PUBLIC_URL`, never with a host that somebody asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from store.core import i18n
from store.core.i18n import gettext as _
from store.core.money import Money
from store.core.places import address_lines
from store.core.settings import PROJECT_ROOT, Settings
from store.media.storage import media_url
from store.orders.models import Fulfilment, Order, OrderLine
from store.orders.summary import payment_words
from store.orders.tracking import parcel_ways
from store.payments.offline.awaited import find_awaited
from store.shop.queries import ShopFacts, get_market, get_shop
from store.tax.words import treatment_sentence

KINDS = ("receipt", "shipped", "expired", "cancelled", "refunded")

_THUMBNAIL_WIDTH = 480

_base_url = ""


@dataclass(frozen=True)
class Email:
    """A mail as it will be sent."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Parcel:
    """What a mail says about a parcel; `tracking_url` is empty when there is no page to follow it on.

    `units` are how many of each line are in it; `more_follows` when something of the order has not left yet.
    """

    carrier: str
    tracking_number: str
    tracking_url: str
    units: Mapping[int, int]
    more_follows: bool


def configure(settings: Settings) -> None:
    """Take the base of links from the settings."""
    global _base_url
    _base_url = settings.base_url


def write(kind: str, order: Order, *, fulfilment: Fulfilment | None = None, refunded: Money | None = None) -> Email:
    """Return the mail of a kind on an order, in the order's language; raises `KeyError` for an unknown kind."""
    shop = get_shop()
    with i18n.use_locale(order.locale):
        prefix = get_market(order.market).prefix
        home = f"{_base_url}/{prefix}" if prefix else _base_url
        subject = _one_line(_subject(kind, order, shop))
        context = {
            "kind": kind,
            "subject": subject,
            "shop": shop,
            "order": order,
            "locale": order.locale,
            "home_url": f"{home}/",
            "order_url": f"{home}/orders/{order.token}",
            "name": _first_name(order),
            "parcel": _parcel(order, fulfilment) if fulfilment is not None else None,
            "refunded": refunded,
            "awaited": find_awaited(order) if kind == "receipt" else None,
            "tells_prices": kind in ("receipt", "cancelled", "refunded"),
        }
        environment = _environment()
        return Email(
            subject=subject,
            html=environment.get_template(f"email/{kind}.html").render(context),
            text=_tidy(environment.get_template(f"email/{kind}.txt").render(context)),
        )


def letter(
    order: Order,
    *,
    subject: str,
    title: str,
    paragraphs: Sequence[str],
    rows: Sequence[tuple[str, str]] = (),
    button: tuple[str, str] | None = None,
    tells_address: bool = False,
) -> Email:
    """Return a mail of plain sentences on an order; the caller writes them in the order's language.

    `rows` are facts with their names; `button` is a word and a path of the order's page, which is the page itself
    unless it says otherwise.
    """
    shop = get_shop()
    with i18n.use_locale(order.locale):
        prefix = get_market(order.market).prefix
        home = f"{_base_url}/{prefix}" if prefix else _base_url
        word, path = button or (_("See your order"), "")
        context = {
            "subject": _one_line(subject),
            "shop": shop,
            "order": order,
            "locale": order.locale,
            "home_url": f"{home}/",
            "link_url": f"{home}/orders/{order.token}{path}",
            "link_word": word,
            "name": _first_name(order),
            "title": title,
            "paragraphs": paragraphs,
            "rows": rows,
            "tells_address": tells_address,
            "tells_prices": False,
        }
        environment = _environment()
        return Email(
            subject=_one_line(subject),
            html=environment.get_template("email/letter.html").render(context),
            text=_tidy(environment.get_template("email/letter.txt").render(context)),
        )


def ready(order: Order, parcel: Fulfilment) -> Email:
    """Return the mail that says where and when a parcel can be fetched."""
    point = order.delivery.get("point") or {}
    inside = {line.order_line_id: line.quantity for line in parcel.lines}
    wanted = sum(line.quantity - line.cancelled_quantity for line in order.lines)
    with i18n.use_locale(order.locale):
        place = ", ".join(address_lines(point)) or order.shipping_label
        paragraphs = [
            _("You can fetch your order %(number)s now: %(place)s.", number=order.number, place=place),
            *filter(None, [str(point.get("hours") or "")]),
            _("Please tell us the order number when you come."),
        ]
        if sum(inside.values()) < wanted:
            paragraphs.append(_("This is a part of your order."))
        return letter(
            order,
            subject=_("Your order %(number)s is ready to fetch", number=order.number),
            title=_("Ready to fetch"),
            paragraphs=paragraphs,
            rows=[(_described(line), f"{inside[line.id]} ×") for line in order.lines if line.id in inside],
        )


def _described(line: OrderLine) -> str:
    return f"{line.title} ({line.variant_title})" if line.variant_title else line.title


def done(order: Order) -> Email:
    """Return the mail that says that an order of which nothing is sent is done, or a part of it."""
    with i18n.use_locale(order.locale):
        part = order.fulfilment_status == "partial"
        return letter(
            order,
            subject=_("Your order %(number)s is done", number=order.number),
            title=_("A part of your order is done") if part else _("Your order is done"),
            paragraphs=[_("Nothing of it comes by post. If something is missing, just answer this mail.")],
        )


def day(moment: datetime) -> str:
    """Return a day as a mail writes it, in the language that is set."""
    return format_date(moment.astimezone(_zone()), "long", locale=_babel_locale())


def _subject(kind: str, order: Order, shop: ShopFacts) -> str:
    number = order.number or ""
    subjects = {
        "receipt": _("Your order %(number)s at %(shop)s", number=number, shop=shop.name),
        "shipped": _("Your order %(number)s is on its way", number=number),
        "expired": _("Your order at %(shop)s was not paid", shop=shop.name),
        "cancelled": _("Your order %(number)s was cancelled", number=number)
        if number
        else _("Your order at %(shop)s was cancelled", shop=shop.name),
        "refunded": _("We have paid you back for order %(number)s", number=number)
        if number
        else _("We have paid you back"),
    }
    return subjects[kind]


def _first_name(order: Order) -> str:
    names = str(order.shipping_address.get("name", "")).split()
    return names[0] if names else ""


def _parcel(order: Order, fulfilment: Fulfilment) -> Parcel:
    ways = parcel_ways(fulfilment)
    return Parcel(
        carrier=fulfilment.carrier,
        tracking_number=", ".join(fulfilment.tracking_numbers),
        tracking_url=ways[0].url if ways else "",
        units={line.order_line_id: line.quantity for line in fulfilment.lines},
        more_follows=order.fulfilment_status == "partial",
    )


def _one_line(text: str) -> str:
    # A name with a line break in it must not become a header of its own.
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept) + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PROJECT_ROOT / "templates"),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(money=_money, day=day, country=_country, address_lines=address_lines)
    environment.globals.update(thumbnail=_thumbnail, payment_words=payment_words, tax_sentence=treatment_sentence)
    return environment


def _money(amount: Money | int, currency: str | None = None) -> str:
    money = amount if isinstance(amount, Money) else Money(amount, currency or get_shop().currency)
    return money.format(i18n.current_locale())


def _country(code: str) -> str:
    name: str = Locale.parse(_babel_locale()).territories.get(code, code)
    return name


def _thumbnail(key: str) -> str:
    url = media_url(key, _THUMBNAIL_WIDTH, "jpg")
    return url if "://" in url else f"{_base_url}{url}"


def _zone() -> ZoneInfo:
    return ZoneInfo(get_shop().time_zone or "UTC")


def _babel_locale() -> str:
    locale = i18n.current_locale()
    return "en" if locale == i18n.PSEUDO_LOCALE else locale.replace("-", "_")
