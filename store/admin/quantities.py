"""How many units of each line of an order a form names: its fields are called `quantity-` and the line's id."""

from collections.abc import Iterable, Mapping

from store.core.errors import Invalid
from store.core.i18n import gettext as _

PREFIX = "quantity-"
_LONGEST = 6


def read_quantities(fields: Mapping[str, str], line_ids: Iterable[int]) -> dict[int, int] | None:
    """Return what a form says of the lines, `None` where it has no such field; raises `Invalid` for what is no number.

    An empty field is nought.
    """
    found = {line_id: fields[f"{PREFIX}{line_id}"].strip() for line_id in line_ids if f"{PREFIX}{line_id}" in fields}
    if not found:
        return None
    for value in found.values():
        if value and not (value.isascii() and value.isdecimal() and len(value) <= _LONGEST):
            raise Invalid(_("Please enter quantities as whole numbers."))
    return {line_id: int(value or 0) for line_id, value in found.items()}
