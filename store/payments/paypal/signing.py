"""What proves that a notification is PayPal's: an RSA signature by a certificate that lies on PayPal's own host.

The recipe is PayPal's (https://developer.paypal.com/api/rest/webhooks/rest/, "message verification"): signed is
`transmission id|transmission time|webhook id|CRC32 of the raw body`, with SHA-256 and the padding of PKCS #1 v1.5.
Nothing here is secret, so plain integers do; a signature is rebuilt from the text and compared, never taken apart.
"""

import hashlib
import ssl
import zlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

# DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")

_RSA = bytes.fromhex("2a864886f70d010101")

_SEQUENCE, _INTEGER, _BITS, _NAME, _UTC_TIME, _TIME = 0x30, 0x02, 0x03, 0x06, 0x17, 0x18

_SMALLEST_MODULUS = 2048


class Unreadable(ValueError):
    """No certificate with an RSA key."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What of a certificate counts here: its key, and from when to when it may be used."""

    modulus: int
    exponent: int
    begins: datetime
    ends: datetime

    def signed(self, text: bytes, signature: str) -> bool:
        """Whether the holder of the key signed this text."""
        length = (self.modulus.bit_length() + 7) // 8
        try:
            given = b64decode(signature, validate=True)
        except (NotBase64, ValueError):
            return False
        if len(given) != length:
            return False
        opened = pow(int.from_bytes(given), self.exponent, self.modulus).to_bytes(length)
        digest = _SHA256 + hashlib.sha256(text).digest()
        return opened == b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest


def signed_text(*, transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> bytes:
    """Return what PayPal signs."""
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}".encode()


def read_certificate(text: str) -> Certificate:
    """Read a certificate (PEM, RFC 5280); raises `Unreadable`."""
    try:
        end = text.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)
        return _certificate(ssl.PEM_cert_to_DER_cert(text[text.index(ssl.PEM_HEADER) : end]))
    except (ValueError, IndexError, StopIteration) as error:
        raise Unreadable(str(error)) from error


def _certificate(der: bytes) -> Certificate:
    outer = _only(der, _SEQUENCE)
    inside = _only(outer, _SEQUENCE)
    # Number, algorithm, issuer, validity, subject, key; the version in front is tagged on its own.
    parts = [value for tag, value in _parts(inside) if tag != 0xA0]
    begins, ends = (_moment(tag, value) for tag, value in _parts(parts[3]))
    (_tag, algorithm), (_bits, key) = _parts(parts[5])
    if _only(algorithm, _NAME) != _RSA or key[:1] != b"\x00":
        raise Unreadable("not an RSA key")
    numbers = [int.from_bytes(value) for tag, value in _parts(_only(key[1:], _SEQUENCE)) if tag == _INTEGER]
    modulus, exponent = numbers
    if modulus.bit_length() < _SMALLEST_MODULUS or exponent < 3 or exponent % 2 == 0:
        raise Unreadable("too weak a key")
    return Certificate(modulus, exponent, begins, ends)


def _moment(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        # Two digits of a year; RFC 5280 lets them turn over in 2050.
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _TIME:
        raise Unreadable("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _only(data: bytes, wanted: int) -> bytes:
    """Return the first part, which must be of this kind."""
    tag, value = next(_parts(data))
    if tag != wanted:
        raise Unreadable("not a certificate")
    return value


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Go through the parts of a DER value: tag and content."""
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4:
                raise Unreadable("an odd length")
            length, start = int.from_bytes(data[start : start + count]), start + count
        if start + length > len(data):
            raise Unreadable("cut short")
        yield tag, data[start : start + length]
        at = start + length
