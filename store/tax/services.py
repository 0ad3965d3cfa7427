"""The verbs of tax: VAT ids are checked, rates begin and end, rules change. The caller opens the transaction."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.shop.queries import get_shop
from store.tax import queries, vies
from store.tax.classes import CLASSES
from store.tax.errors import RegisterAway
from store.tax.models import TaxRate, TaxRegistration, TaxRules, VatCheck
from store.tax.vat_ids import in_register

# A VAT id is asked for again no sooner, whoever types it how often.
_PATIENCE = timedelta(seconds=30)
# After so many failures a shopper has long gone on, with tax; the next who types the id makes a new start.
_AGAIN_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))

# A good answer is asked for anew before it stops counting.
_ASK = text("""
    INSERT INTO vat_checks (vat_id, status, asked_at) VALUES (:vat_id, 'asked', :moment)
    ON CONFLICT (vat_id) DO UPDATE SET asked_at = excluded.asked_at,
       status = CASE WHEN vat_checks.status = 'valid' AND vat_checks.checked_at > :expired THEN 'valid' ELSE 'asked' END
     WHERE vat_checks.asked_at < :lately AND (vat_checks.checked_at IS NULL OR vat_checks.checked_at < :fresh)
    RETURNING id
""")

logger = log.get_logger(__name__)


def ask_about(vat_id: str) -> None:
    """Have a VAT id checked by a job, unless that was done lately. Until then its owner is a consumer."""
    if not in_register(vat_id):
        return
    moment = now()
    asked = session.execute(
        _ASK,
        {
            "vat_id": vat_id,
            "moment": moment,
            "lately": moment - _PATIENCE,
            "fresh": moment - queries.VALID_FOR / 4,
            "expired": moment - queries.VALID_FOR,
        },
    ).one_or_none()
    if asked is not None:
        enqueue("tax.check_vat_id", vat_id=vat_id, attempt=1)


def check_vat_id(vat_id: str, *, attempt: int = 1) -> None:
    """Ask the register, outside of any transaction, and keep what it says; a failure is tried again later."""
    with transaction():
        asked_by = _own_vat_id()
    register = vies.current()
    try:
        if register is None:
            raise RegisterAway(_("No register of VAT IDs is set up."), reason="unset")
        answer = register.check(vat_id, asked_by=asked_by)
    except RegisterAway as error:
        logger.warning("a VAT id can't be checked", reason=error.facts.get("reason"), attempt=attempt)
        with transaction():
            _note_failure(vat_id, str(error.facts.get("reason", "")), attempt)
        return
    with transaction():
        session.execute(
            update(VatCheck)
            .where(VatCheck.vat_id == vat_id)
            .values(
                status="valid" if answer.valid else "invalid",
                name=answer.name,
                address=answer.address,
                reference=answer.reference,
                reason="",
                checked_at=now(),
            )
        )


def _note_failure(vat_id: str, reason: str, attempt: int) -> None:
    # An answer that still counts outlives a register that is away.
    session.execute(
        update(VatCheck)
        .where(VatCheck.vat_id == vat_id, VatCheck.status.in_(("asked", "unknown")))
        .values(status="unknown", reason=reason)
    )
    if attempt <= len(_AGAIN_AFTER):
        enqueue("tax.check_vat_id", delay=_AGAIN_AFTER[attempt - 1], vat_id=vat_id, attempt=attempt + 1)


def _own_vat_id() -> str:
    found: str | None = session.execute(
        select(TaxRegistration.number).where(TaxRegistration.country == get_shop().country)
    ).scalar_one_or_none()
    return found if found and in_register(found) else ""


def begin_rate(
    country: str,
    tax_class: str,
    rate: Decimal,
    *,
    valid_from: date,
    source: str = "shop",
    region: str = "",
    name: str = "",
) -> TaxRate:
    """Let a rate hold from a day on; the one before it ends there, and one that began that very day is replaced."""
    if tax_class not in CLASSES:
        raise Invalid(_("Please choose a class."), field="tax_class")
    if not 0 <= rate < 1:
        raise Invalid(_("A rate lies between 0 and 100 per cent."), field="rate")
    same = (TaxRate.country == country, TaxRate.region == region, TaxRate.tax_class == tax_class)
    session.execute(
        update(TaxRate)
        .where(*same, TaxRate.valid_from < valid_from)
        .where((TaxRate.valid_to.is_(None)) | (TaxRate.valid_to > valid_from))
        .values(valid_to=valid_from)
    )
    following = session.execute(
        select(TaxRate.valid_from).where(*same, TaxRate.valid_from > valid_from).order_by(TaxRate.valid_from).limit(1)
    ).scalar_one_or_none()
    values = {"rate": rate, "name": name, "source": source, "valid_to": following}
    begun: TaxRate = session.execute(
        insert(TaxRate)
        .values(country=country, region=region, tax_class=tax_class, valid_from=valid_from, **values)
        .on_conflict_do_update(index_elements=["country", "region", "tax_class", "valid_from"], set_=values)
        .returning(TaxRate)
    ).scalar_one()
    queries.forget()
    return begun


def delete_coming_rate(rate_id: int, *, today: date) -> TaxRate:
    """Take back a rate that has not begun; the one before it goes on. Raises `Conflict` for one that was in force."""
    rate = session.get(TaxRate, rate_id)
    if rate is None or rate.valid_from <= today:
        raise Conflict(_("This rate has been in force: orders were made with it. Let another begin instead."))
    session.delete(rate)
    session.flush()
    session.execute(
        update(TaxRate)
        .where(
            TaxRate.country == rate.country,
            TaxRate.region == rate.region,
            TaxRate.tax_class == rate.tax_class,
            TaxRate.valid_to == rate.valid_from,
        )
        .values(valid_to=rate.valid_to)
    )
    queries.forget()
    return rate


def save_rules(*, rounding: str, shipping: str, shipping_class: str, one_stop_shop: bool) -> None:
    """Change how the shop reckons; orders that were placed keep how they were reckoned."""
    values = {
        "rounding": rounding,
        "shipping": shipping,
        "shipping_class": shipping_class,
        "one_stop_shop": one_stop_shop,
    }
    session.execute(insert(TaxRules).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values))
    queries.forget()


def register_in(country: str, number: str) -> None:
    """Charge the tax of a country from now on, under a number there."""
    session.execute(
        insert(TaxRegistration)
        .values(country=country, number=number)
        .on_conflict_do_update(index_elements=["country"], set_={"number": number})
    )
    queries.forget()


def end_registration(country: str) -> None:
    """No longer charge the tax of a country."""
    session.execute(delete(TaxRegistration).where(TaxRegistration.country == country))
    queries.forget()


def forget_vat_checks(before: timedelta) -> None:
    """Forget answers that nobody asked for lately; orders keep their own copy."""
    session.execute(delete(VatCheck).where(VatCheck.asked_at < now() - before))
