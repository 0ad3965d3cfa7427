"""How the stand-in's notifications travel: signed, and on bad days twice, late, in another order or never."""

import json
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from stripe import WebhookSignature

WEBHOOK_SECRET = "whsec_standin"

Letter = tuple[dict[str, str], bytes]


def sign(event: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age: int = 0) -> Letter:
    """Return headers and body of a signed event."""
    body = json.dumps(event)
    header = WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return {"Stripe-Signature": header, "Content-Type": "application/json"}, body.encode()


def event_of(kind: str, about: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the event that tells of an object as it was."""
    shown = {key: value for key, value in about.items() if not key.startswith("_")}
    return {"id": name, "object": "event", "type": kind, "created": int(time.time()), "data": {"object": shown}}


class Post:
    """Takes what has happened since last time to `deliver`, which returns an HTTP status.

    `duplicate`, `drop` and `delay` are shares of one; `reorder` shuffles what goes out together. What is not answered
    with a success is sent again at the next round, as Stripe does for three days.
    """

    def __init__(self, deliver: Callable[[dict[str, str], bytes], int], *, seed: int = 1) -> None:
        self.duplicate = self.drop = self.delay = 0.0
        self.reorder = False
        self.waiting: list[tuple[str, dict[str, Any], str]] = []
        self.sent = 0
        self._deliver = deliver
        self._chance = random.Random(seed)
        self._read = 0

    def collect(self, events: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Take up what has happened."""
        for number, (kind, about) in enumerate(events):
            if number >= self._read:
                self._read = number + 1
                if self._chance.random() >= self.drop:
                    self.waiting.append((kind, about, f"evt_{number}_{about['id']}"))

    def round(self) -> int:
        """Deliver what is due and return how many letters still wait."""
        going, self.waiting = self.waiting, []
        if self.reorder:
            self._chance.shuffle(going)
        for kind, about, name in going:
            if self._chance.random() < self.delay:
                self.waiting.append((kind, about, name))
                continue
            times = 2 if self._chance.random() < self.duplicate else 1
            for _ in range(times):
                self.sent += 1
                if self._deliver(*sign(event_of(kind, about, name))) >= 300:
                    self.waiting.append((kind, about, name))
                    break
        return len(self.waiting)
