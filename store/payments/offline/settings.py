"""What a merchant writes down about being paid by hand, and when it makes no sense."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.payments.offline.methods import MethodFacts, forget
from store.payments.offline.models import BANK_TRANSFER, OfflineMethod

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)


def save_method(facts: MethodFacts) -> None:
    """Write down how one way to pay works from now on; raises `Invalid` for what would mislead shoppers."""
    if facts.code == BANK_TRANSFER:
        _check_account(facts)
    values: Mapping[str, Any] = {
        "enabled": facts.enabled,
        "account_holder": facts.account_holder,
        "iban": facts.iban,
        "bic": facts.bic,
        "instructions": facts.instructions,
        "countries": list(facts.countries),
        "deliveries": list(facts.deliveries),
        "days_to_pay": facts.days_to_pay,
        "remind_after_days": facts.remind_after_days,
        "updated_at": now(),
    }
    session.execute(
        insert(OfflineMethod)
        .values(code=facts.code, **values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
    )
    forget()


def tidy_account(text: str) -> str:
    """Return an account number as banks write it: capitals, no spaces."""
    return re.sub(r"[\s.-]", "", text).upper()


def is_iban(text: str) -> bool:
    """Whether this is an international account number: its shape, and its check digits (ISO 13616, ISO 7064)."""
    if not _IBAN.fullmatch(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def _check_account(facts: MethodFacts) -> None:
    if facts.iban and not is_iban(facts.iban):
        raise Invalid(_("This is not a valid IBAN. Please check it against your bank's papers."), field="iban")
    if facts.bic and not _BIC.fullmatch(facts.bic):
        raise Invalid(_("A BIC has eight or eleven letters and digits."), field="bic")
    if facts.enabled and not (facts.iban or facts.instructions):
        raise Invalid(_("Shoppers must be told where to transfer the money: an IBAN, or words of yours."), field="iban")
    if facts.remind_after_days >= facts.days_to_pay:
        raise Invalid(_("A reminder must come before the order is called off."), field="remind_after_days")
