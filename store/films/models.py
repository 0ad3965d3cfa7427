"""One row a film, whichever products show it, and its captions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.clock import now
from store.core.db import KeylessModel, Model
from store.media.models import Image


class Film(Model):
    """A film by the hash of its content; `size` in bytes, `duration_ms` is unknown of some that a browser recorded.

    `leaving` means that nothing shows it any more and its file will go; `deleting` that the file is going right now.
    """

    __tablename__ = "films"
    __table_args__ = (
        CheckConstraint("kind IN ('mp4', 'webm')", name="kind"),
        CheckConstraint("status IN ('ready', 'leaving', 'deleting')", name="status"),
        CheckConstraint("size > 0 AND width > 0 AND height > 0", name="extent"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    duration_ms: Mapped[int | None]
    title: Mapped[str] = mapped_column(default="", server_default="")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"), index=True)
    status: Mapped[str] = mapped_column(default="ready", server_default="ready")
    created_at: Mapped[datetime] = mapped_column(default=now)

    poster: Mapped[Image | None] = relationship()


class FilmCaption(Model):
    """What is said in a film, in one language, as WebVTT that we have written ourselves."""

    __tablename__ = "film_captions"
    __table_args__ = (
        UniqueConstraint("film_id", "language"),
        CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name="language"),
    )

    film_id: Mapped[int] = mapped_column(ForeignKey("films.id", ondelete="CASCADE"))
    language: Mapped[str]
    label: Mapped[str]
    # The address of the file follows from it, so that browsers may keep what they have.
    digest: Mapped[str]
    body: Mapped[str]


class FilmStream(KeylessModel):
    """How a film stands at the streaming service, which calls it `external_id`.

    From the state `ready` on its player is shown at `embed_url`; before, and when it `failed`, the film's own file is.
    """

    __tablename__ = "film_streams"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (embed_url <> '')", name="ready_has_player"),
        CheckConstraint("state <> 'sent' OR external_id IS NOT NULL", name="sent_has_id"),
    )

    film_id: Mapped[int] = mapped_column(ForeignKey("films.id", ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    embed_url: Mapped[str] = mapped_column(default="", server_default="")
    hls_url: Mapped[str] = mapped_column(default="", server_default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
