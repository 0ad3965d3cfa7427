"""What carriers ask for a parcel at checkout: asked outside any transaction, remembered for minutes.

A price that was shown holds for half an hour; after ten minutes it is asked for again. While a carrier does not answer,
the rate tables of its methods hold, and it is left alone for a minute.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import read_rows, session, transaction
from store.shipping.carriers import configured_carriers
from store.shipping.carriers.base import Carrier, Parcel, Refused, Unavailable
from store.shipping.contents import Contents
from store.shipping.models import CarrierQuote
from store.shipping.queries import get_terms

FRESH = timedelta(minutes=10)
HOLDS = timedelta(minutes=30)
LEFT_ALONE = timedelta(minutes=1)

# What of an address changes a price.
_WHERE = ("country", "region", "postcode", "city")

_ASKED = """
    SELECT DISTINCT m.carrier FROM shipping_methods m
     WHERE m.active AND m.currency = :currency AND m.carrier <> '' AND NOT EXISTS (
           SELECT 1 FROM carrier_quotes q WHERE q.carrier = m.carrier AND q.parcel = :parcel AND q.until > :moment
              AND (q.asked_at > :fresh OR q.services = '[]'))
"""

logger = log.get_logger(__name__)


def parcel_name(address: Mapping[str, Any] | None, contents: Contents) -> str:
    """Return the name under which prices of such a parcel are remembered; empty when nobody has to be asked."""
    if not address or not configured_carriers():
        return ""
    terms = get_terms()
    if terms.origin is None:
        return ""
    facts = [[address.get(part, "") for part in _WHERE], contents.grams, terms.box_mm, dict(terms.origin)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def refresh(currency: str, address: Mapping[str, Any] | None, contents: Contents) -> None:
    """Ask every carrier whose price of this parcel is not known or too old. 1 statement when there is none to ask."""
    name = parcel_name(address, contents)
    if not name or address is None:
        return
    moment = now()
    wanted = {
        row.carrier
        for row in read_rows(_ASKED, {"currency": currency, "parcel": name, "moment": moment, "fresh": moment - FRESH})
    }
    for carrier in configured_carriers():
        if carrier.code in wanted:
            _ask(carrier, name, address, contents)


def _ask(carrier: Carrier, name: str, address: Mapping[str, Any], contents: Contents) -> None:
    terms = get_terms()
    parcel = Parcel(contents, terms.origin or {}, address, terms.box_mm)
    # Whatever was read before must not stay open while somebody outside is asked.
    with transaction():
        pass
    try:
        rates = carrier.quote(parcel)
    except (Refused, Unavailable) as error:
        logger.warning("carrier has no price", carrier=carrier.code, error=error.message)
        rates = ()
    services = [
        {"service": one.service, "amount_minor": one.amount_minor, "currency": one.currency, "days": one.days}
        for one in rates
    ]
    moment = now()
    values = {"services": services, "asked_at": moment, "until": moment + (HOLDS if services else LEFT_ALONE)}
    # A price that still holds outlives a carrier that has gone silent: only the next question is put off.
    kept = values if services else {"asked_at": moment}
    with transaction():
        session.execute(delete(CarrierQuote).where(CarrierQuote.until <= moment))
        session.execute(
            insert(CarrierQuote)
            .values(carrier=carrier.code, parcel=name, **values)
            .on_conflict_do_update(index_elements=["carrier", "parcel"], set_=kept)
        )
