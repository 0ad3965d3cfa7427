"""Become another program with fewer rights, tied to the life of the parent.

Run as a script by `store.ops.processes`: what has to happen between fork and exec happens here, in a process with
one thread, and not in the parent, which may have several. Standard library only; it starts in 15 ms.

    python -I -S launch.py '{"uid": 60975, "death_signal": 2, "parent": 77}' /path/to/program argument ...
"""

# All imports stand here, ctypes too: once the user has changed, Python's own files may be out of reach.
import ctypes
import json
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
CLONE_NEWUSER = 0x10000000

# sysexits.h: EX_NOPERM and EX_OSERR, to tell our own failures from the program's.
NOT_PERMITTED = 77
NOT_RUNNABLE = 71


def main(options: dict[str, object], command: list[str]) -> None:
    """Drop rights, tie the life to the parent, then `exec` the command, or print which `check` paths are usable."""
    uid = options.get("uid")
    named = options.get("appear_as")
    try:
        if isinstance(uid, int):
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        elif isinstance(named, int):
            appear_as(named)
    except OSError as error:
        sys.stderr.write(f"launch: the user can't be changed: {error}\n")
        raise SystemExit(NOT_PERMITTED) from None
    if "check" in options:
        print(json.dumps([os.access(path, mode) for path, mode in options["check"]]))  # type: ignore[attr-defined]
        return
    # Set after the change of user, which clears it.
    death_signal, parent = options.get("death_signal"), options.get("parent")
    if isinstance(death_signal, int) and sys.platform == "linux":
        die_with_parent(death_signal)
        if os.getppid() != parent:
            raise SystemExit(NOT_RUNNABLE)
    folder = options.get("folder")
    if isinstance(folder, str):
        os.chdir(folder)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.stderr.write(f"launch: {command[0]} can't be run: {error.strerror}\n")
        raise SystemExit(NOT_RUNNABLE) from None


def die_with_parent(death_signal: int) -> None:
    """Let the kernel send this process `death_signal` when the parent's thread that started it ends. Linux only."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)


def call_process(name: str) -> None:
    """Let `ps` and `top` show this process under a name of up to 15 letters. Linux only."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])


def appear_as(uid: int) -> None:
    """Enter a user namespace in which the present user has another number; raises OSError where that is not allowed."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside_uid} 1"),
        ("gid_map", f"{uid} {outside_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as setting:
            setting.write(content)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
