"""The streaming service of this shop, if it has one: a film's own file is always there besides."""

from store.core.settings import Settings
from store.films.providers.base import BadSignature, Refused, Standing, StreamingService, Ticket
from store.films.providers.cloudflare_stream import CloudflareStream

__all__ = ["BadSignature", "Refused", "Standing", "StreamingService", "Ticket", "configure", "current", "use"]

_service: StreamingService | None = None


def configure(settings: Settings) -> None:
    """Use the service that the settings name."""
    use(CloudflareStream(settings) if settings.has_streaming else None)


def use(service: StreamingService | None) -> None:
    """Use this service, or none."""
    global _service
    _service = service


def current() -> StreamingService | None:
    """Return the service in use."""
    return _service
