"""The jobs of tax."""

from datetime import timedelta

from store.core.db import transaction
from store.core.queue import job
from store.tax import services

_KEEP = timedelta(days=30)


@job("tax.check_vat_id", lease=60)
def check_vat_id(vat_id: str, attempt: int = 1) -> None:
    """Ask the register of VAT ids."""
    services.check_vat_id(vat_id, attempt=attempt)


@job("tax.forget_vat_checks")
def forget_vat_checks() -> None:
    """Forget VAT ids that were asked for long ago: they may be names of people."""
    with transaction():
        services.forget_vat_checks(_KEEP)
