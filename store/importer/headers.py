"""The columns that are understood, in both generations of the file format. Their order and case do not matter."""

from collections.abc import Mapping, Sequence

from store.core.i18n import gettext as _
from store.importer.errors import UnusableFile

# Field: its header in the older generation, then in the current one; further spellings follow.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "description_html": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "product_type": ("Type",),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "option1_name": ("Option1 Name",),
    "option1_value": ("Option1 Value",),
    "option2_name": ("Option2 Name",),
    "option2_value": ("Option2 Value",),
    "option3_name": ("Option3 Name",),
    "option3_value": ("Option3 Value",),
    "option4_name": ("Option4 Name",),
    "option4_value": ("Option4 Value",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price", "Compare At Price"),
    "cost": ("Cost per item",),
    "taxable": ("Variant Taxable", "Charge tax"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "requires_shipping": ("Variant Requires Shipping", "Requires shipping"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gift_card": ("Gift Card",),
    "seo_title": ("SEO Title",),
    "seo_description": ("SEO Description",),
}
_FIELDS = {name.casefold(): field for field, names in _NAMES.items() for name in names}

# Who fills one of these speaks of a variant.
VARIANT_FIELDS = (
    "sku", "barcode", "price", "compare_at", "cost", "taxable", "tracker", "quantity", "policy", "grams",
    "requires_shipping", "variant_image",
)  # fmt: skip


def understand(header: Sequence[str]) -> dict[int, str]:
    """Return the fields by their place in the header; raises `UnusableFile` when it is not that of a product file."""
    fields: dict[int, str] = {}
    places: dict[str, str] = {}
    for place, name in enumerate(header):
        field = _FIELDS.get(" ".join(name.split()).casefold())
        if field is None:
            continue
        if field in places:
            raise UnusableFile(
                _("The columns “%(one)s” and “%(other)s” mean the same. Keep one.", one=places[field], other=name)
            )
        fields[place] = field
        places[field] = name
    if "title" not in places and "handle" not in places:
        _explain(header)
    return fields


def _explain(header: Sequence[str]) -> None:
    line = ",".join(header)
    for mark, name in ((";", _("semicolons")), ("\t", _("tabs"))):
        if line.count(mark) > line.count(","):
            raise UnusableFile(
                _("The columns are separated by %(mark)s. Save the file with commas between them.", mark=name)
            )
    raise UnusableFile(_("This is no product file: it has neither a column “Handle” nor “Title”."))
