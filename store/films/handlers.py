"""What follows when a picture that was sent in for a film has become one."""

from store.core.db import transaction
from store.core.events import subscribe
from store.films import services, streaming
from store.media.events import UploadReady

# Its jobs are known by being imported.
JOBS = (streaming.stream, streaming.follow, streaming.stream_captions, streaming.unstream)


@subscribe(UploadReady, name="films.hang_poster")
def hang_poster(event: UploadReady) -> None:
    """Let it stand before the film."""
    with transaction():
        services.hang_poster(event.upload_id)
