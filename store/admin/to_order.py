"""Products made to order, and what is in kits: axes and values, prices, what does not go together, blanks, parts."""

import itertools
from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin import to_order_forms as forms
from store.admin.base import ProductScreen, done
from store.admin.current import record, require, the_staff
from store.admin.queries import products
from store.admin.queries.to_order import ToOrder, find_item, find_variants, get_kit, get_to_order
from store.catalog import graphs, kits
from store.catalog.errors import ProductChanged
from store.catalog.graphs import BlankDraft, OverrideDraft
from store.catalog.kits import PartDraft
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, StoreError
from store.core.i18n import gettext as _
from store.inventory import services as inventory
from store.inventory.services import OpeningStock
from store.staff.roles import Permission
from store.web import markets

_MOST_PAIRS = 2000


class ToOrderScreen(ProductScreen):
    """What is made when somebody wants it. Reached from the product."""

    @expose("/<int:product_id>")
    def show(self, product_id: int) -> Response:
        """Show everything that makes the choices of a product."""
        return self._show(product_id)

    @expose("/<int:product_id>/beginning", methods=("POST",))
    def begin(self, product_id: int) -> Response:
        """Make a product to order from now on."""
        return self._save(
            product_id,
            "make_to_order",
            lambda version: graphs.begin(product_id, expected_version=version),
            _("Made to order from now on. What its variants cost and have in stock stays."),
        )

    @expose("/<int:product_id>/terms", methods=("POST",))
    def update_terms(self, product_id: int) -> Response:
        """Save SKU, weight and base prices."""

        def work(version: int) -> None:
            graphs.save_terms(
                product_id,
                sku=request.form.get("sku", ""),
                weight_grams=forms.read_number(request.form.get("weight", ""), most=10_000_000),
                prices=forms.read_prices(request.form, _currencies()),
                expected_version=version,
            )

        return self._save(product_id, "edit_terms", work, _("Saved."), anchor="terms")

    @expose("/<int:product_id>/axes", methods=("POST",))
    def update_axes(self, product_id: int) -> Response:
        """Save the axes and their values from their lines."""

        def work(version: int) -> None:
            graphs.save_axes(product_id, forms.read_axes(request.form, _currency()), expected_version=version)

        return self._save(product_id, "edit_axes", work, _("Saved."), anchor="axes")

    @expose("/<int:product_id>/exclusions", methods=("POST",))
    def update_exclusions(self, product_id: int) -> Response:
        """Save the reasons, take pairs out, and add each value of one side with each of the other."""

        def work(version: int) -> None:
            pairs = {
                (row.value_id, row.other_value_id): request.form.get(
                    f"reason-{row.value_id}-{row.other_value_id}", row.reason
                )
                for row in get_to_order(product_id).exclusions
                if f"out-{row.value_id}-{row.other_value_id}" not in request.form
            }
            ones, others = (forms.ids_from(request.form.getlist(side)) for side in ("one", "other"))
            if bool(ones) != bool(others):
                raise Invalid(_("Choose values on both sides."), field="exclusions")
            if len(ones) * len(others) > _MOST_PAIRS:
                raise Invalid(_("These are too many pairs: at most %(most)s.", most=_MOST_PAIRS), field="exclusions")
            reason = request.form.get("reason", "")
            added = {tuple(sorted(pair)): reason for pair in itertools.product(ones, others)}
            rows = [(one, other, why) for (one, other), why in {**pairs, **added}.items()]
            graphs.save_exclusions(product_id, rows, expected_version=version)

        return self._save(product_id, "edit_exclusions", work, _("Saved."), anchor="exclusions")

    @expose("/<int:product_id>/exceptions", methods=("POST",))
    def update_exception(self, product_id: int) -> Response:
        """Set an exception for some values, or take it away."""

        def work(version: int) -> None:
            values = forms.ids_from([text for name, text in request.form.items() if name.startswith("value-")])
            draft = OverrideDraft(tuple(values))
            if not request.form.get("remove"):
                image = forms.ids_from([request.form.get("image", "")])
                if image and image[0] not in {one[0] for one in products.pictures_of(product_id)}:
                    raise Invalid(_("This picture is not here any more."), field="image")
                draft = OverrideDraft(
                    tuple(values),
                    prices=forms.read_prices(request.form, _currencies()),
                    sku=request.form.get("sku", ""),
                    blocked=bool(request.form.get("blocked")),
                    reason=request.form.get("reason", ""),
                    image_id=image[0] if image else None,
                )
                if draft == OverrideDraft(tuple(values)):
                    raise Invalid(_("Say what is different: a price, a picture, a SKU, or that it is not made."))
            graphs.save_override(product_id, draft, expected_version=version)

        return self._save(product_id, "edit_exception", work, _("Saved."), anchor="exceptions")

    @expose("/<int:product_id>/blanks/generation", methods=("POST",))
    def create_blanks(self, product_id: int) -> Response:
        """Make a blank for each combination of the chosen axes that has none, with a count to begin with."""
        return self._save(
            product_id, "make_blanks", lambda version: _make_blanks(product_id, version), _("Saved."), anchor="blanks"
        )

    @expose("/<int:product_id>/blanks", methods=("POST",))
    def update_blanks(self, product_id: int) -> Response:
        """Save counts, SKUs and quantities of the blanks, and take some out."""
        return self._save(
            product_id, "edit_blanks", lambda version: _update_blanks(product_id, version), _("Saved."), anchor="blanks"
        )

    @expose("/kits/<int:variant_id>")
    def show_kit(self, variant_id: int) -> Response:
        """Show what a variant holds."""
        return self._kit_page(variant_id)

    @expose("/kits/<int:variant_id>", methods=("POST",))
    def update_kit(self, variant_id: int) -> Response:
        """Save what a variant holds, from lines of a number and a SKU."""
        require(Permission.EDIT_PRODUCTS)
        kit = get_kit(variant_id)
        try:
            parts = forms.read_parts(request.form.get("parts", ""))
            known = find_variants([sku for _quantity, sku in parts])
            unknown = [sku for _quantity, sku in parts if sku not in known]
            if unknown:
                raise Invalid(_("Nothing has this SKU: %(skus)s", skus=", ".join(unknown)[:300]))
            with transaction():
                drafts = [PartDraft(known[sku], quantity) for quantity, sku in parts]
                kits.set_parts(variant_id, drafts, expected_version=_version())
                held = [[quantity, sku] for quantity, sku in parts]
                record("edit_kit", "product", kit.product_id, before={"parts": kit.parts}, after={"parts": held})
        except (Invalid, Conflict) as error:
            return self._kit_page(variant_id, problem=error)
        return done(_("Saved."), url_for(".show_kit", variant_id=variant_id))

    def _save(
        self, product_id: int, action: str, work: Callable[[int], None], message: str, *, anchor: str | None = None
    ) -> Response:
        require(Permission.EDIT_PRODUCTS)
        before = get_to_order(product_id)
        try:
            with transaction():
                work(_version())
                record(action, "product", product_id, before=_facts(before), after=_facts(get_to_order(product_id)))
        except (Invalid, Conflict) as error:
            return self._show(product_id, problem=error)
        return done(message, url_for(".show", product_id=product_id, _anchor=anchor))

    def _show(self, product_id: int, *, problem: StoreError | None = None) -> Response:
        facts = get_to_order(product_id)
        return self.page(
            "admin/to_order/edit.html",
            problem.status if problem else 200,
            facts=facts,
            product=facts.product,
            labels=facts.labels,
            lines={axis.id: forms.lines_of(axis, _currency()) for axis in facts.axes},
            pictures=products.pictures_of(product_id),
            currencies=_currencies(),
            most_axes=graphs.MAX_AXES,
            problem=_words(problem),
            version=_seen(problem, facts.product.version),
            # A refused form keeps what was entered.
            sent=request.form,
        )

    def _kit_page(self, variant_id: int, *, problem: StoreError | None = None) -> Response:
        return self.page(
            "admin/to_order/kit.html",
            problem.status if problem else 200,
            kit=(kit := get_kit(variant_id)),
            problem=_words(problem),
            version=_seen(problem, kit.version),
            sent=request.form,
        )


def _make_blanks(product_id: int, version: int) -> None:
    facts = get_to_order(product_id)
    chosen = {int(id_) for id_ in forms.ids_from(request.form.getlist("axis"))}
    axes = [axis for axis in facts.axes if axis.id in chosen]
    sku = request.form.get("sku", "").strip()
    on_hand = forms.read_number(request.form.get("on_hand", ""))
    quantity = forms.read_number(request.form.get("quantity", "1"), most=999)
    known = {tuple(blank.value_ids) for blank in facts.blanks}
    wanted = [tuple(one) for one in itertools.product(*(axis.values for axis in axes))]
    missing = [one for one in wanted if tuple(value.id for value in one) not in known]
    if not missing:
        raise Invalid(_("Each combination of these axes has its blank already."), field="blanks")
    if len(missing) > graphs.MAX_BLANKS:
        raise Invalid(_("These are too many blanks: at most %(most)s.", most=graphs.MAX_BLANKS), field="blanks")
    if request.form.get("existing"):
        # One thing that is counted already: a box for everything, the bowl of a set.
        item = find_item(sku) if sku else None
        if item is None:
            raise Invalid(_("Nothing is counted under the SKU %(sku)s.", sku=sku or "–"), field="blanks")
        items = [item] * len(missing)
    else:
        prefix = sku or f"{facts.product.sku}-BLANK"
        items = inventory.create_items(
            [
                OpeningStock(None, sku="-".join([prefix, *(value.sku_part for value in one)]), on_hand=on_hand)
                for one in missing
            ],
            actor=the_staff().actor,
            reason=_("opening stock"),
        )
    kept = [BlankDraft(tuple(blank.value_ids), blank.item_id, blank.quantity) for blank in facts.blanks]
    new = [
        BlankDraft(tuple(value.id for value in one), item, quantity) for one, item in zip(missing, items, strict=True)
    ]
    graphs.save_blanks(product_id, [*kept, *new], expected_version=version)


def _update_blanks(product_id: int, version: int) -> None:
    kept = []
    for blank in get_to_order(product_id).blanks:
        if request.form.get(f"out-{blank.id}"):
            continue
        quantity = forms.read_number(request.form.get(f"quantity-{blank.id}", str(blank.quantity)), most=999)
        kept.append(BlankDraft(tuple(blank.value_ids), blank.item_id, quantity))
        count = request.form.get(f"count-{blank.id}", "").strip()
        # Only what somebody changed is counted: orders may have moved the others meanwhile.
        if blank.level_id is not None and count and count != request.form.get(f"seen-{blank.id}"):
            require(Permission.ADJUST_STOCK)
            inventory.adjust(
                blank.level_id, set_to=forms.read_number(count), reason=_("counted as a blank"), actor=the_staff().actor
            )
    graphs.save_blanks(product_id, kept, expected_version=version)


def _facts(facts: ToOrder) -> dict[str, Any]:
    """Return what the journal keeps: the words, not the rows."""
    return {
        "axes": {axis.name: [value.value for value in axis.values][:50] for axis in facts.axes},
        "prices": facts.product.prices or {},
        "pairs": len(facts.exclusions),
        "exceptions": len(facts.overrides),
        "blanks": len(facts.blanks),
    }


def _words(problem: StoreError | None) -> str:
    if isinstance(problem, ProductChanged):
        return f"{problem.message} {_('What you entered is still in the form: save again to keep yours.')}"
    return problem.message if problem else ""


def _seen(problem: StoreError | None, now: int) -> int:
    """Return the version that the form's editor has seen: after a conflict, which this page shows, that of now."""
    return now if problem is None or isinstance(problem, ProductChanged) else _version()


def _version() -> int:
    return next(iter(forms.ids_from([request.form.get("version", "")])), 0)


def _currency() -> str:
    return markets.current_shop().currency


def _currencies() -> list[str]:
    """Return the currencies of the shop and its markets, the shop's first."""
    return list(dict.fromkeys([_currency(), *(market.currency for market in markets.known_markets())]))
