"""The classes that goods are in. Products name one; each country has its rate for it."""

from store.core.i18n import lazy_gettext as lazy

# A class that a country has no rate for bears its standard rate there: too little tax is never charged by oversight.
STANDARD = "standard"

# Not subject to tax at all, such as vouchers; it has no rates.
NONE = "none"

CLASSES = {
    STANDARD: lazy("Standard"),
    "reduced": lazy("Reduced"),
    "reduced-2": lazy("Second reduced"),
    "super-reduced": lazy("Super-reduced"),
    "parking": lazy("Parking"),
    "zero": lazy("Zero"),
}
