"""The bank's signature under its notifications: HMAC-SHA256 over time and raw body, several secrets while rotating."""

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "Test-Bank-Signature"


def secret_from(key: str) -> bytes:
    """Return the secret that bank and shop share, derived from one of the shop's keys."""
    return hmac.new(key.encode(), b"test bank notifications", hashlib.sha256).digest()


def sign(secret: bytes, moment: int, body: bytes) -> str:
    """Return the header's value `t=…,v1=…`; `moment` in seconds since 1970."""
    return f"t={moment},v1={_mac(secret, moment, body)}"


def is_signed(header: str, body: bytes, *, secrets: Iterable[bytes], moment: int, tolerance: int) -> bool:
    """Whether one of the secrets signed this body within `tolerance` seconds of `moment`."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        return False
    signed_at = int(times[0])
    if abs(moment - signed_at) > tolerance:
        return False
    given = [value.strip().encode() for name, _, value in parts if name.strip() == "v1"]
    return any(
        hmac.compare_digest(_mac(secret, signed_at, body).encode(), one) for secret in secrets for one in given[:5]
    )


def _mac(secret: bytes, moment: int, body: bytes) -> str:
    return hmac.new(secret, b"%d." % moment + body, hashlib.sha256).hexdigest()
