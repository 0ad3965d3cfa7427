"""What must never be in the repository: secrets, a machine's own paths, download addresses, other people's files."""

import re
import subprocess
from pathlib import Path

from store.ops.servers import PROJECT

# A project's text is small; what is larger was made by a machine or by others.
LARGEST = 400_000

# The fixtures and pictures that this project made itself, as folder prefixes.
_OWN_LARGE = ("locks/", "docs/")

_TEXT = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
    ".conf",
    ".mako",
    ".csv",
    ".svg",
    ".example",
}

_FORBIDDEN = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE " + "KEY-----")),
    ("a live payment key", re.compile(r"\b[sr]k_live_[0-9a-zA-Z]{10,}")),
    ("a webhook secret", re.compile(r"\bwhsec_[0-9a-zA-Z+/]{24,}")),
    ("a cloud access key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[0-9A-Za-z]{30,}")),
    # Spelled so that this file does not find itself.
    ("a path of one machine", re.compile(r"(?<![\w.])/(?:home|Users)/[a-z][\w.-]*/|(?<![\w./])/r[o]ot/(?!\.)\w")),
    (
        "a package registry",
        re.compile(
            r"files\.pythonhosted\.org|pypi\.org/simple|registry\.npmjs\.org|npmmirror|cdn\.jsdelivr|unpkg\.com|cdnjs\."
        ),
    ),
    ("a download address", re.compile(r"https?://[^\s\"'<>]+\.(?:whl|tar\.gz|tgz|zip|deb)\b")),
    ("a place another's code was left in", re.compile(r"sourceMappingURL=|/\*! [\w.-]+ v\d+\.\d+")),
)

_FOREIGN_FOLDERS = {"node_modules", "vendor", "third_party", "bower_components"}
_FOREIGN_ENDINGS = (".min.js", ".min.css", ".woff", ".woff2", ".ttf", ".otf", ".whl", ".pyc", ".sqlite3", ".map")


def faults() -> list[str]:
    """Return what is wrong with the files that git knows, each in one line."""
    found = []
    for name in tracked_files():
        path = PROJECT / name
        if path.is_file():
            found += _faults_of(name, path)
    return found


def tracked_files() -> list[str]:
    """Return the files that git knows; every file, where this is not a repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0") if name]
    hidden = (".git", ".venv", ".tools", ".store")
    return [
        str(path.relative_to(PROJECT))
        for path in PROJECT.rglob("*")
        if path.is_file() and path.relative_to(PROJECT).parts[0] not in hidden and "__pycache__" not in path.parts
    ]


def faults_in(text: str) -> list[str]:
    """Return what a text holds that it must not, with line numbers."""
    return [
        f"{number}: {what}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in _FORBIDDEN
        if pattern.search(line)
    ]


def _faults_of(name: str, path: Path) -> list[str]:
    found = []
    if _FOREIGN_FOLDERS & set(Path(name).parts) or name.endswith(_FOREIGN_ENDINGS):
        found.append(f"{name}: looks like another project's file")
    if path.stat().st_size > LARGEST and not name.startswith(_OWN_LARGE):
        found.append(f"{name}: {path.stat().st_size // 1000} kB is too much for a file of ours")
    is_own = name in ("store/ops/scan.py", "tests/ops/test_scan.py")
    if not is_own and (path.suffix in _TEXT or not path.suffix):
        found += [f"{name}:{fault}" for fault in faults_in(path.read_text(encoding="utf-8", errors="replace"))]
    return found
