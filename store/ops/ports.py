"""Ports on this machine: free ones for embedded servers, and whether the wanted one is taken."""

import errno
import os
import socket
from pathlib import Path

from store.ops.refusal import Refusal


def find_free() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(host: str, port: int) -> None:
    """Raise `Refusal` when the shop could not listen there, with the reason and the way out."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OverflowError:
            raise Refusal(f"PORT={port} is not a port; choose one from 1024 to 65535.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Refusal(
                    f"Port {port} on {host} is taken{_taken_by(port)}. Stop what uses it, or choose another: "
                    f"PORT={port + 1 if port < 65535 else 8000} ./bin/store up"
                ) from None
            if error.errno == errno.EACCES:
                raise Refusal(f"Port {port} needs more rights than this user has. Choose one above 1023.") from None
            raise Refusal(f"The shop can't listen on {host}:{port}: {error.strerror or error}.") from None


def _taken_by(port: int) -> str:
    """Say who listens, where the kernel tells us: Linux, and a process we may look into."""
    listening = "0A"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            held = {os.readlink(link) for link in (process / "fd").iterdir()}
            if held & inodes:
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f" by {name} (process {process.name})"
        except OSError:
            continue
    return ""
