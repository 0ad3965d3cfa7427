"""The web server: granian, with the application loaded once and shared by its workers."""

import gc
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from store.core.settings import Settings
from store.ops import launch

# Longer than any page takes; the supervisor allows six seconds for a stop.
WORKER_STOP_SECONDS = 4


def serve(settings: Settings) -> None:
    """Serve `wsgi:app` until SIGTERM or SIGINT. A worker that dies is replaced."""
    if sys.platform == "linux":
        # Forked workers share the loaded application; each has its own interpreter lock and its own connections.
        multiprocessing.set_start_method("fork", force=True)
    application = importlib.import_module("wsgi").app
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    Server(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.web_workers,
        # One request at a time in a worker: no lock is fought over, and one page's time is predictable.
        blocking_threads=1,
        runtime_threads=1,
        backlog=1024,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=WORKER_STOP_SECONDS,
    ).serve(target_loader=lambda: _in_worker(application, parent), wrap_loader=False)


def _in_worker(application: Callable[..., Any], parent: int) -> Callable[..., Any]:
    """Hand the application to a fresh worker, which ends with the server, however that ends."""
    if sys.platform == "linux":
        launch.die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    return application


def main() -> None:
    """Serve by the environment's settings."""
    serve(Settings.from_env())


if __name__ == "__main__":
    main()
