"""An open-loop prober: requests leave by the clock, whether earlier ones have been answered or not.

A request that had to wait because the shop was busy counts from the moment at which it should have left. So a stall
of a second is seen by all who would have come in that second, not by one.
"""

import http.client
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.load import Load

_HANDS = 16


class Probe:
    """Requests at a fixed rate to a running shop; `load` is what came of them so far."""

    def __init__(self, port: int, paths: Sequence[str], *, rate: float) -> None:
        self._port, self._paths, self._rate = port, paths, rate
        self._due: queue.Queue[tuple[float, str] | None] = queue.Queue()
        self._over = threading.Event()
        self._found: list[tuple[float, int]] = []

    def run(self) -> None:
        """Send until stopped."""
        hands = [threading.Thread(target=self._answer_for, daemon=True) for _ in range(_HANDS)]
        for hand in hands:
            hand.start()
        started, number = time.perf_counter(), 0
        while not self._over.is_set():
            due = started + number / self._rate
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            self._due.put((due, self._paths[number % len(self._paths)]))
            number += 1
        for _ in hands:
            self._due.put(None)
        for hand in hands:
            hand.join(30)

    def stop(self) -> None:
        """Let no further request leave."""
        self._over.set()

    def load(self, seconds: float) -> Load:
        """Return what was answered."""
        return Load(
            seconds=seconds,
            latencies=[latency for latency, _status in self._found],
            statuses=Counter(status for _latency, status in self._found),
        )

    def _answer_for(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while (wanted := self._due.get()) is not None:
            due, path = wanted
            status = 0
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                connection.close()
            self._found.append((time.perf_counter() - due, status))


@contextmanager
def probing(port: int, paths: Sequence[str], *, rate: float = 50.0) -> Iterator[list[Load]]:
    """Probe while the block runs; afterwards the list holds one load."""
    probe, loads = Probe(port, paths, rate=rate), list[Load]()
    thread = threading.Thread(target=probe.run, daemon=True)
    started = time.perf_counter()
    thread.start()
    try:
        yield loads
    finally:
        probe.stop()
        thread.join(60)
        loads.append(probe.load(time.perf_counter() - started))
