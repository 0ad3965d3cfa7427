"""The same load by wrk, where it is installed: it takes less of the processor than ours."""

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.load import Load

_SCRIPT = """
local paths = {%s}
local turn = 0
function setup(thread) first = (first or 0) + 1; thread:set("turn", first * 7919) end
function request() turn = turn + 1; return wrk.format("GET", paths[turn %% #paths + 1]) end
function done(summary, latency)
  io.write(string.format("RESULT %%d %%d %%d %%f %%f %%f\\n", summary.requests, summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50) / 1e6, latency:percentile(95) / 1e6, latency:percentile(99) / 1e6))
end
"""


class WrkLoad(Load):
    """What wrk says of a run."""

    def __init__(self, count: int, size: int, errors: int, seconds: float, percentiles: dict[float, float]) -> None:
        super().__init__(seconds=seconds, statuses=Counter({200: count - errors, 500: errors}), size=size)
        self._percentiles = percentiles

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return self._percentiles[share] * 1000


def is_there() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def drive(port: int, paths: Sequence[str], *, connections: int, seconds: float) -> Load:
    """Ask for the paths in turn."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "paths.lua"
        script.write_text(_SCRIPT % ", ".join(f'"{path}"' for path in paths), encoding="utf-8")
        done = subprocess.run(
            [
                "wrk",
                "-t2",
                f"-c{connections}",
                f"-d{max(1, round(seconds))}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    count, size, errors, p50, p95, p99 = map(float, line.split()[1:])
    return WrkLoad(
        int(count), int(size / max(count, 1)), int(errors), max(1, round(seconds)), {0.5: p50, 0.95: p95, 0.99: p99}
    )
