"""Whose tax an order bears: at home, where it goes, or nobody's here."""

import pytest

from store.tax.deciding import decide
from store.tax.errors import NoVatId
from store.tax.territory import place_of
from store.tax.vat_ids import in_register, normalise


def treatment(
    home: str, to: dict[str, str], *, oss: bool = False, registered: tuple[str, ...] = (), vat_id: str = ""
) -> tuple[str, str]:
    decision = decide(
        place_of(None, home), place_of(to, home), one_stop_shop=oss, registered_in=registered, valid_vat_id=vat_id
    )
    return decision.treatment, decision.country


@pytest.mark.parametrize(
    ("home", "to", "more", "expected"),
    [
        ("AT", {"country": "AT"}, {}, ("domestic", "AT")),
        ("AT", {}, {}, ("domestic", "AT")),
        # Consumers of other member states: home's tax below the threshold, theirs above it.
        ("AT", {"country": "DE"}, {}, ("origin", "AT")),
        ("AT", {"country": "DE"}, {"oss": True}, ("destination", "DE")),
        ("AT", {"country": "DE"}, {"registered": ("DE",)}, ("destination", "DE")),
        # Businesses of other member states; at home a VAT id changes nothing.
        ("AT", {"country": "DE"}, {"vat_id": "DE136695976"}, ("reverse_charge", "DE")),
        ("AT", {"country": "DE"}, {"vat_id": "FR40303265045", "oss": True}, ("reverse_charge", "DE")),
        ("AT", {"country": "AT"}, {"vat_id": "DE136695976"}, ("domestic", "AT")),
        ("AT", {"country": "DE"}, {"vat_id": "ATU13585627"}, ("origin", "AT")),
        ("GR", {"country": "DE"}, {"vat_id": "EL094259216"}, ("origin", "GR")),
        # Outside.
        ("AT", {"country": "NO"}, {}, ("export", "NO")),
        ("AT", {"country": "NO"}, {"oss": True, "vat_id": "DE136695976"}, ("export", "NO")),
        ("AT", {"country": "NO"}, {"registered": ("NO",)}, ("destination", "NO")),
        ("US", {"country": "DE"}, {"oss": True, "vat_id": "DE136695976"}, ("export", "DE")),
        ("CH", {"country": "CH"}, {}, ("domestic", "CH")),
        # Islands and enclaves: their country is in the Union, they are not.
        ("DE", {"country": "DE", "postcode": "78266"}, {}, ("export", "DE")),
        ("AT", {"country": "ES", "postcode": "38001"}, {"oss": True, "registered": ("ES",)}, ("export", "ES")),
        ("AT", {"country": "ES", "postcode": "28001"}, {"oss": True}, ("destination", "ES")),
        ("AT", {"country": "MC", "postcode": "98000"}, {"oss": True}, ("destination", "FR")),
        ("AT", {"country": "GB", "postcode": "BT1 1AA"}, {"oss": True}, ("destination", "XI")),
        ("AT", {"country": "GB", "postcode": "SW1A 1AA"}, {"oss": True}, ("export", "GB")),
    ],
)
def test_whose_tax_an_order_bears(home, to, more, expected) -> None:
    assert treatment(home, to, **more) == expected


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("", "AT", ""),
        ("atu 1358 5627", "DE", "ATU13585627"),
        ("U13585627", "AT", "ATU13585627"),
        ("094259216", "GR", "EL094259216"),
        ("GR 094259216", "GR", "EL094259216"),
        ("CHE-123.456.788", "CH", "CHE123456788"),
    ],
)
def test_a_vat_id_is_kept_in_one_form_however_it_was_typed(typed, country, kept) -> None:
    assert normalise(typed, country) == kept


@pytest.mark.parametrize("typed", ["ATU13585628", "DE1", "DE136695977", "?", "<b>"])
def test_a_vat_id_with_a_wrong_figure_is_told_at_once(typed) -> None:
    with pytest.raises(NoVatId):
        normalise(typed, "DE")


def test_the_register_is_asked_about_its_own_ids_only() -> None:
    assert in_register("EL094259216")
    assert not in_register("CHE123456788")
