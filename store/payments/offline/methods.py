"""What checkout and order pages need to know of ways to pay by hand, remembered for seconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from store.core.db import session
from store.payments.offline.models import CODES, OfflineMethod

# A change is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

_known: tuple[float, Mapping[str, "MethodFacts"]] | None = None


@dataclass(frozen=True)
class MethodFacts:
    """One way to pay by hand; where nobody has written anything down it is not offered."""

    code: str
    enabled: bool = False
    account_holder: str = ""
    iban: str = ""
    bic: str = ""
    instructions: str = ""
    countries: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    days_to_pay: int = 14
    remind_after_days: int = 7

    def serves(self, *, country: str | None, delivery: str | None) -> bool:
        """Whether a shopper may choose it; what is not known yet is not held against them."""
        return (
            self.enabled
            and (country is None or not self.countries or country in self.countries)
            and (delivery is None or not self.deliveries or delivery in self.deliveries)
        )


def get_method(code: str) -> MethodFacts:
    """Return how things stand with one way to pay by hand (1 statement every few seconds)."""
    return _all()[code]


def read_method(code: str) -> MethodFacts:
    """Return the same as it is at this moment (1 statement)."""
    forget()
    return _all()[code]


def forget() -> None:
    """Read them anew next time."""
    global _known
    _known = None


def _all() -> Mapping[str, MethodFacts]:
    global _known
    if _known is not None and time.monotonic() < _known[0]:
        return _known[1]
    rows = session.execute(
        select(
            OfflineMethod.code,
            OfflineMethod.enabled,
            OfflineMethod.account_holder,
            OfflineMethod.iban,
            OfflineMethod.bic,
            OfflineMethod.instructions,
            OfflineMethod.countries,
            OfflineMethod.deliveries,
            OfflineMethod.days_to_pay,
            OfflineMethod.remind_after_days,
        )
    )
    found = {code: MethodFacts(code) for code in CODES}
    for row in rows:
        found[row.code] = MethodFacts(
            **{**row._asdict(), "countries": tuple(row.countries), "deliveries": tuple(row.deliveries)}
        )
    _known = time.monotonic() + REMEMBER_SECONDS, found
    return found
