"""Has somebody else's file opened in a process of its own: that may use up its limits or die, and nothing else does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.core.settings import PROJECT_ROOT
from store.media.reasons import REASONS
from store.media.renditions import Rendered
from store.media.storage import EXTENSION

# The process has its own limit of working time; this one, shorter than a job may take, is for one that sleeps.
WALL_SECONDS = 45.0

# Nothing of the shop's environment: whoever takes the process over finds no key in it.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}

_MOST_WORDS = 64 * 1024


class Refused(Exception):
    """The file is not taken; the reason is a word of `store.media.reasons`."""

    def __init__(self, reason: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"no reason is called {reason}")
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Opened:
    """What became of a file: the facts of a picture, or the reason why it is none.

    `peak_kb` is the memory that it took and `seconds` the working time, where the process lived to say so.
    """

    facts: dict[str, Any]
    refused: str = ""
    peak_kb: int = 0
    seconds: float = 0.0


def rendered(raw: Path) -> Rendered:
    """Return the first renditions of somebody else's file; raises `Refused`."""
    with tempfile.TemporaryDirectory(prefix="vitrine-opened-") as name:
        folder = Path(name)
        opened = open_picture(raw, folder)
        if opened.refused:
            raise Refused(opened.refused)
        facts = opened.facts
        return Rendered(
            width=int(facts["width"]),
            height=int(facts["height"]),
            colour=facts["colour"],
            placeholder=facts["placeholder"],
            files={int(width): (folder / f"{int(width)}.{EXTENSION}").read_bytes() for width in facts["files"]},
            master=(folder / f"master.{EXTENSION}").read_bytes(),
        )


def open_picture(raw: Path, folder: Path, *, seconds: float = WALL_SECONDS) -> Opened:
    """Have a picture decoded; its renditions lie in `folder` then, when it is not refused."""
    command = [sys.executable, "-P", "-B", "-m", "store.media.decoding", str(raw), str(folder)]
    try:
        ended = subprocess.run(
            command,
            cwd=PROJECT_ROOT,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Opened({}, "too_costly")
    if ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Opened({}, "too_costly")
    if ended.returncode < 0:
        # A decoder crashed: that is the file's doing.
        return Opened({}, "broken")
    if ended.returncode != 0:
        raise RuntimeError(f"decoding ended with {ended.returncode}: {ended.stderr[-2000:].decode(errors='replace')}")
    said: dict[str, Any] = json.loads(ended.stdout[:_MOST_WORDS])
    peak_kb, cpu = int(said.pop("peak_kb")), float(said.pop("seconds"))
    return Opened({}, said["refused"], peak_kb, cpu) if "refused" in said else Opened(said, "", peak_kb, cpu)
