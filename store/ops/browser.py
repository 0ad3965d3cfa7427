"""Which Chromium the browser tests drive, and how to get one."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# In containers: no user namespaces, a small /dev/shm, no graphics, and nothing fetched from anywhere.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)

HOW_TO_GET = "On Debian or Ubuntu: apt-get install -y chromium; elsewhere set STORE_CHROMIUM to the program."


def find() -> str | None:
    """Return the program named by STORE_CHROMIUM, or one of the usual names on PATH; `None` when there is none."""
    named = os.environ.get("STORE_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)
