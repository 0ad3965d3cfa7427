"""`store test`: one list of named checks, all of them run, and what they found at the end."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from store.ops import browser, scan
from store.ops.refusal import Refusal
from store.ops.servers import PROJECT

# Each pytest process brings a shop of several processes at times: two are what two cores carry.
PYTEST_PROCESSES = "2"


@dataclass(frozen=True)
class Step:
    """A check: its name and what runs it, a command or a function that returns the faults it found."""

    name: str
    run: Sequence[str] | Callable[[], list[str]]


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    name: str
    passed: bool
    seconds: float
    tests: Counter[str] = field(default_factory=Counter)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-P", *arguments]


def _tool(name: str, *arguments: str) -> list[str]:
    """A program of this environment."""
    return [os.path.join(os.path.dirname(sys.executable), name), *arguments]


STEPS = (
    Step("ruff", _python("-m", "ruff", "check", "--quiet", ".")),
    Step("format", _python("-m", "ruff", "format", "--check", "--quiet", ".")),
    Step("mypy", _python("-m", "mypy")),
    Step("imports", _tool("lint-imports")),
    Step("templates", _python("-m", "djlint", "templates", "--lint", "--quiet")),
    Step("repository", scan.faults),
    Step("migrations", _python("-m", "store.ops.schema_check")),
    Step("tests", _python("-m", "pytest", "-q", "-n", PYTEST_PROCESSES, "-m", "not browser and not live")),
    Step("processes", _python("-m", "pytest", "-q", "-m", "live and not browser")),
    Step("browser", _python("-m", "pytest", "-q", "-n", PYTEST_PROCESSES, "-m", "browser")),
)


def run_all() -> int:
    """Run every check and print a summary; 0 when all passed.

    Without Chromium the browser tests can't run: the last lines say so, and in CI that is a failure.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chromium = browser.find()
    outcomes = [_run(step) for step in STEPS if step.name != "browser" or chromium is not None]
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    seconds = sum(outcome.seconds for outcome in outcomes)
    print("\n" + "=" * 72)
    for outcome in outcomes:
        print(f"  {'passed' if outcome.passed else 'FAILED'}  {outcome.name:<12} {outcome.seconds:7.1f} s")
    tests = sum((outcome.tests for outcome in outcomes), Counter[str]())
    print(f" {', '.join(f'{count} {word}' for word, count in tests.items())} in {seconds:.2f}s ".center(72, "="))
    if chromium is None:
        _say_what_is_missing()
        if os.environ.get("CI"):
            failed.append("browser")
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'All checks passed'} in {seconds:.0f} s", flush=True)
    return 1 if failed else 0


def run_pytest(arguments: list[str]) -> int:
    """Run pytest alone, with the caller's arguments."""
    status = subprocess.run(_python("-m", "pytest", *arguments), cwd=PROJECT, check=False).returncode
    if browser.find() is None:
        _say_what_is_missing()
    return status


def _run(step: Step) -> Outcome:
    print(f"\n--- {step.name}", flush=True)
    started = time.monotonic()
    tests: Counter[str] = Counter()
    if callable(step.run):
        found = step.run()
        for fault in found:
            print(fault, flush=True)
        passed = not found
    else:
        status, last_words = _run_command(step)
        passed = status == 0
        for count, word in re.findall(r"(\d+) (failed|passed|skipped|deselected|xfailed|errors?)\b", last_words):
            tests[word.removesuffix("s") if word == "errors" else word] += int(count)
        # Each run leaves out what the others take.
        del tests["deselected"]
    seconds = time.monotonic() - started
    print(f"    {'passed' if passed else 'FAILED'} in {seconds:.1f} s", flush=True)
    return Outcome(step.name, passed, seconds, tests)


def _run_command(step: Step) -> tuple[int, str]:
    """Run a step's command, its words passed on as they come; return its status and its last line."""
    assert not callable(step.run)
    words = b""
    try:
        process = subprocess.Popen(step.run, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise Refusal(f"The check {step.name} can't be run: {error}. Is the environment made by ./bin/store?") from None
    assert process.stdout is not None
    with process:
        try:
            while said := os.read(process.stdout.fileno(), 65536):
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
                words = (words + said)[-4096:]
        except BaseException:
            # Whoever stops us stops the step, which has servers of its own to end.
            process.terminate()
            raise
    lines = [line for line in words.decode(errors="replace").splitlines() if line.strip()]
    return process.returncode, lines[-1] if lines else ""


def _say_what_is_missing() -> None:
    print("!" * 72)
    print("  NO CHROMIUM WAS FOUND: the browser tests did NOT run.")
    print(f"  {browser.HOW_TO_GET}")
    print("!" * 72, flush=True)
