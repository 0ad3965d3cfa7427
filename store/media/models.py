"""One row a picture, whoever shows it, and one row a file on its way in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class Image(Model):
    """A picture by the hash of its content; `pending` until its bytes have been fetched and sized.

    `widths` are those that browsers are offered, in pixels, and `formats` what they are offered in; a rendition that is
    not in storage is made when it is asked for. `colour` is the dominant colour as `#rrggbb`, `placeholder` the picture
    blurred at a few pixels as a `data:` address. The focal point, in percent from the top left, stays in sight however
    the picture is cropped.
    """

    __tablename__ = "images"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'ready', 'failed')", name="status"),
        CheckConstraint("(status = 'ready') = (key IS NOT NULL)", name="ready_has_key"),
        CheckConstraint("key IS NOT NULL OR source_url IS NOT NULL", name="origin"),
        CheckConstraint("focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100", name="focal"),
        CheckConstraint("formats <@ '{avif,webp}'", name="formats"),
    )

    key: Mapped[str | None] = mapped_column(unique=True)
    source_url: Mapped[str | None] = mapped_column(unique=True)
    alt: Mapped[str] = mapped_column(default="", server_default="")
    width: Mapped[int] = mapped_column(default=0, server_default="0")
    height: Mapped[int] = mapped_column(default=0, server_default="0")
    colour: Mapped[str | None]
    widths: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    formats: Mapped[list[str]] = mapped_column(ARRAY(Text), default=lambda: ["webp"], server_default="{webp}")
    focal_x: Mapped[int] = mapped_column(default=50, server_default="50")
    focal_y: Mapped[int] = mapped_column(default=50, server_default="50")
    placeholder: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class MediaFolder(Model):
    """A folder of the media library, by whose name staff look for pictures; a picture lies in one or in none."""

    __tablename__ = "media_folders"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    name: Mapped[str]


Index("media_folders_lower_name_ix", func.lower(MediaFolder.name).label("lower_name"), unique=True)


class LibraryEntry(KeylessModel):
    """What staff keep a picture by; one that has none is kept by its words alone.

    It stands apart from the picture's own row, because no page shows it: changing it leaves products as they are.
    """

    __tablename__ = "library_entries"
    __table_args__ = (Index(None, "folder_id"),)

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("media_folders.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")


class FormerKey(KeylessModel):
    """A key that a picture had before other bytes took its place: mails, orders and other sites still name it."""

    __tablename__ = "former_keys"
    __table_args__ = (Index(None, "image_id"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"))
    widths: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    replaced_at: Mapped[datetime] = mapped_column(default=now)


class Upload(Model):
    """A file that somebody is sending in, from the first click until it is a picture or is refused.

    `purpose` and `subject_id` say what it is for, such as `product` 12; `reason` is a word of `store.media.reasons`.
    Its bytes lie in `store.media.incoming` under `token` and are gone once it is ready or refused.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'received', 'checking', 'ready', 'refused')", name="state"),
        CheckConstraint("(state = 'refused') = (reason <> '') OR state = 'received'", name="refused_has_reason"),
        Index(None, "purpose", "subject_id"),
        Index("uploads_unfinished_ix", "created_at", postgresql_where=text("state NOT IN ('ready', 'refused')")),
    )

    token: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    alt: Mapped[str] = mapped_column(default="", server_default="")
    purpose: Mapped[str] = mapped_column(default="", server_default="")
    subject_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    created_at: Mapped[datetime] = mapped_column(default=now)


class RenditionMade(Model):
    """A picture of which a rendition was made when somebody asked for it.

    Whoever keeps storage small says until when it may stay (`due_at`), and takes the row when it is gone.
    """

    __tablename__ = "renditions_made"
    __table_args__ = (Index(None, "due_at"),)

    key: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
