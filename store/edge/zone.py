"""Which zone of Cloudflare stands in front of the shop, if any: bound at the start."""

from store.core.settings import Settings
from store.edge.cloudflare import Cloudflare

_current: Cloudflare | None = None


def configure(settings: Settings) -> None:
    """Take the zone of the settings."""
    use(Cloudflare.of(settings))


def use(zone: Cloudflare | None) -> None:
    """Speak to this zone from now on; with none, what would be thrown away is only recorded."""
    global _current
    _current = zone


def current() -> Cloudflare | None:
    """Return the zone in front of the shop."""
    return _current
