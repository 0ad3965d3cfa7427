"""Disputes as a provider's account tells of them, and as the shop keeps them."""

from sqlalchemy import select

from store.core.db import session, transaction
from store.payments.models import Dispute
from tests.factories.payments import run_jobs


def notify(provider: str, client, account, name: str, kind: str) -> int:
    """Send what the account says of a dispute, and return the status of the shop's answer."""
    headers, body = account.notification(dict(account.disputes[name]), kind)
    answer = client.post(f"/webhooks/payments/{provider}", data=body, headers=headers)
    run_jobs()
    return answer.status_code


def the_dispute() -> Dispute:
    """Return the only dispute there is, as it is now."""
    with transaction():
        return session.execute(select(Dispute).execution_options(populate_existing=True)).scalar_one()
