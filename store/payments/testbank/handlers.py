"""What the bank does in its back room: it sends its notifications over HTTP, and ends what takes time."""

import json
import urllib.request
from typing import Any

from store.core.clock import now
from store.core.db import transaction
from store.core.faults import point
from store.core.queue import job
from store.payments.providers import base_url, get_provider
from store.payments.testbank import customer, signing

TIMEOUT_SECONDS = 5

# Straight to the shop: a proxy that the environment names is meant for the world outside.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@job("testbank.deliver")
def deliver(notice: dict[str, Any]) -> None:
    """Post a notification to the shop; anything but 2xx within 5 s raises, and the outbox tries again later."""
    body = json.dumps(notice, separators=(",", ":")).encode()
    secret = signing.secret_from(get_provider("test").settings.secret_key.get_secret_value())
    headers = {
        "Content-Type": "application/json",
        signing.HEADER: signing.sign(secret, int(now().timestamp()), body),
    }
    post(f"{base_url()}/webhooks/payments/test", body, headers)
    point("testbank.deliver.after_post")


@job("testbank.settle")
def settle(payment_id: str, status: str) -> None:
    """End the processing of a payment that its customer chose to pay later."""
    with transaction():
        customer.settle_later(payment_id, status)


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send a POST; raises `OSError` (urllib's errors are) when no 2xx comes back in time."""
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - our own base URL
    with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        answer.read(1)
