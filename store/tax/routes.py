"""Binds tax to the settings, and tells pages how totals came about."""

from collections.abc import Sequence

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from store.core.i18n import current_locale
from store.orders.models import Order
from store.pricing.explaining import Row, explain
from store.pricing.totals import Totals
from store.tax import vies, words

blueprint = Blueprint("tax", __name__)


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Take the register of the settings."""
    vies.configure(state.app.extensions["store.settings"])
    state.app.jinja_env.globals.update(
        explain_order=explain_order,
        explain_totals=explain_totals,
        tax_sentence=words.treatment_sentence,
        vat_sentence=words.vat_sentence,
    )


def explain_order(order: Order) -> tuple[Row, ...]:
    """Return how an order's total came about; nothing for orders of before that was kept."""
    titles = [line.title for line in order.lines]
    return explain(order.trace, titles, currency=order.currency, locale=current_locale())


def explain_totals(totals: Totals, titles: Sequence[str], currency: str) -> tuple[Row, ...]:
    """Return how the total of a cart comes about."""
    return explain(totals.trace, titles, currency=currency, locale=current_locale())
