"""Identifiers nobody can guess, and the way secrets are stored."""

import hashlib
import secrets


def token() -> str:
    """Return 26 URL-safe characters that carry 156 random bits."""
    return secrets.token_urlsafe(20)[:26]


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hex: what the database keeps instead of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
