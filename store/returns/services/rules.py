"""The shop says what it takes back."""

from collections.abc import Mapping

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from store.core.db import session
from store.returns.models import ReturnExclusion, ReturnRules


def save_rules(
    *,
    days: int,
    send_days: int,
    claim_days: int,
    takes_made_to_order: bool,
    approves_at_once: bool,
    pays_the_way_back: bool,
    address: str,
    instructions: str,
    exclusions: Mapping[str, str],
) -> None:
    """Keep the rules; returns that were asked for before keep what they were told."""
    values = {
        "days": days,
        "send_days": send_days,
        "claim_days": claim_days,
        "takes_made_to_order": takes_made_to_order,
        "approves_at_once": approves_at_once,
        "pays_the_way_back": pays_the_way_back,
        "address": address,
        "instructions": instructions,
    }
    session.execute(
        upsert(ReturnRules).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values)
    )
    session.execute(delete(ReturnExclusion))
    if exclusions:
        session.execute(insert(ReturnExclusion), [{"tag": tag, "reason": why} for tag, why in exclusions.items()])
