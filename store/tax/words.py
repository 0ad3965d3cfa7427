"""Whose tax an order bears, and what became of a VAT id, in sentences for its buyer, for staff and for invoices."""

from babel import Locale

from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.tax.queries import Assessment


def treatment_sentence(treatment: str, country: str) -> str:
    """Return why an order bears the tax it does; nothing where there is nothing to explain."""
    if treatment == "origin":
        return _("Taxed in %(country)s, from where it is sent.", country=country_name(country))
    if treatment == "destination":
        return _("Taxed at the rates of %(country)s, where it goes.", country=country_name(country))
    return exemption_sentence(treatment)


def exemption_sentence(treatment: str) -> str:
    """Return why no tax is charged, as invoices must say it (Article 226 (11) and (11a) of Directive 2006/112/EC)."""
    if treatment == "reverse_charge":
        return _(
            "Reverse charge: tax-free intra-Community supply, Article 138 of Directive 2006/112/EC. "
            "The buyer accounts for the tax."
        )
    if treatment == "export":
        return _("Tax-free export. Import tax and duties of the country it goes to are not in the price.")
    return ""


def vat_sentence(tax: Assessment) -> str:
    """Return what a buyer's VAT id means for what they pay now."""
    vat = tax.vat
    if vat is None:
        return ""
    if tax.treatment == "reverse_charge":
        return _("The VAT ID %(vat_id)s is valid, so no tax is charged.", vat_id=vat.vat_id)
    if vat.status == "asked":
        return _(
            "We are asking the register about the VAT ID %(vat_id)s. Tax is charged until it answers.",
            vat_id=vat.vat_id,
        )
    if vat.status == "invalid":
        return _(
            "The register does not know the VAT ID %(vat_id)s, so tax is charged. Is it written right?",
            vat_id=vat.vat_id,
        )
    if vat.status == "unknown" or (vat.status == "valid" and not vat.counts):
        return _(
            "The register does not answer about the VAT ID %(vat_id)s just now, so tax is charged.", vat_id=vat.vat_id
        )
    return _("The VAT ID %(vat_id)s will stand on the invoice.", vat_id=vat.vat_id)


def country_name(code: str) -> str:
    """Return a country as the reader calls it; `XI` is what VAT numbers call Northern Ireland."""
    if code == "XI":
        return _("Northern Ireland")
    locale = current_locale()
    # The pseudo locale of the tests has no names of its own.
    language = "en" if locale.startswith("en-X") else locale.replace("-", "_")
    return str(Locale.parse(language).territories.get(code, code))
