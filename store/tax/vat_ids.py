"""VAT ids as people type them: their form and check digits, looked at without asking anybody."""

import re

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from store.core.i18n import gettext as _
from store.tax.errors import NoVatId
from store.tax.territory import UNION

LONGEST = 20
_FILLERS = re.compile(r"[\s.,/\-]+")
# Outside the Union an id changes nothing in the tax; it is kept as it was typed, for the invoice.
_ELSEWHERE = re.compile(r"[A-Z0-9]{4,20}")


def normalise(typed: str, country: str) -> str:
    """Return a VAT id as it is kept, e.g. `ATU13585627`, or nothing for nothing; raises `NoVatId`.

    One without its country's letters gets those of the buyer's country.
    """
    bare = _FILLERS.sub("", typed).upper()
    if not bare:
        return ""
    letters = "EL" if country == "GR" else country
    if country in UNION and not bare.startswith((*_PREFIXES,)):
        bare = letters + bare
    if not bare.startswith((*_PREFIXES,)):
        if _ELSEWHERE.fullmatch(bare):
            return bare
        raise NoVatId(_("This does not look like a VAT ID."), field="vat_id")
    try:
        found: str = vat.validate(bare)
    except ValidationError:
        raise NoVatId(
            _("This is no VAT ID: a letter or figure is wrong. It looks like %(example)s.", example=_example(bare)),
            field="vat_id",
        ) from None
    return "EL" + found[2:] if found.startswith("GR") else found


def in_register(vat_id: str) -> bool:
    """Whether the Union's register can know of it."""
    return vat_id.startswith((*_PREFIXES,))


_PREFIXES = frozenset({*(UNION - {"GR"}), "EL", "GR", "XI"})

_EXAMPLES = {
    "AT": "ATU12345678",
    "DE": "DE123456789",
    "FR": "FR12345678901",
    "IT": "IT12345678901",
    "NL": "NL123456789B01",
}


def _example(bare: str) -> str:
    return _EXAMPLES.get(bare[:2], f"{bare[:2]}123456789")
