"""VAT ids are checked by the register, behind the shopper's back, and nothing is taken for granted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.tax import services, vies
from store.tax.models import VatCheck
from store.tax.queries import find_vat_standing

pytestmark = pytest.mark.usefixtures("shop")

GOOD = "DE136695976"


def ask(vat_id: str = GOOD) -> None:
    with transaction():
        services.ask_about(vat_id)


def jobs() -> list[dict[str, object]]:
    return [row.payload for row in session.query(Outbox).filter_by(task="tax.check_vat_id").order_by(Outbox.id)]


def test_the_register_vouches_for_a_business_and_gives_its_proof(register) -> None:
    register.known[GOOD] = "ACME GmbH"
    with transaction():
        services.register_in("AT", "ATU13585627")
    ask()
    assert find_vat_standing(GOOD).status == "asked"
    services.check_vat_id(GOOD)
    row = session.execute(select(VatCheck)).scalar_one()
    assert (row.status, row.name, row.address, row.reference) == ("valid", "ACME GmbH", "", "WAPIAAAAY1")
    assert find_vat_standing(GOOD).counts
    assert register.asked == [
        {"countryCode": "DE", "vatNumber": GOOD[2:], "requesterMemberStateCode": "AT", "requesterNumber": "U13585627"}
    ]


def test_an_id_that_the_register_does_not_know_is_invalid(register) -> None:
    ask()
    services.check_vat_id(GOOD)
    assert find_vat_standing(GOOD).status == "invalid"


@pytest.mark.parametrize("word", ["MS_UNAVAILABLE", "MS_MAX_CONCURRENT_REQ", "SERVICE_UNAVAILABLE", "TIMEOUT"])
def test_a_register_that_does_not_answer_vouches_for_nobody_and_is_asked_again(register, word) -> None:
    register.known[GOOD], register.failing = "ACME GmbH", word
    ask()
    services.check_vat_id(GOOD)
    standing = find_vat_standing(GOOD)
    assert (standing.status, standing.counts) == ("unknown", False)
    assert [job["attempt"] for job in jobs()] == [1, 2]
    register.failing = ""
    services.check_vat_id(GOOD, attempt=2)
    assert find_vat_standing(GOOD).counts


def test_an_answer_that_is_none_vouches_for_nobody(register) -> None:
    register.known[GOOD], register.broken = "ACME GmbH", True
    ask()
    services.check_vat_id(GOOD)
    assert find_vat_standing(GOOD).status == "unknown"


def test_a_register_that_is_gone_vouches_for_nobody_and_is_given_up_after_some_attempts() -> None:
    vies.use(vies.Vies("http://127.0.0.1:9"))
    ask()
    services.check_vat_id(GOOD, attempt=5)
    vies.use(None)
    assert find_vat_standing(GOOD).status == "unknown"
    assert [job["attempt"] for job in jobs()] == [1]


def test_a_good_answer_outlives_an_outage_until_it_is_a_day_old(register, clock) -> None:
    register.known[GOOD] = "ACME GmbH"
    ask()
    services.check_vat_id(GOOD)
    register.failing = "MS_UNAVAILABLE"
    clock.shift(timedelta(hours=12))
    ask()
    services.check_vat_id(GOOD)
    assert find_vat_standing(GOOD).counts
    clock.shift(timedelta(hours=13))
    assert not find_vat_standing(GOOD).counts


def test_typing_an_id_again_and_again_asks_once(register) -> None:
    for _time in range(5):
        ask()
    assert len(jobs()) == 1
    ask("CHE123456788")
    assert len(jobs()) == 1


def test_ids_that_nobody_asks_for_are_forgotten(clock) -> None:
    ask()
    clock.shift(timedelta(days=31))
    with transaction():
        services.forget_vat_checks(timedelta(days=30))
    assert find_vat_standing(GOOD).status == "unasked"
