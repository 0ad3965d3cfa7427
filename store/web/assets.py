"""Files for the browser: gathered and compressed once at start, served under names that change with their content.

Our CSS is concatenated in layer order, our JavaScript into one file; htmx comes out of its locked wheel. Nothing is
built: what a developer edits is what is served, and in development an edit shows at the next request.
"""

import gzip
import hashlib
import importlib.metadata
import mimetypes
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from flask import Flask, current_app
from markupsafe import Markup

from store.core.settings import PROJECT_ROOT, Settings

STATIC_FOLDER = PROJECT_ROOT / "static"

# The order of the cascade layers; pages bring one file of their own beside it.
CORE_CSS = ("layers", "tokens", "reset", "base", "layout", "components/*", "utilities")

HTMX_FILE = "django_htmx/static/django_htmx/htmx-4.min.js"
HTMX_SHA256 = "28fae7bbe8e8142b702debb9d5234a9a436d9435a4b5165b195aa1a7ed840d25"

# Runs before the first paint; everything else in static/js becomes app.js.
_EARLY_SCRIPT = "theme.js"

_FINGERPRINTED = re.compile(r"/static/(?P<stem>[A-Za-z0-9_/.-]+)-(?P<tag>[0-9a-f]{12})(?P<suffix>\.[a-z0-9]+)")
_RECHECK_SECONDS = 1.0
_COMPRESSIBLE = ("text/", "image/svg+xml", "application/json", "application/manifest+json")

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


@dataclass(frozen=True)
class Asset:
    """One file ready to be sent."""

    url: str
    tag: str
    content_type: str
    body: bytes
    zipped: bytes | None


class Assets:
    """All files by their logical name, such as `css/core.css`."""

    def __init__(self, folder: Path, *, watch: bool) -> None:
        self._folder = folder
        self._watch = watch
        self._seen: dict[str, float] = {}
        self._check_at = 0.0
        self._assets: dict[str, Asset] = {}
        self._load()

    def get(self, name: str) -> Asset | None:
        """Return a file by its logical name."""
        if self._watch and time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + _RECHECK_SECONDS
            if self._stamps() != self._seen:
                self._load()
        return self._assets.get(name)

    def names(self) -> list[str]:
        """Return every logical name."""
        return sorted(self._assets)

    def _load(self) -> None:
        self._seen = self._stamps()
        files = [Path(name) for name in self._seen]
        relative = {file.relative_to(self._folder).as_posix(): file for file in files}
        assets = {
            "css/core.css": _join(self._core_css()),
            "js/app.js": _join(
                file for name, file in sorted(relative.items()) if re.fullmatch(r"js/(?!theme\.js)[^/]+\.js", name)
            ),
            "js/htmx.js": _htmx(),
        }
        for name, file in relative.items():
            part_of_a_bundle = (name.startswith("css/") and not name.startswith("css/pages/")) or (
                name.startswith("js/") and "/" not in name[3:] and name != f"js/{_EARLY_SCRIPT}"
            )
            if not part_of_a_bundle:
                assets[name] = file.read_bytes()
        self._assets = {name: _prepare(name, body) for name, body in assets.items()}

    def _core_css(self) -> Iterable[Path]:
        for part in CORE_CSS:
            yield from sorted((self._folder / "css").glob(f"{part}.css"))

    def _stamps(self) -> dict[str, float]:
        return {
            str(file): file.stat().st_mtime
            for file in self._folder.rglob("*")
            if file.is_file() and not file.name.startswith(".")
        }


class StaticFiles:
    """WSGI layer that answers `/static/…` without waking the application."""

    def __init__(self, inner: WSGIApplication, assets: Assets) -> None:
        self._inner = inner
        self._assets = assets

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/static/") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._inner(environ, start_response)
        match = _FINGERPRINTED.fullmatch(path)
        asset = self._assets.get(match["stem"] + match["suffix"]) if match else None
        if match is None or asset is None:
            return self._inner(environ, start_response)
        environ["store.route"] = "/static/"
        # During a deploy an old page may ask the new process, or the other way round: better the other version,
        # briefly, than a page without its styles.
        current = asset.tag == match["tag"]
        headers = [
            ("Content-Type", asset.content_type),
            ("ETag", f'"{asset.tag}"'),
            ("Cache-Control", "public, max-age=31536000, immutable" if current else "public, no-cache"),
        ]
        if asset.zipped is not None:
            headers.append(("Vary", "Accept-Encoding"))
        if f'"{asset.tag}"' in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response("304 Not Modified", headers)
            return []
        body = asset.body
        if asset.zipped is not None and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = asset.zipped
            headers.append(("Content-Encoding", "gzip"))
        headers.append(("Content-Length", str(len(body))))
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def init_app(app: Flask, settings: Settings) -> Assets:
    """Load every file and give templates `asset()`, `icon()` and `scripts()`."""
    assets = Assets(STATIC_FOLDER, watch=not settings.is_production)
    app.extensions["store.assets"] = assets
    app.jinja_env.globals.update(asset=lambda name: _url(assets, name), icon=_icons(assets), scripts=_scripts(assets))
    return assets


def asset(name: str) -> str:
    """Return the URL of a file; raises `LookupError` for one that does not exist."""
    return _url(current_app.extensions["store.assets"], name)


def _url(assets: Assets, name: str) -> str:
    found = assets.get(name)
    if found is None:
        raise LookupError(f"no asset {name}; there are {', '.join(assets.names())}")
    return found.url


def _icons(assets: Assets) -> Any:
    def icon(name: str, label: str = "", css_class: str = "") -> Markup:
        """Return an icon of the sprite; without a label it is decoration and hidden from screen readers."""
        return drawn(_url(assets, "icons/sprite.svg"), name, label, css_class)

    # A cart of ten lines shows thirty of them, three different ones.
    @lru_cache(maxsize=512)
    def drawn(sprite: str, name: str, label: str, css_class: str) -> Markup:
        meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        return Markup('<svg class="icon{}" {} width="20" height="20"><use href="{}#{}"></use></svg>').format(
            f" {css_class}" if css_class else "", meaning, sprite, name
        )

    return icon


def _scripts(assets: Assets) -> Any:
    def scripts() -> Markup:
        """Return the script elements of every page; they stand in the head, where history restore leaves them alone.

        Ours comes before htmx: a deferred htmx looks at the page one tick after it has run, and whoever listens for
        that from a script still on its way listens too late.
        """
        return Markup(
            '<script src="{}"></script>\n<script src="{}" defer></script>\n<script src="{}" defer></script>'
        ).format(_url(assets, f"js/{_EARLY_SCRIPT}"), _url(assets, "js/app.js"), _url(assets, "js/htmx.js"))

    return scripts


def _join(files: Iterable[Path]) -> bytes:
    return b"\n".join(file.read_bytes() for file in files)


def _htmx() -> bytes:
    file = importlib.metadata.distribution("django-htmx").locate_file(HTMX_FILE)
    body = Path(str(file)).read_bytes()
    if hashlib.sha256(body).hexdigest() != HTMX_SHA256:
        raise RuntimeError("htmx is not the version this shop was tested with; see HTMX_SHA256 in store/web/assets.py")
    return body


def _prepare(name: str, body: bytes) -> Asset:
    tag = hashlib.sha256(body).hexdigest()[:12]
    stem, _, suffix = name.rpartition(".")
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if content_type.startswith("text/") or content_type.endswith("json"):
        content_type += "; charset=utf-8"
    zipped = gzip.compress(body, 9, mtime=0) if content_type.startswith(_COMPRESSIBLE) else None
    if zipped is not None and len(zipped) >= len(body):
        zipped = None
    return Asset(f"/static/{stem}-{tag}.{suffix}", tag, content_type, body, zipped)
