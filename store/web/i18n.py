"""The reader's language: that of the request's market, in templates, forms and messages."""

from typing import Any

from flask import Flask, request
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from store.core import i18n
from store.core.db import do_without
from store.core.errors import Unavailable
from store.web import markets


def init_app(app: Flask) -> None:
    """Translate `_("...")` and `{% trans %}` in templates and choose the locale of each request."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.plural_form, newstyle=True
    )
    app.jinja_env.globals.update(_=translate, gettext=translate, current_locale=i18n.current_locale)
    app.before_request(choose_locale)


@pass_eval_context
def translate(context: EvalContext, message: str, **values: Any) -> str:
    """Return a template's message in the current locale; values are escaped, a literal percent sign is written twice.

    Jinja's own runs every message through `Markup.__mod__`, which took a fifth of a product page.
    """
    text = i18n.gettext(message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - messages and their translations are ours
    return text % values if values or "%" in text else text


def choose_locale() -> None:
    """Use the market's locale for this request; English until the shop is set up or while its database is silent."""
    if request.path in ("/healthz", "/health", "/readyz"):
        return
    try:
        locale = markets.current_market().locale
    except (SQLAlchemyError, Unavailable) as error:
        do_without(error)
        locale = i18n.DEFAULT_LOCALE
    i18n.set_locale(locale)


class FormTranslations:
    """WTForms' door to the shop's messages."""

    def gettext(self, message: str) -> str:
        """Return the message in the current locale."""
        return i18n.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form for `n`; WTForms fills in the values itself."""
        return i18n.plural_form(singular, plural, n)
