"""What tax refuses."""

from store.core.errors import Invalid, Unavailable


class NoVatId(Invalid):
    """What was typed does not look like a VAT id; facts: `field`."""


class RegisterAway(Unavailable):
    """The register of VAT ids does not answer now."""
