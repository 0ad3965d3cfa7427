"""What follows when a picture that was sent in for a film has become one."""

from store.core.db import transaction
from store.core.events import subscribe
from store.films import services
from store.media.events import UploadReady


@subscribe(UploadReady, name="films.hang_poster")
def hang_poster(event: UploadReady) -> None:
    """Let it stand before the film."""
    with transaction():
        services.hang_poster(event.upload_id)
