"""What the cart's forms send."""

from store.core.i18n import lazy_gettext as _
from store.web.forms import Form, IntegerField, Required, StringField

# What a browser can send at most; the services know the shop's own bound.
_LARGEST = 10**6


class AddLineForm(Form):
    """A product by its handle, and how many; its options are further fields, named by the product."""

    product = StringField(_("Product"), [Required()], longest=255)
    quantity = IntegerField(_("Quantity"), [Required()], minimum=1, maximum=_LARGEST, default=1)


class QuantityForm(Form):
    """How many of a line."""

    quantity = IntegerField(_("Quantity"), [Required()], minimum=0, maximum=_LARGEST)
