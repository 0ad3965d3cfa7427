"""What can go wrong with the cache in front of the shop."""

from store.core.errors import Conflict, Unavailable


class EdgeAway(Unavailable):
    """Cloudflare does not answer, or has had enough for now; `facts["retry_after"]` are the seconds it asks for."""


class EdgeRefused(Conflict):
    """Cloudflare does not do it, and would not later: a wrong token, zone or rule."""
