"""A return goes its way: approved or turned down, called off, sent."""

from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.returns import states
from store.returns.models import Return
from store.returns.services.lock import lock_return, tell


def approve(return_id: int, *, actor: str, answer: str = "", sends_back: bool | None = None) -> Return:
    """Accept a return, so that the shopper sends it; of a claim staff may ask it too. Raises `IllegalMove`."""
    _order, one = lock_return(return_id)
    one.status = states.after(one.status, "approve")
    one.answer = answer.strip()
    if sends_back is not None:
        one.sends_back = sends_back
    session.flush()
    tell(one, actor=actor, sentence=one.answer)
    return one


def reject(return_id: int, *, actor: str, answer: str) -> Return:
    """Turn a return down, with a sentence that the shopper reads; raises `IllegalMove` and `Invalid` without one."""
    if not answer.strip():
        raise Invalid(_("Please tell the customer why."), field="answer")
    _order, one = lock_return(return_id)
    one.status = states.after(one.status, "reject")
    one.answer, one.closed_at = answer.strip(), now()
    session.flush()
    tell(one, actor=actor, sentence=one.answer)
    return one


def cancel(return_id: int, *, actor: str) -> Return:
    """Call a return off before anything has come back; a second call does nothing. Raises `IllegalMove`."""
    _order, one = lock_return(return_id)
    if one.status == "cancelled":
        return one
    one.status = states.after(one.status, "cancel")
    one.closed_at = now()
    session.flush()
    tell(one, actor=actor)
    return one


def note_sent(return_id: int, *, tracking_number: str, actor: str) -> Return:
    """Note that the parcel is on its way back, under this number if there is one; raises `IllegalMove`."""
    _order, one = lock_return(return_id)
    if one.status == "in_transit":
        one.tracking_number = tracking_number.strip()
        return one
    one.status = states.after(one.status, "send")
    one.tracking_number = tracking_number.strip()
    session.flush()
    tell(one, actor=actor, tracking_number=one.tracking_number)
    return one
