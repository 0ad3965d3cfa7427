"""What goes back for a part of an order, to the cent.

Whatever is given back in whatever steps, all of it together is exactly what was paid, and the tax in it exactly the
tax that was paid, of every line. Two rules make it so:

- Units that go back take their share of what their line still has: two of the five that are left take two fifths.
  The last unit takes whatever is there.
- The tax in what went back follows the amount that went back, counted from the beginning: half of a line's money holds
  half of its tax, all of it all.

A goodwill amount makes every line a little cheaper (largest remainder); what lines no longer have, delivery gives.
Units that go back after it take their share of the lower price.

Callers hand in the earlier refunds of the order, oldest first: those that lower what is owed, done or under way, not
those that failed.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from store.core.i18n import gettext as _
from store.pricing.errors import MoreThanLeft
from store.pricing.rates import SHIPPING, RateTotals
from store.pricing.sharing import part_of, share_out


@dataclass(frozen=True, slots=True)
class Part:
    """A line as it was sold, or delivery (`key` is `SHIPPING`, one unit); `total_minor` contains `tax_minor`.

    `taxes` says what bears which rate where delivery bears several; together they are the part.
    """

    key: Hashable
    quantity: int
    total_minor: int
    tax_minor: int
    tax_rate: Decimal
    taxes: tuple[RateTotals, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to go back: units by line, an amount of the delivery, an amount of goodwill."""

    quantities: Mapping[Hashable, int] = field(default_factory=dict)
    shipping_minor: int = 0
    goodwill_minor: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A refund as it was kept: units and amount by line, of the delivery, and of goodwill."""

    lines: Mapping[Hashable, tuple[int, int]] = field(default_factory=dict)
    shipping_minor: int = 0
    goodwill_minor: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What of one part goes back: `amount_minor` contains `tax_minor`; `quantity` is 0 for an amount without goods.

    `taxes` is the same by rate.
    """

    key: Hashable
    quantity: int
    amount_minor: int
    tax_minor: int
    tax_rate: Decimal
    taxes: tuple[RateTotals, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What of one part has not gone back yet."""

    key: Hashable
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Split:
    """A refund, taken apart: `lines` are goods that go back, `goodwill` is what lines and delivery get cheaper."""

    lines: tuple[Share, ...]
    shipping: Share | None
    goodwill: tuple[Share, ...]

    @property
    def shares(self) -> tuple[Share, ...]:
        """All of it, goods first."""
        return (*self.lines, *((self.shipping,) if self.shipping else ()), *self.goodwill)

    @property
    def amount_minor(self) -> int:
        """What goes back altogether, with its tax."""
        return sum(share.amount_minor for share in self.shares)

    @property
    def tax_minor(self) -> int:
        """The tax in it."""
        return sum(share.tax_minor for share in self.shares)

    @property
    def goodwill_minor(self) -> int:
        """What of it is goodwill."""
        return sum(share.amount_minor for share in self.goodwill)

    @property
    def shipping_minor(self) -> int:
        """What of it is delivery."""
        return self.shipping.amount_minor if self.shipping else 0

    def by_rate(self) -> dict[Decimal, tuple[int, int]]:
        """Return amount (with its tax) and tax of each rate, the highest rate first."""
        found: dict[Decimal, tuple[int, int]] = defaultdict(lambda: (0, 0))
        taxes = chain.from_iterable(share.taxes for share in self.shares)
        for one in sorted(taxes, key=lambda one: one.rate, reverse=True):
            amount, tax = found[one.rate]
            found[one.rate] = amount + one.amount_minor, tax + one.tax_minor
        return dict(found)


def split(parts: Sequence[Part], asked: Asked, before: Iterable[Earlier] = ()) -> Split:
    """Return what goes back for what is asked; raises `MoreThanLeft`."""
    books = _Books(parts, before)
    return Split(
        lines=tuple(books.take(key, quantity) for key, quantity in asked.quantities.items() if quantity),
        shipping=books.take_amount(SHIPPING, asked.shipping_minor) if asked.shipping_minor else None,
        goodwill=books.take_goodwill(asked.goodwill_minor),
    )


def everything(parts: Sequence[Part], before: Iterable[Earlier] = ()) -> Asked:
    """Return what to ask for so that nothing is left: all units, all of the delivery, the rest as goodwill."""
    books = _Books(parts, before)
    left = {rest.key: rest for rest in books.left()}
    shipping = left.pop(SHIPPING, None)
    return Asked(
        quantities={key: rest.quantity for key, rest in left.items() if rest.quantity},
        shipping_minor=shipping.amount_minor if shipping else 0,
        # A line whose units are all back may still hold what was not given for them.
        goodwill_minor=sum(rest.amount_minor for rest in left.values() if not rest.quantity),
    )


def left_of(parts: Sequence[Part], before: Iterable[Earlier] = ()) -> tuple[Left, ...]:
    """Return what of each part has not gone back yet, in the order of the parts."""
    return _Books(parts, before).left()


class _Books:
    """What has gone back of each part: units, and money including goodwill."""

    def __init__(self, parts: Sequence[Part], before: Iterable[Earlier]) -> None:
        self._parts = {part.key: part for part in parts}
        self._units: dict[Hashable, int] = dict.fromkeys(self._parts, 0)
        self._money: dict[Hashable, int] = dict.fromkeys(self._parts, 0)
        self._rates = {
            part.key: part.taxes or (RateTotals(part.tax_rate, part.total_minor, part.tax_minor),) for part in parts
        }
        self._gone = {key: [0] * len(rates) for key, rates in self._rates.items()}
        for earlier in before:
            for key, (quantity, amount) in earlier.lines.items():
                self._note(key, quantity, amount)
            self._note(SHIPPING, 0, earlier.shipping_minor)
            for key, amount in self._goodwill(earlier.goodwill_minor).items():
                self._note(key, 0, amount)

    def left(self) -> tuple[Left, ...]:
        return tuple(Left(key, part.quantity - self._units[key], self._rest(key)) for key, part in self._parts.items())

    def take(self, key: Hashable, quantity: int) -> Share:
        part = self._parts.get(key)
        units = part.quantity - self._units[key] if part else 0
        if not 0 < quantity <= units:
            raise MoreThanLeft(
                _("Only %(count)s of this can go back.", count=units) if units else _("All of this has gone back."),
                part=key,
                asked=quantity,
                left=units,
            )
        return self._note(key, quantity, part_of(self._rest(key), quantity, units))

    def take_amount(self, key: Hashable, amount: int) -> Share:
        left = self._rest(key) if key in self._parts else 0
        if not 0 < amount <= left:
            raise MoreThanLeft(_("That is more than is left to give back."), part=key, asked=amount, left=left)
        return self._note(key, 0, amount)

    def take_goodwill(self, amount: int) -> tuple[Share, ...]:
        left = sum(self._rest(key) for key in self._parts)
        if not 0 <= amount <= left:
            raise MoreThanLeft(_("That is more than is left to give back."), part="goodwill", asked=amount, left=left)
        return tuple(self._note(key, 0, share) for key, share in self._goodwill(amount).items() if share)

    def _rest(self, key: Hashable) -> int:
        return max(self._parts[key].total_minor - self._money[key], 0)

    def _goodwill(self, amount: int) -> dict[Hashable, int]:
        """Spread an amount over what lines still have; what they don't have comes from delivery, as far as it goes."""
        goods = {key: self._rest(key) for key in self._parts if key != SHIPPING}
        of_goods = min(amount, sum(goods.values()))
        shares = dict(zip(goods, share_out(of_goods, list(goods.values())), strict=True))
        if SHIPPING in self._parts:
            shares[SHIPPING] = min(amount - of_goods, self._rest(SHIPPING))
        return shares

    def _note(self, key: Hashable, quantity: int, amount: int) -> Share:
        part = self._parts.get(key)
        if part is None:
            # A line that is no longer of the order has nothing to give.
            return Share(key, quantity, amount, 0, Decimal(0), ())
        self._units[key] += quantity
        self._money[key] += amount
        rates, gone = self._rates[key], self._gone[key]
        left = [max(one.amount_minor - money, 0) for one, money in zip(rates, gone, strict=True)]
        shares = share_out(min(amount, sum(left)), left)
        taxes = tuple(
            RateTotals(one.rate, share, _tax_in(one, money + share) - _tax_in(one, money))
            for one, money, share in zip(rates, gone, shares, strict=True)
        )
        self._gone[key] = [money + share for money, share in zip(gone, shares, strict=True)]
        tax = sum(one.tax_minor for one in taxes)
        return Share(key, quantity, amount, tax, part.tax_rate, tuple(one for one in taxes if one.amount_minor))


def _tax_in(whole: RateTotals, money: int) -> int:
    return part_of(whole.tax_minor, money, whole.amount_minor)
