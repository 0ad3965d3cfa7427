"""Numbers that our own forms carry."""

from collections.abc import Mapping

from store.core.errors import Invalid
from store.core.i18n import gettext as _


def number_in(form: Mapping[str, str], name: str) -> int:
    """Return a whole number of a form; raises `Invalid` for what was made up."""
    text = form.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Invalid(_("This form is not complete. Please open it again."), field=name)
    return int(text)
