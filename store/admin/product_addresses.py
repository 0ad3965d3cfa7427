"""A product's address, its leaving, its merging into another, and what stands beside it."""

import re

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from store.admin.addresses import read_target
from store.admin.base import ProductScreen, done
from store.admin.collections import find_products
from store.admin.current import record, require, the_staff
from store.admin.queries import addresses, products
from store.catalog import addressing
from store.catalog.errors import HandleTaken
from store.catalog.models import Product, ProductPin
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.staff.roles import Permission

MOST_PINS = 12


class ProductAddressesScreen(ProductScreen):
    """What happens to links when a product changes its name, goes, or becomes one with another."""

    @expose("/<int:product_id>/address", methods=("GET", "POST"))
    def rename(self, product_id: int) -> Response:
        """Give a product another address; the old one leads here."""
        require(Permission.EDIT_PRODUCTS)
        product = _find(product_id)
        handle = request.form.get("handle", product.handle).strip()
        problem, status = "", 200
        if request.method == "POST":
            try:
                with transaction():
                    row = addressing.get_locked(product_id)
                    before = row.handle
                    addressing.rename(row, handle, actor=the_staff().actor)
                    if row.handle != before:
                        record("rename", "product", product_id, before={"handle": before}, after={"handle": handle})
                return done(_("Saved. The old address leads here."), _home(product_id))
            except (Invalid, Conflict) as error:
                problem, status = error.message, error.status
            except IntegrityError:
                problem, status = HandleTaken(handle).message, 409
            product = _find(product_id)
        return self.page(
            "admin/addresses/rename.html",
            status,
            product=product,
            handle=handle,
            problem=problem,
            leading=addresses.list_leading_to(addressing.address_of(product)),
        )

    @expose("/<int:product_id>/retirement", methods=("GET", "POST"))
    def retire(self, product_id: int) -> Response:
        """Take a product off the shelves, with a choice of where its visitors go."""
        require(Permission.EDIT_PRODUCTS)
        product = _find(product_id)
        proposal = addressing.propose_target(product_id)
        sent = {name: request.form.get(name, "").strip() for name in ("answer", "target", "status")}
        errors, status = {}, 200
        if request.method == "POST":
            try:
                target = read_target(sent)
                state = "draft" if sent["status"] == "draft" else "archived"
                with transaction():
                    before = addressing.get_locked(product_id).status
                    addressing.take_down(product_id, target, status=state, actor=the_staff().actor)
                    record(
                        "take_down",
                        "product",
                        product_id,
                        before={"status": before},
                        after={"status": state, "leads to": target or "410"},
                    )
                return done(_("Taken off the shelves."), _home(product_id))
            except (Invalid, Conflict) as error:
                errors, status = {error.facts.get("field", ""): error.message}, error.status
        else:
            sent = {"answer": "lead" if proposal else "gone", "target": proposal or "", "status": "archived"}
        return self.page(
            "admin/addresses/retire.html", status, product=product, sent=sent, errors=errors, proposal=proposal
        )

    @expose("/<int:product_id>/merger", methods=("GET", "POST"))
    def merge(self, product_id: int) -> Response:
        """Let another product take this one's place."""
        require(Permission.EDIT_PRODUCTS)
        product = _find(product_id)
        into = request.form.get("into", "").strip()
        problem, status = "", 200
        if request.method == "POST":
            try:
                found = find_products(into)
                if len(found) != 1:
                    raise Invalid(_("Name one product, by its address, its link or a SKU."), field="into")
                with transaction():
                    stays = addressing.merge(product_id, found[0], actor=the_staff().actor)
                    facts = {"into": stays.id, "handle": stays.handle}
                    record("merge", "product", product_id, before={"handle": product.handle}, after=facts)
                    title = stays.title
                return done(_("%(title)s has taken its place.", title=title), _home(found[0]))
            except (Invalid, Conflict) as error:
                problem, status = error.message, error.status
        return self.page("admin/addresses/merge.html", status, product=product, into=into, problem=problem)

    @expose("/<int:product_id>/beside")
    def beside(self, product_id: int) -> Response:
        """Show what stands beside a product."""
        return self._beside_page(_find(product_id), "")

    @expose("/<int:product_id>/beside", methods=("POST",))
    def update_beside(self, product_id: int) -> Response:
        """Put products beside this one, in an order, and take them away."""
        require(Permission.EDIT_PRODUCTS)
        product = _find(product_id)
        try:
            with transaction():
                addressing.get_locked(product_id)
                before = [one.id for one in addresses.list_pins(product_id)]
                after = _arrange(product_id, before)
                _pin(product_id, after)
                if after != before:
                    record("pin_products", "product", product_id, before={"beside": before}, after={"beside": after})
        except Invalid as error:
            return self._beside_page(product, error.message, status=422)
        return done(_("Saved."), url_for(".beside", product_id=product_id))

    def _beside_page(self, product: Product, problem: str, *, status: int = 200) -> Response:
        return self.page(
            "admin/addresses/beside.html",
            status,
            product=product,
            pins=addresses.list_pins(product.id),
            together=addresses.list_bought_together(product.id),
            most=MOST_PINS,
            problem=problem,
            add=request.form.get("add", ""),
        )


def _find(product_id: int) -> Product:
    products.get_handle(product_id)
    product = session.get(Product, product_id, populate_existing=True)
    if product is None:
        raise NotFound(_("This product is not here any more."))
    return product


def _home(product_id: int) -> str:
    return url_for("products.show", product_id=product_id)


def _arrange(product_id: int, before: list[int]) -> list[int]:
    """Return the pinned products as the form asks; raises `Invalid`."""

    def place(one: int) -> int:
        sent = request.form.get(f"place-{one}", "")
        return int(sent) if re.fullmatch(r"[0-9]{1,6}", sent, re.ASCII) else before.index(one) + 1

    kept = sorted((one for one in before if f"out-{one}" not in request.form), key=lambda one: (place(one), one))
    added = [one for one in find_products(request.form.get("add", "")) if one not in kept]
    if product_id in added:
        raise Invalid(_("A product does not stand beside itself."))
    if len(kept) + len(added) > MOST_PINS:
        raise Invalid(_("At most %(most)s products can stand beside one.", most=MOST_PINS))
    return kept + added


def _pin(product_id: int, others: list[int]) -> None:
    session.execute(delete(ProductPin).where(ProductPin.product_id == product_id))
    if others:
        session.execute(
            insert(ProductPin),
            [{"product_id": product_id, "other_id": one, "position": place} for place, one in enumerate(others)],
        )
