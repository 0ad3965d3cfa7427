"""The slip that goes into a parcel on its way back."""

from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.invoicing.paper import typeset
from store.orders.models import Order
from store.returns.models import Return
from store.returns.words import KINDS, REASONS


def return_form_pdf(order: Order, one: Return, *, shop_name: str, address: str) -> bytes:
    """Return the slip as PDF: what comes back, why, and to where; the same bytes every time."""
    lines = {line.id: line for line in order.lines}
    with use_locale(order.locale):
        words = {
            "title": _("Return slip"),
            "shop": shop_name,
            "facts": [
                [str(KINDS[one.kind]), one.name],
                [_("Order"), str(order.number or "")],
                [_("From"), str(order.shipping_address.get("name", ""))],
            ],
            "to": address.splitlines(),
            "please": _("Please put this slip into the parcel, and write %(name)s on it.", name=one.name),
            "cut": _("Cut out and stick on the parcel"),
            "columns": [_("Quantity"), _("Item"), _("SKU"), _("Why"), _("Instead")],
            "rows": [
                [
                    str(line.quantity),
                    lines[line.order_line_id].title,
                    lines[line.order_line_id].variant_title,
                    lines[line.order_line_id].sku,
                    "" if line.reason == "unsaid" else str(REASONS[line.reason]),
                    line.new_title,
                ]
                for line in one.lines
            ],
        }
        return typeset("return_form.typ", words, one.requested_at)
