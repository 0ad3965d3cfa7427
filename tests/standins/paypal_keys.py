"""The stand-in's key and its certificate, made once a run: signed as PayPal signs, with a library that the shop does not use."""

import zlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


@cache
def key(*, stranger: bool = False) -> RSAPrivateKey:
    """Return the key of the account, or one that is somebody else's."""
    del stranger
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate() -> str:
    """Return the certificate that lies at the address which notifications name."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.sandbox.paypal.com")])
    moment = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=90))
        .not_valid_after(moment + timedelta(days=365))
        .sign(key(), SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def sign(transmission_id: str, moment: str, webhook_id: str, body: bytes, *, stranger: bool = False) -> str:
    """Sign one notification."""
    text = f"{transmission_id}|{moment}|{webhook_id}|{zlib.crc32(body) & 0xFFFFFFFF}"
    signer = key(stranger=True) if stranger else key()
    return b64encode(signer.sign(text.encode(), PKCS1v15(), SHA256())).decode()
