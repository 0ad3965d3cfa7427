"""Named points at which a drill may kill the process, to prove that nothing is lost or done twice.

`STORE_FAULT=orders.expire.after_release` kills the first process that passes the point; with `STORE_FAULT_DIR`
each point kills once only, which is how a drill lets the retry succeed.
"""

import os
import signal
from pathlib import Path

from store.core.settings import Settings

_armed: frozenset[str] = frozenset()
_once_dir: Path | None = None


def configure(settings: Settings) -> None:
    """Arm the points that the settings name; none in production."""
    global _armed, _once_dir
    _armed = frozenset() if settings.is_production else frozenset(filter(None, settings.store_fault.split(",")))
    _once_dir = Path(settings.store_fault_dir) if settings.store_fault_dir else None


def point(name: str) -> None:
    """Die here by SIGKILL when the point is armed."""
    if name not in _armed:
        return
    if _once_dir is not None:
        try:
            os.close(os.open(_once_dir / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
