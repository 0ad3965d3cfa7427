"""Messages in the reader's language, for pages, mails and services alike; it needs no request.

English is the source. Catalogues lie in `store/translations/<locale>/LC_MESSAGES/messages.mo`.
The pseudo locale `en-XA` brackets every message, so that a test finds the strings that bypass gettext.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel.support import LazyProxy, Translations

DEFAULT_LOCALE = "en"
PSEUDO_LOCALE = "en-XA"

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)
_folder = Path(__file__).resolve().parents[1] / "translations"


class _Pseudo(NullTranslations):
    """Shows what has gone through gettext, and leaves room for languages longer than English."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@lru_cache(maxsize=32)
def _catalogue(locale: str) -> NullTranslations:
    if locale == PSEUDO_LOCALE:
        return _Pseudo()
    return Translations.load(_folder, [locale.replace("-", "_")])


def current_locale() -> str:
    """Return the locale in use, e.g. `en` or `de-AT`."""
    return _locale.get()


def set_locale(locale: str) -> None:
    """Use a locale for the rest of this context: one request, one job."""
    _locale.set(locale)


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Use a locale inside the block only."""
    mark = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(mark)


def gettext(message: str, **values: Any) -> str:
    """Return the message in the current locale with `%(name)s` values filled in."""
    text = _catalogue(_locale.get()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """Return the form for `n`, which is also available as `%(num)s`."""
    return plural_form(singular, plural, n) % {"num": n, **values}


def plural_form(singular: str, plural: str, n: int) -> str:
    """Return the form for `n` with its `%(name)s` still open, for libraries that fill them in themselves."""
    return _catalogue(_locale.get()).ngettext(singular, plural, n)


def lazy_gettext(message: str, **values: Any) -> Any:
    """Return a message that is translated each time it is shown, for labels made at import."""
    return LazyProxy(gettext, message, enable_cache=False, **values)
