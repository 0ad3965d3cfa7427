"""How far a payment has come, as ranks: news of a lower rank comes late and changes nothing."""

RANKS = {"created": 0, "requires_action": 1, "processing": 2, "failed": 3, "authorized": 4, "voided": 5, "captured": 6}

# By these money may still come without anybody of ours doing anything.
OPEN = ("created", "requires_action", "processing")

# The providers' words, see `providers.base.PaymentState`.
_OURS = {
    "open": "created",
    "requires_action": "requires_action",
    "processing": "processing",
    "failed": "failed",
    "authorized": "authorized",
    "cancelled": "voided",
    "succeeded": "captured",
}


def after(status: str, told: str) -> str:
    """Return a payment's status after the provider's word.

    It only climbs. Money that was taken after all outranks everything: the shopper's account has the last word.
    """
    heard = _OURS[told]
    return heard if RANKS[heard] > RANKS[status] else status


# Disputes that are not over.
DISPUTED = ("needs_response", "under_review")

# How far a dispute has come. A decision may be turned over by another, but not taken back.
_DISPUTE_RANKS = {"needs_response": 0, "under_review": 1, "closed": 2, "won": 2, "lost": 2}


def dispute_after(known: tuple[str, bool], told: tuple[str, bool]) -> tuple[str, bool]:
    """Return a dispute's status, and whether it is an inquiry, after the provider's word; old news changes nothing."""
    (status, inquiry), (heard, asks) = known, told
    if inquiry and not asks:
        return told
    if asks and not inquiry:
        return known
    return told if _DISPUTE_RANKS[heard] >= _DISPUTE_RANKS[status] else known
