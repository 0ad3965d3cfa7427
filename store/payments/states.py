"""How far a payment has come, as ranks: news of a lower rank comes late and changes nothing."""

RANKS = {"created": 0, "requires_action": 1, "processing": 2, "failed": 3, "voided": 4, "captured": 5}

OPEN = ("created", "requires_action", "processing")

# The providers' words, see `providers.base.PaymentState`.
_OURS = {
    "open": "created",
    "requires_action": "requires_action",
    "processing": "processing",
    "failed": "failed",
    "cancelled": "voided",
    "succeeded": "captured",
}


def after(status: str, told: str) -> str:
    """Return a payment's status after the provider's word.

    It only climbs. Money that was taken after all outranks everything: the shopper's account has the last word.
    """
    heard = _OURS[told]
    return heard if RANKS[heard] > RANKS[status] else status
