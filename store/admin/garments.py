"""What products made to order look like: views, photographs of the garment, where it is printed, and with what."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin import to_order_forms as forms
from store.admin.base import ProductScreen, done
from store.admin.current import record, require
from store.admin.queries.garments import get_garments
from store.catalog import garments
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, StoreError
from store.core.i18n import gettext as _
from store.media.composing.recipe import Area
from store.staff.roles import Permission


class GarmentsScreen(ProductScreen):
    """The looks of what is made to order. Reached from the product's axes."""

    @expose("/<int:product_id>")
    def show(self, product_id: int) -> Response:
        """Show the views of a product with their layers, and what is composed of them."""
        return self._show(product_id)

    @expose("/<int:product_id>/views", methods=("POST",))
    def create_view(self, product_id: int) -> Response:
        """Add a view."""
        return self._save(product_id, "add_view", lambda version: _save_view(product_id, None, version))

    @expose("/<int:product_id>/views/<int:view_id>", methods=("POST",))
    def update_view(self, product_id: int, view_id: int) -> Response:
        """Save name and size of a view, or take it away."""

        def work(version: int) -> None:
            if request.form.get("remove"):
                garments.remove_view(product_id, view_id, expected_version=version)
            else:
                _save_view(product_id, view_id, version)

        return self._save(product_id, "edit_view", work)

    @expose("/<int:product_id>/photos/<int:photo_id>", methods=("POST",))
    def update_photo(self, product_id: int, photo_id: int) -> Response:
        """Save where a garment is printed and whether it is tinted, or take it away."""

        def work(version: int) -> None:
            if request.form.get("remove"):
                garments.remove_photo(product_id, photo_id, expected_version=version)
                return
            area = Area(*(_percent(side) for side in ("left", "top", "width", "height")))
            tinted = bool(request.form.get("tinted"))
            garments.place_print(product_id, photo_id, area, tinted=tinted, expected_version=version)

        return self._save(product_id, "edit_garment", work)

    @expose("/<int:product_id>/artworks/<int:artwork_id>/removal", methods=("POST",))
    def delete_artwork(self, product_id: int, artwork_id: int) -> Response:
        """Take an artwork away; its picture stays in the library."""
        return self._save(
            product_id,
            "take_artwork_out",
            lambda version: garments.remove_artwork(product_id, artwork_id, expected_version=version),
        )

    @expose("/<int:product_id>/layers", methods=("POST",))
    def choose_layer(self, product_id: int) -> Response:
        """Lead to the library, to choose a garment or an artwork for some values."""
        require(Permission.EDIT_PRODUCTS)
        values = forms.ids_from([text for name, text in request.form.items() if name.startswith("value-")])
        view = forms.ids_from([request.form.get("view", "")])
        kind = request.form.get("kind", "")
        if kind not in ("garment", "artwork") or not view:
            raise Invalid(_("Choose what it is for."))
        if kind == "artwork" and not values:
            return self._show(product_id, problem=Invalid(_("Choose at least one value."), field="value"))
        name = "-".join([kind, *map(str, (*view, *values))])
        return done(_("Now choose its picture."), f"{url_for('library.index')}?for={name}")

    def _save(self, product_id: int, action: str, work: Callable[[int], None]) -> Response:
        require(Permission.EDIT_PRODUCTS)
        version = next(iter(forms.ids_from([request.form.get("version", "")])), 0)
        try:
            with transaction():
                work(version)
                record(action, "product", product_id, after={"views": _told(product_id)})
        except (Invalid, Conflict) as error:
            return self._show(product_id, problem=error)
        return done(_("Saved."), url_for(".show", product_id=product_id))

    def _show(self, product_id: int, *, problem: StoreError | None = None) -> Response:
        facts = get_garments(product_id)
        return self.page(
            "admin/garments/edit.html",
            problem.status if problem else 200,
            facts=facts,
            product=facts.product,
            labels=facts.labels,
            most_views=garments.MAX_VIEWS,
            problem=problem.message if problem else "",
        )


def _save_view(product_id: int, view_id: int | None, version: int) -> None:
    garments.save_view(
        product_id,
        request.form.get("name", ""),
        width_mm=forms.read_number(request.form.get("width", "")),
        height_mm=forms.read_number(request.form.get("height", "")),
        view_id=view_id,
        expected_version=version,
    )


def _percent(side: str) -> float:
    text = request.form.get(side, "").strip().replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not 0 <= number <= 100:
        raise Invalid(_("“%(text)s” is no number between 0 and 100.", text=text[:20]), field=side)
    return float(number)


def _told(product_id: int) -> list[dict[str, object]]:
    return [
        {
            "view": row.view.name,
            "size": f"{row.view.width_mm} × {row.view.height_mm} mm",
            "garments": len(row.photos),
            "artworks": len(row.artworks),
        }
        for row in get_garments(product_id).views
    ]
