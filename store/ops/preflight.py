"""What must be right before real customers are served; every fault in one line."""

import ipaddress
import os
from urllib.parse import urlsplit

from store.core.settings import Settings
from store.ops.refusal import Refusal

SHORTEST_KEY = 32
_KNOWN_KEYS = ("changeme", "change-me", "secret", "development", "default", "password", "example")

_FIX_KEY = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


def require_production(settings: Settings) -> None:
    """Raise `Refusal` with one line for each thing that is missing or unsafe; development is not asked."""
    if settings.is_production:
        found = faults(settings)
        if found:
            raise Refusal("\n".join(["not ready for production:", *(f"  {fault}" for fault in found)]))
    elif not settings.database_url:
        raise Refusal("DATABASE_URL is not set; ./bin/store up brings a database of its own.")


def faults(settings: Settings) -> list[str]:
    """Return what is wrong with the settings of a production shop."""
    found = [*_key_faults(settings), *_address_faults(settings)]
    if not settings.database_url:
        found.append("DATABASE_URL is not set; it is the address of a PostgreSQL database.")
    elif not settings.database_url.startswith(("postgresql:", "postgresql+psycopg:", "postgres:")):
        found.append("DATABASE_URL is not a PostgreSQL address (postgresql://user:password@host/database).")
    if settings.test_gateway:
        found.append("TEST_GATEWAY is set; it takes orders without money and exists in development only.")
    if settings.store_fault:
        found.append("STORE_FAULT is set; it kills processes on purpose and exists in development only.")
    if os.environ.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        found.append("FLASK_DEBUG is set; it shows the program's inside to visitors.")
    return found


def _key_faults(settings: Settings) -> list[str]:
    key = settings.secret_key.get_secret_value()
    if not key:
        return [f"SECRET_KEY is not set; {_FIX_KEY}"]
    if len(key) < SHORTEST_KEY:
        return [f"SECRET_KEY has {len(key)} characters and needs {SHORTEST_KEY}; {_FIX_KEY}"]
    # Sixteen different characters is little for a random text of 32, and much for a keyboard held down.
    if len(set(key)) < 10 or any(word in key.lower() for word in _KNOWN_KEYS):
        return [f"SECRET_KEY is easy to guess; {_FIX_KEY}"]
    return []


def _address_faults(settings: Settings) -> list[str]:
    found = []
    base = urlsplit(settings.public_url)
    if not settings.public_url:
        found.append("PUBLIC_URL is not set; it is the base of every link in mails, e.g. https://shop.example")
    elif base.scheme not in ("https", "http") or not base.netloc or base.path.strip("/") or base.query:
        found.append(f"PUBLIC_URL={settings.public_url} is not the base of a site; write it like https://shop.example")
    for name, word in (("PORT", settings.port), ("WEB_WORKERS", settings.web_workers)):
        if word < 1:
            found.append(f"{name}={word} is not a positive number.")
    for network in settings.trusted_proxy_cidrs:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            found.append(f"TRUSTED_PROXY_CIDRS names {network}, which is not a network like 10.0.0.0/8.")
    return found
