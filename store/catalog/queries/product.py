"""One product with everything its page shows.

A product is remembered in this process under its revision, which triggers raise with every change of it; where it
stands is asked each time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from store.catalog.queries.categories import TRAIL_JSON
from store.catalog.queries.choice import Choice, OptionView, VariantView, choose, pictures_first
from store.catalog.queries.collections import FRONTPAGE, SHOWN
from store.catalog.queries.contents import PARTS_JSON, Part, parts_from
from store.catalog.queries.films import FILMS_JSON, FilmView, films_from
from store.catalog.queries.garments import GARMENTS_JSON, Composed, View, alt_of, compose, views_from
from store.catalog.queries.graph import GRAPH_JSON, OWN, Graph, graph_from
from store.catalog.queries.listing import Ref
from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.catalog.queries.prices import PRICES_JSON, PriceScope, one_piece, tiers_from
from store.catalog.queries.related import RELATED, RELATED_JSON
from store.catalog.queries.specs import SPECS_JSON, Spec, specs_from
from store.core.db import read_rows
from store.core.errors import NotFound
from store.core.i18n import gettext as _

# About five kilobytes each.
_MOST_REMEMBERED = 1000

# As many of the pictures of a product made to order: it may have one for each of a thousand choices.
_MOST_PICTURES = 6

# What may change without the product's revision: where it stands, and what is shown beside it.
_WHERE = f"""
    SELECT p.id, p.revision, home.collection, {TRAIL_JSON} AS trail, {RELATED_JSON} AS related
    FROM products p CROSS JOIN LATERAL (SELECT p.id) this
    LEFT JOIN LATERAL (
      SELECT c.id, cp.position, json_build_array(c.handle, c.title) AS collection
      FROM collection_products cp JOIN collections c ON c.id = cp.collection_id
      WHERE cp.product_id = p.id AND c.handle <> '{FRONTPAGE}' ORDER BY c.position, c.id LIMIT 1) home ON true
    WHERE p.handle = :handle AND {SHOWN}
"""

_REVISION = f"SELECT p.id, p.revision FROM products p WHERE p.handle = :handle AND {SHOWN}"

_WHAT = f"""
    SELECT p.id, p.revision, p.handle, p.title, p.description_html, p.vendor, p.product_type, p.tax_class,
      p.seo_title, p.seo_description,
      (SELECT json_agg(json_build_array(o.name, (
          SELECT json_agg(json_build_array(ov.id, ov.value, ov.swatch) ORDER BY ov.position, ov.id)
          FROM option_values ov WHERE ov.option_id = o.id)) ORDER BY o.position, o.id)
        FROM options o WHERE o.product_id = p.id) AS options,
      (SELECT json_agg(json_build_array(v.id, v.option_key, v.sku, v.available, v.stock_left,
          {PRICES_JSON}, v.weight_grams,
          (SELECT json_agg(vi.image_id) FROM variant_images vi WHERE vi.variant_id = v.id)) ORDER BY v.position, v.id)
        FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND NOT p.made_to_order) AS variants,
      {GRAPH_JSON} AS graph,
      {GARMENTS_JSON} AS garments,
      {PARTS_JSON} AS parts,
      {SPECS_JSON} AS specs,
      {FILMS_JSON} AS films,
      (SELECT json_agg(json_build_array(i.id, {PICTURE_JSON}, pi.alt, i.placeholder) ORDER BY pi.position, i.id)
        FROM product_images pi JOIN images i ON i.id = pi.image_id
        WHERE pi.product_id = p.id AND i.status = 'ready') AS pictures
    FROM products p
    WHERE p.id = :id
"""


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as its page shows it. One made to order has a `graph` of choices instead of `variants`.

    `parts` is what is in those variants that are kits.
    """

    id: int
    revision: int
    handle: str
    title: str
    description_html: str
    vendor: str
    product_type: str
    tax_class: str
    seo_title: str
    seo_description: str
    options: tuple[OptionView, ...]
    variants: tuple[VariantView, ...]
    pictures: tuple[tuple[int, Picture], ...]
    graph: Graph | None = None
    parts: Mapping[int, tuple[Part, ...]] = field(default_factory=dict)
    specs: tuple[Spec, ...] = ()
    films: tuple[FilmView, ...] = ()
    views: tuple[View, ...] = ()

    def choose(self, wanted: Mapping[str, str]) -> Choice:
        """Return the choice that the fields ask for."""
        return choose(self.options, self.graph or self.variants, wanted)

    def gallery(self, choice: Choice) -> tuple[Picture, ...]:
        """Return the pictures, those of the chosen variant first; of one made to order a few that are close to it."""
        if self.graph is None or not choice.axes:
            return pictures_first(self.pictures, choice.variant)
        near = self.graph.nearness(tuple(axis.chosen.id for axis in choice.axes))
        composed = self.composed(choice)
        if composed:
            # The merchant's own picture of this very choice leads; what belongs to no choice is about all of them.
            own = [picture for id_, picture in self.pictures if near.get(id_) == OWN]
            shared = [picture for id_, picture in self.pictures if id_ not in near]
            words = self._words(choice, composed)
            made = [one.picture(alt) for one, alt in zip(composed, words, strict=True)]
            return (*own, *made, *shared)[:_MOST_PICTURES]
        # What belongs to no choice is about all of them; what shares nothing with this one is about another thing.
        ranked = sorted(self.pictures, key=lambda one: -near.get(one[0], 1))
        shown = [one for one in ranked if near.get(one[0], 1)] or ranked
        return tuple(picture for _id, picture in shown[:_MOST_PICTURES])

    def composed(self, choice: Choice) -> tuple[Composed, ...]:
        """Return what can be composed of a choice, the first view first."""
        if not self.views or not choice.axes:
            return ()
        swatches = {axis.chosen.id: axis.chosen.swatch for axis in choice.axes if axis.chosen.swatch}
        return compose(self.views, [axis.chosen.id for axis in choice.axes], swatches)

    def _words(self, choice: Choice, composed: tuple[Composed, ...]) -> list[str]:
        labels = {axis.chosen.id: axis.chosen.label for axis in choice.axes}
        return [alt_of(self.title, one, labels, is_only=len(composed) == 1) for one in composed]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a product stands: the handle and title of its first shelf, and its neighbours there.

    `trail` leads to its category: handle and title of each on the way, the root first.
    """

    collection: tuple[str, str] | None
    related: tuple[Ref, ...]
    trail: tuple[tuple[str, str], ...] = ()


_remembered: OrderedDict[tuple[int, int, PriceScope], ProductView] = OrderedDict()


def find_product(handle: str, prices: PriceScope) -> tuple[ProductView, Surroundings] | None:
    """Return a product that shoppers may see, or `None`. 1 statement, 2 when this revision is new to the process."""
    where = read_rows(_WHERE, {**prices.parameters, "handle": handle})
    if not where:
        return None
    place = where[0]
    product = _product(Ref(place.id, place.revision), prices)
    near = dict.fromkeys(Ref(id_, revision) for id_, revision in place.related or () if id_ != place.id)
    return product, Surroundings(
        tuple(place.collection) if place.collection else None,
        tuple(near)[:RELATED],
        tuple((handle, title) for handle, title in place.trail or ()),
    )


def get_product(handle: str, prices: PriceScope) -> tuple[ProductView, Surroundings]:
    """Return a product that shoppers may see; raises `NotFound`. 1 or 2 statements."""
    found = find_product(handle, prices)
    if found is None:
        raise _unknown(handle)
    return found


def find_choice(handle: str, wanted: Mapping[str, str], prices: PriceScope) -> tuple[ProductView, Choice]:
    """Return a product and the choice that the fields ask for; raises `NotFound`. 1 or 2 statements."""
    found = read_rows(_REVISION, {**prices.parameters, "handle": handle})
    if not found:
        raise _unknown(handle)
    product = _product(Ref(*found[0]), prices)
    return product, product.choose(wanted)


def forget() -> None:
    """Read every product anew."""
    _remembered.clear()


def _unknown(handle: str) -> NotFound:
    return NotFound(_("We don't have this product."), handle=handle)


def _product(ref: Ref, prices: PriceScope) -> ProductView:
    """Return the product as it was at this revision, or as it is now when the process does not know that one."""
    product = _remembered.get((ref.product_id, ref.revision, prices))
    if product is None:
        product = _view(read_rows(_WHAT, {**prices.parameters, "id": ref.product_id})[0], prices)
        _remembered[product.id, product.revision, prices] = product
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return product


def _view(row: Any, prices: PriceScope) -> ProductView:
    options = tuple(
        OptionView(name, tuple((id_, value, swatch) for id_, value, swatch in values or ()))
        for name, values in row.options or ()
    )
    variants = []
    for id_, key, sku, available, left, priced, weight, images in row.variants or ():
        values = tuple(int(part) for part in key.split("-")) if key else ()
        # A variant made before an axis was added has no place on it and can't be chosen.
        if len(values) != len(options):
            continue
        tiers = tiers_from(priced or (), prices)
        amount, compare_at = one_piece(tiers, prices)
        variants.append(
            VariantView(
                id=id_,
                value_ids=values,
                sku=sku,
                available=available,
                stock_left=left,
                amount=amount,
                compare_at=compare_at,
                weight_grams=weight,
                pictures=tuple(images or ()),
                tiers=tiers,
            )
        )
    pictures = []
    for image_id, found, alt, placeholder in row.pictures or ():
        picture = picture_from(found, alt=alt or found[4] or row.title, placeholder=placeholder)
        if picture is not None:
            pictures.append((image_id, picture))
    return ProductView(
        id=row.id,
        revision=row.revision,
        handle=row.handle,
        title=row.title,
        description_html=row.description_html,
        vendor=row.vendor,
        product_type=row.product_type,
        tax_class=row.tax_class,
        seo_title=row.seo_title,
        seo_description=row.seo_description,
        options=options,
        variants=tuple(variants),
        pictures=tuple(pictures),
        graph=graph_from(row.graph, options, prices),
        parts=parts_from(row.parts),
        specs=specs_from(row.specs),
        films=films_from(row.films),
        views=views_from(row.garments),
    )
