"""One product's prices: every currency, list and tier in one table, and what they have been."""

from datetime import UTC, datetime
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import select
from werkzeug.wrappers import Response

from store.admin.base import ProductScreen, done
from store.admin.current import record, require
from store.admin.product_forms import read_price
from store.admin.queries import prices as queries
from store.catalog.models import Product
from store.catalog.pricing import PriceRow, set_base_price, set_prices
from store.catalog.queries import list_steps
from store.core.db import session, transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.shop.models import PriceList
from store.staff.roles import Permission
from store.web import markets

_MOST_PIECES = 10_000
_MOST_STEPS = 100


class ProductPricesScreen(ProductScreen):
    """A product's prices. It is reached from the product, not from the navigation."""

    @expose("/<int:product_id>")
    def show(self, product_id: int) -> Response:
        """Show every price of a product."""
        return self._show(product_id)

    @expose("/<int:product_id>", methods=("POST",))
    def update(self, product_id: int) -> Response:
        """Write one price for one variant or for all of them; an empty amount takes it away."""
        require(Permission.EDIT_PRODUCTS)
        product, sent = _product(product_id), request.form
        try:
            with transaction():
                facts = self._read(product, sent)
                amount, compare_at, currency = facts["amount_minor"], facts["compare_at_minor"], facts["currency"]
                if product.made_to_order:
                    if facts["min_qty"] != 1:
                        raise Invalid(_("What is made to order has no prices by quantity."))
                    set_base_price(product_id, currency, amount, compare_at, facts["list"])
                else:
                    set_prices(
                        [
                            PriceRow(id_, currency, amount, compare_at, facts["list"], facts["min_qty"])
                            for id_ in facts["variants"]
                        ]
                    )
                record("price", "product", product_id, after=facts)
        except Invalid as error:
            return self._show(product_id, problem=error.message, sent=sent)
        said = _("The price is written.") if amount is not None else _("The price is taken away.")
        return done(said, url_for(".show", product_id=product_id))

    @expose("/<int:product_id>/<int:variant_id>/history")
    def show_history(self, product_id: int, variant_id: int) -> Response:
        """Show what shoppers of each market have seen, the latest first."""
        product = _product(product_id)
        variant = next((one for one in queries.list_variants(product_id) if one.id == variant_id), None)
        if variant is None:
            raise NotFound(_("This is not here any more."))
        told = [
            (
                market,
                [
                    (datetime.fromtimestamp(step.at, UTC), step.amount_minor)
                    for step in reversed(list_steps(variant_id, market.currency, market.code)[-_MOST_STEPS:])
                ],
            )
            for market in markets.known_markets()
        ]
        return self.page("admin/prices/history.html", product=product, variant=variant, told=told)

    def _read(self, product: Product, sent: Any) -> dict[str, Any]:
        known = [one.id for one in queries.list_variants(product.id)]
        chosen = sent.get("variant", "")
        variants = known if chosen == "all" else [id_ for id_ in known if str(id_) == chosen]
        if not variants and not product.made_to_order:
            raise Invalid(_("Please choose a variant."))
        currency, pieces, wanted = sent.get("currency", ""), sent.get("min_qty", "1").strip(), sent.get("list", "")
        if currency not in {one.currency for one in markets.known_markets()}:
            raise Invalid(_("Please choose a currency that a market sells in."))
        if not (pieces.isascii() and pieces.isdecimal() and 1 <= int(pieces[:6]) <= _MOST_PIECES):
            raise Invalid(_("A price holds from 1 piece on, or from a higher number."))
        lists = {str(id_): id_ for id_ in session.execute(select(PriceList.id)).scalars()}
        if wanted and wanted not in lists:
            raise Invalid(_("This price list is not here any more."))
        amount = read_price(sent.get("amount", "").strip(), currency)
        compare_at = read_price(sent.get("compare_at", "").strip(), currency)
        if compare_at is not None and amount is None:
            raise Invalid(_("An earlier price needs a price now."))
        return {
            "variants": variants,
            "currency": currency,
            "list": lists.get(wanted),
            "min_qty": int(pieces),
            "amount_minor": amount,
            "compare_at_minor": compare_at,
        }

    def _show(self, product_id: int, *, problem: str = "", sent: Any = None) -> Response:
        product = _product(product_id)
        variants = queries.list_variants(product_id)
        return self.page(
            "admin/prices/product.html",
            422 if problem else 200,
            product=product,
            variants=variants,
            titles={one.id: one.title or one.sku or _("The only one") for one in variants},
            rows=queries.list_made_rows(product_id) if product.made_to_order else queries.list_rows(product_id),
            lists=session.execute(select(PriceList.id, PriceList.name).order_by(PriceList.name)).all(),
            currencies=list(dict.fromkeys(one.currency for one in markets.known_markets())),
            problem=problem,
            sent=sent or {},
        )


def _product(product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound(_("This is not here any more."))
    return product
