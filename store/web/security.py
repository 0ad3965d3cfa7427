"""The key that signs, and the headers every answer carries: page, fragment, redirect, error or static file."""

import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from store.core.settings import Settings

HeaderList = list[tuple[str, str]]

PERMISSIONS = "camera=(), microphone=(), geolocation=(), usb=(), browsing-topics=(), payment=(self)"

MIN_SECRET_LENGTH = 32
# `changeme` four times over is long, too.
MIN_SECRET_VARIETY = 10


class BadSettings(RuntimeError):
    """A setting is missing or would put customers at risk; the message says which one."""


def secret_key(settings: Settings) -> str:
    """Return the key that signs; raises `BadSettings` in production for one that could be guessed."""
    secret = settings.secret_key.get_secret_value()
    if settings.is_production and (len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_SECRET_VARIETY):
        raise BadSettings(f"SECRET_KEY needs at least {MIN_SECRET_LENGTH} random characters in production")
    # In development all processes must agree on a key, and a data folder is all they share.
    return secret or hashlib.sha256(f"development {settings.data_dir}".encode()).hexdigest()


def content_security_policy(
    media_public_url: str = "",
    *,
    form_targets: Iterable[str] = (),
    media: Iterable[str] = (),
    frames: Iterable[str] = (),
    connect_targets: Iterable[str] = (),
    scripts: Iterable[str] = (),
) -> str:
    """Return the policy of ordinary pages: nothing inline, nothing from elsewhere but what the media host shows.

    `form_targets` are origins that a form of the page may lead to; browsers hold the redirect after a form to it.
    `media` are more sources of films, `frames` origins whose pages may be shown inside this one.
    `connect_targets` are origins that a script of the page may talk to, `scripts` origins whose scripts may run in it.
    """
    targets = " ".join(("'self'", *form_targets))
    connections = " ".join(("'self'", *connect_targets))
    origin = ""
    if media_public_url:
        parts = urlsplit(media_public_url)
        origin = f" {parts.scheme}://{parts.netloc}"
    films = f"'self'{origin}" + "".join(f" {one}" for one in media)
    run = " ".join(("'self'", *scripts))
    framed = f"frame-src {' '.join(frames)}; " if frames else ""
    return (
        f"default-src 'none'; script-src {run}; style-src 'self'; "
        f"img-src 'self' data:{origin}; media-src {films}; font-src 'self'; connect-src {connections}; "
        f"form-action {targets}; {framed}"
        "base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; report-uri /csp"
    )


class SecurityHeaders:
    """The shop's default headers; a route that needs another value sets its own and keeps it."""

    def __init__(self, settings: Settings) -> None:
        self._defaults: HeaderList = [
            ("Content-Security-Policy", content_security_policy(settings.media_public_url)),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", PERMISSIONS),
            # Left out, the server would write its own name there.
            ("Server", ""),
        ]
        if settings.base_url.startswith("https://"):
            self._defaults.append(("Strict-Transport-Security", "max-age=31536000"))

    def complete(self, headers: HeaderList) -> None:
        """Add the defaults that `headers` lacks."""
        present = {name.lower() for name, _ in headers}
        headers.extend(default for default in self._defaults if default[0].lower() not in present)
