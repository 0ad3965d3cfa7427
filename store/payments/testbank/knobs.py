"""Faults to order: each knob makes one kind of call go wrong in one way, a number of times."""

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from store.core.db import run_alone, session
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.payments.testbank.models import BankKnob

# What can happen to a call: it is done and the answer is lost; it fails and nothing is done; it is done but the answer
# takes longer than anybody waits; it is refused.
_CALL_FAULTS = ("lost_reply", "error_500", "hang", "declined")

FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "start": _CALL_FAULTS,
    "fetch": _CALL_FAULTS,
    "capture": _CALL_FAULTS,
    "cancel": _CALL_FAULTS,
    "refund": _CALL_FAULTS,
    # Sent twice; overtaken by what comes after it; sent late; never sent.
    "webhook": ("duplicate", "reorder", "delay", "drop"),
}

MAX_REMAINING = 1000

_TAKE = """
    UPDATE test_bank_knobs SET remaining = remaining - 1
     WHERE id = (SELECT id FROM test_bank_knobs WHERE call = :call AND remaining > 0 ORDER BY id LIMIT 1 FOR UPDATE)
    RETURNING fault
"""


def turn(call: str, fault: str, remaining: int = 1) -> None:
    """Let the next `remaining` calls of a kind go wrong; 0 takes the knob away. Raises `Invalid`."""
    if fault not in FAULTS.get(call, ()):
        raise Invalid(_("The bank can't act that out."), field="fault")
    if not 0 <= remaining <= MAX_REMAINING:
        raise Invalid(_("Please choose a number from 0 to %(most)s.", most=MAX_REMAINING), field="remaining")
    session.execute(
        insert(BankKnob)
        .values(call=call, fault=fault, remaining=remaining)
        .on_conflict_do_update(index_elements=["call", "fault"], set_={"remaining": remaining})
    )


def reset() -> None:
    """Let everything work again."""
    session.execute(delete(BankKnob))


def take(call: str) -> str | None:
    """Return the fault that this call is to suffer and count it down; `None` when it works."""
    turned = run_alone(_TAKE, {"call": call})
    return turned[0].fault if turned else None


def list_knobs() -> list[BankKnob]:
    """Return the knobs that still have an effect."""
    return list(
        session.execute(
            select(BankKnob).where(BankKnob.remaining > 0).order_by(BankKnob.call, BankKnob.fault)
        ).scalars()
    )
