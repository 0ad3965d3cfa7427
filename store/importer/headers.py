"""The columns that are understood, in both generations of the file format. Their order and case do not matter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.core.i18n import gettext as _
from store.importer.errors import UnusableFile

# Field: its header in the older generation, then in the current one; further spellings follow. In the order of exports.
NAMES: Mapping[str, tuple[str, ...]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title", "Title"),
    "description_html": ("Body (HTML)", "Description"),
    "vendor": ("Vendor", "Vendor"),
    "category": ("Product Category", "Product category"),
    "product_type": ("Type", "Type"),
    "tags": ("Tags", "Tags"),
    "published": ("Published", "Published on online store"),
    "status": ("Status", "Status"),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "option1_name": ("Option1 Name", "Option1 name"),
    "option1_value": ("Option1 Value", "Option1 value"),
    "option1_linked": ("Option1 Linked To", "Option1 Linked To"),
    "option2_name": ("Option2 Name", "Option2 name"),
    "option2_value": ("Option2 Value", "Option2 value"),
    "option2_linked": ("Option2 Linked To", "Option2 Linked To"),
    "option3_name": ("Option3 Name", "Option3 name"),
    "option3_value": ("Option3 Value", "Option3 value"),
    "option3_linked": ("Option3 Linked To", "Option3 Linked To"),
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price", "Compare At Price"),
    "cost": ("Cost per item", "Cost per item"),
    "taxable": ("Variant Taxable", "Charge tax"),
    "tax_code": ("Variant Tax Code", "Tax code"),
    "unit_total": ("Unit Price Total Measure", "Unit price total measure"),
    "unit_total_unit": ("Unit Price Total Measure Unit", "Unit price total measure unit"),
    "unit_base": ("Unit Price Base Measure", "Unit price base measure"),
    "unit_base_unit": ("Unit Price Base Measure Unit", "Unit price base measure unit"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "weight_unit": ("Variant Weight Unit", "Weight unit for display"),
    "requires_shipping": ("Variant Requires Shipping", "Requires shipping"),
    "fulfilment_service": ("Variant Fulfillment Service", "Fulfillment service"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position", "Image position"),
    "image_alt": ("Image Alt Text", "Image alt text"),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gift_card": ("Gift Card", "Gift card"),
    "seo_title": ("SEO Title", "SEO title"),
    "seo_description": ("SEO Description", "SEO description"),
}
# What a feed for a shopping search says: custom fields in a namespace of their own.
GOOGLE: Mapping[str, tuple[str, ...]] = {
    "field:google.product_category": ("Google Product Category", "Google product category"),
    "field:google.gender": ("Gender", "Gender"),
    "field:google.age_group": ("Age Group", "Age group"),
    "field:google.mpn": ("MPN", "Manufacturer part number (MPN)"),
    "field:google.ad_group": ("AdWords Grouping", "Ad group name"),
    "field:google.ads_labels": ("AdWords Labels", "Ads labels"),
    "field:google.condition": ("Condition", "Condition"),
    "field:google.custom_product": ("Custom Product", "Custom product"),
    **{
        f"field:google.custom_label_{number}": (f"Custom Label {number}", f"Custom label {number}")
        for number in range(5)
    },
}
# Ours: a row's currency where files name it, and a fourth option, which is refused in words.
_MORE = {
    "currency": ("Currency",),
    "option4_name": ("Option4 Name",),
    "option4_value": ("Option4 Value",),
}
_FIELDS = {
    **{name.casefold(): wanted for wanted, names in {**NAMES, **_MORE}.items() for name in names},
    **{f"google shopping / {name}".casefold(): wanted for wanted, names in GOOGLE.items() for name in names},
}
_METAFIELD = re.compile(r"(?P<name>.*?)\s*\(product\.metafields\.(?P<namespace>[\w-]+)\.(?P<key>[\w.-]+)\)", re.ASCII)
_MARKET = re.compile(r"(?P<what>included|price|compare[- ]at price) / (?P<market>.+)", re.IGNORECASE)

# Who fills one of these speaks of a variant.
VARIANT_FIELDS = (
    "sku", "barcode", "price", "compare_at", "cost", "taxable", "tax_code", "tracker", "quantity", "policy", "grams",
    "weight_unit", "requires_shipping", "fulfilment_service", "unit_total", "unit_base", "variant_image",
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """What a header means: fields by their place, their spelling in the file, and what has to be said of the rest."""

    fields: Mapping[int, str]
    headers: Mapping[str, str]
    width: int
    notices: tuple[str, ...] = ()
    field_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The foreign currencies that have columns of their own."""
        return tuple(name.partition(":")[2] for name in self.fields.values() if name.startswith("price:"))


def google_header(wanted: str, generation: int) -> str:
    """Return the header of one of the shopping columns; `generation` is 0 for the older one, 1 for the current."""
    return f"Google Shopping / {GOOGLE[wanted][generation]}"


def understand(
    header: Sequence[str], markets: Mapping[str, tuple[str, str]] | None = None, base_currency: str | None = None
) -> Columns:
    """Return what a header means; `markets` are code and currency by code and name of market, in small letters.

    Raises `UnusableFile` when it is not that of a product file, or when two columns mean the same.
    """
    fields: dict[int, str] = {}
    headers: dict[str, str] = {}
    names: dict[str, str] = {}
    notices: list[str] = []
    market_of: dict[str, str] = {}
    for place, raw in enumerate(header):
        name = " ".join(raw.split())
        wanted = _FIELDS.get(name.casefold())
        metafield = None if wanted else _METAFIELD.fullmatch(name)
        if metafield:
            wanted = f"field:{metafield['namespace']}.{metafield['key']}"
            names[wanted] = metafield["name"]
        elif wanted is None and (market := _MARKET.fullmatch(name)):
            wanted = _market_field(market, markets or {}, base_currency, market_of, notices)
        if wanted is None:
            continue
        if wanted in headers:
            raise UnusableFile(
                _("The columns “%(one)s” and “%(other)s” mean the same. Keep one.", one=headers[wanted], other=name)
            )
        fields[place] = wanted
        headers[wanted] = name
    if "title" not in headers and "handle" not in headers:
        _explain(header)
    return Columns(fields, headers, len(header), tuple(notices), names)


def _market_field(
    found: re.Match[str],
    markets: Mapping[str, tuple[str, str]],
    base_currency: str | None,
    market_of: dict[str, str],
    notices: list[str],
) -> str | None:
    what, market = found["what"].casefold(), found["market"]
    code, currency = markets.get(market.casefold(), ("", ""))
    if not code:
        notices.append(_("“%(column)s” is passed over: this shop has no such market.", column=found[0]))
        return None
    if currency == base_currency:
        notices.append(
            _(
                "“%(column)s” is passed over: this market sells in %(currency)s, so it has the shop's own prices.",
                column=found[0],
                currency=currency,
            )
        )
        return None
    if market_of.setdefault(currency, code) != code:
        notices.append(
            _(
                "“%(column)s” is passed over: another market of the file has the prices in %(currency)s.",
                column=found[0],
                currency=currency,
            )
        )
        return None
    return {"included": "included", "price": "price"}.get(what, "compare_at") + f":{currency}"


def _explain(header: Sequence[str]) -> None:
    line = ",".join(header)
    for mark, name in ((";", _("semicolons")), ("\t", _("tabs"))):
        if line.count(mark) > line.count(","):
            raise UnusableFile(
                _("The columns are separated by %(mark)s. Save the file with commas between them.", mark=name)
            )
    raise UnusableFile(_("This is no product file: it has neither a column “Handle” nor “Title”."))
