"""Takes the pictures out of a zip file: each becomes an upload of its own, and is looked at as any other."""

import struct
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from store.core.errors import Invalid
from store.media import uploads
from store.media.checking import Arrival
from store.media.renditions import MAX_BYTES
from store.media.sandbox import Refused

MOST_FILES = 500

# All that comes out of one archive together, whatever its directory promises.
MOST_UNPACKED = 1024 * 1024 * 1024

_ENDINGS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
            ".gif": "image/gif", ".avif": "image/avif"}  # fmt: skip
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, OverflowError)
_ENCRYPTED = 0x1

# A directory is read whole: one of this size names twenty thousand files, and nobody means to send those.
_LARGEST_DIRECTORY = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE, _LARGE_SIGNATURE, _LARGE_SIZE = b"PK\x05\x06", b"PK\x06\x07", 20
_LONGEST_COMMENT = 65_535
_CHUNK = 256 * 1024


def unpack(arrival: Arrival, path: Path) -> None:
    """Send in each picture of the archive; raises `Refused` before the first when the archive itself is no good.

    Names are for showing only: nothing is written where they lead. What is no picture by its name is left out.
    """
    _judge_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if _is_picture(one)]
            if not members:
                raise Refused("nothing_in_it")
            if len(members) > MOST_FILES:
                raise Refused("too_many_files")
            if any(one.flag_bits & _ENCRYPTED for one in members):
                raise Refused("locked")
            if sum(one.file_size for one in members) > MOST_UNPACKED:
                raise Refused("too_costly")
            for one in members:
                _send_in(arrival, archive, one)
    except _BROKEN as error:
        raise Refused("broken_archive") from error


def _judge_directory(path: Path) -> None:
    """Refuse an archive whose directory alone would fill the memory, before it is read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END.size - _LONGEST_COMMENT - _LARGE_SIZE))
        tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise Refused("broken_archive")
    # The form for archives beyond four gigabytes has its numbers elsewhere, and none of ours needs it.
    directory = _END.unpack_from(tail, at)[5]
    if directory > _LARGEST_DIRECTORY or tail[max(0, at - _LARGE_SIZE) :].startswith(_LARGE_SIGNATURE):
        raise Refused("too_many_files")


def _is_picture(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename)
    hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not member.is_dir() and not hidden and name.suffix.lower() in _ENDINGS


def _send_in(arrival: Arrival, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with tempfile.TemporaryFile(prefix="vitrine-unpacked-") as file:
        size = 0
        with archive.open(member) as body:
            # No more than a picture may have, and one byte to see that there is more.
            while size <= MAX_BYTES and (chunk := body.read(min(_CHUNK, MAX_BYTES + 1 - size))):
                size += file.write(chunk)
        file.seek(0)
        try:
            uploads.receive(
                file,
                member.filename,
                size=size,
                content_type=_ENDINGS[PurePosixPath(member.filename).suffix.lower()],
                actor=arrival.actor,
                purpose=arrival.purpose,
                subject_id=arrival.subject_id,
            )
        except Invalid as refused:
            uploads.note_refusal(
                member.filename,
                str(refused.facts["reason"]),
                actor=arrival.actor,
                purpose=arrival.purpose,
                subject_id=arrival.subject_id,
            )
