"""What happened to uploads."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class UploadReady(Event):
    """An upload has become a picture; whoever it is for takes it from here."""

    upload_id: int
