"""Looks into a film before it is taken in: what it is, how large, and whether browsers can play it.

Nothing is decoded: only the boxes round the pictures are read, piece by piece, so that a film of any size costs a few
kilobytes. What phones write beside the pictures (where it was taken, with what, by whom) is blanked in place.
"""

from typing import IO

from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.films.formats import mp4, webm
from store.films.formats.facts import Broken, Facts, Unplayable

__all__ = ["Facts", "clean"]

_CODECS = {"avc1": "H.264", "avc3": "H.264", "av01": "AV1", "vp08": "VP8", "vp09": "VP9"}
_LONGEST_SIDE = 8192


def clean(file: IO[bytes], size: int) -> Facts:
    """Return what the film is, and blank what it tells of its maker in `file`; raises `Invalid` with the reason."""
    file.seek(0)
    head = file.read(16)
    try:
        if head[4:8] == b"ftyp":
            facts = mp4.clean(file, size)
        elif head[:4] == b"\x1a\x45\xdf\xa3":
            facts = webm.clean(file, size)
        else:
            raise Invalid(_("This file is no film. MP4 and WebM can be taken in."), field="film")
    except Unplayable as error:
        raise Invalid(_unplayable(error.codec), field="film") from error
    except Broken as error:
        raise Invalid(_("This film is damaged or was not sent completely."), field="film", reason=str(error)) from error
    if facts.codec not in _CODECS:
        raise Invalid(_unplayable(facts.codec), field="film")
    if not (0 < facts.width <= _LONGEST_SIDE and 0 < facts.height <= _LONGEST_SIDE):
        raise Invalid(_("This film is damaged or was not sent completely."), field="film", reason="size of the picture")
    return facts


def _unplayable(codec: str) -> str:
    return _(
        "Many browsers can't play this film (%(codec)s). Save it as MP4 with H.264, or as WebM.",
        codec=codec.strip()[:20] or "?",
    )
