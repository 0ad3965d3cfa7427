"""What pages weigh, what they ask of others, and how many statements they send to the database."""

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import psycopg

_STYLES = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
_SCRIPTS = re.compile(r'<script [^>]*\bsrc="([^"]+)"')
_LOADED = re.compile(
    r'<(?:img|script|source|iframe|video|audio|link)\b[^>]*\b(?:src|srcset|href)="(https?:)?//([^"/]+)'
)


@dataclass(frozen=True)
class Weight:
    """Bytes of a page by gzip, and hosts other than the shop's that it loads something from."""

    html: int
    css: int
    own_js: int
    htmx: int
    foreign: tuple[str, ...]


def weigh(port: int, path: str) -> Weight:
    """Weigh a page."""
    own = f"127.0.0.1:{port}"
    html = _get(port, path)
    text = html.decode()
    scripts = {url: len(_get(port, url, packed=True)) for url in _SCRIPTS.findall(text)}
    styles = {url: _get(port, url) for url in _STYLES.findall(text)}
    foreign = {host for _scheme, host in _LOADED.findall(_without_canonical(text)) if host != own}
    foreign |= {host for css in styles.values() for host in re.findall(r"url\([\"']?https?://([^/)]+)", css.decode())}
    return Weight(
        html=len(gzip.compress(html, 6)),
        css=sum(len(_get(port, url, packed=True)) for url in styles),
        own_js=sum(size for url, size in scripts.items() if "/htmx-" not in url),
        htmx=sum(size for url, size in scripts.items() if "/htmx-" in url),
        foreign=tuple(sorted(foreign)),
    )


def count_statements(environment: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, int]:
    """Return how many statements each page sends when the process has seen it before."""
    return {name: len(sent) for name, sent in list_statements(environment, paths).items()}


def list_statements(environment: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, list[tuple[str, Any]]]:
    """Return the statements, with their values, that each page sends when the process has seen it before."""
    from store.app import create_app
    from store.core.settings import Settings

    settings = Settings(**{name.lower(): value for name, value in environment.items()})  # type: ignore[arg-type]
    client = create_app(settings).test_client()
    found = {}
    for name, path in paths.items():
        client.get(path, base_url=settings.base_url)
        with _counting() as sent:
            answer = client.get(path, base_url=settings.base_url)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        found[name] = sent
    return found


@contextmanager
def _counting() -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []
    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        sent.append((str(query), params))
        return execute(self, query, params, **more)

    psycopg.Cursor.execute = noting  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]


def _get(port: int, path: str, *, packed: bool = False) -> bytes:
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=30) as answer:
        body: bytes = answer.read()
        return body


def _without_canonical(text: str) -> str:
    return re.sub(r'<link rel="canonical"[^>]*>', "", text)
