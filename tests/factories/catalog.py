"""Things to sell."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from store.catalog import cards, indexing, listing, pages
from store.catalog import queries as catalog
from store.catalog.models import (
    Collection,
    CollectionProduct,
    Option,
    OptionValue,
    Price,
    Product,
    Variant,
    VariantValue,
)
from store.core.clock import now
from store.core.db import session, transaction
from store.inventory import services as inventory
from store.web import fragments

_serial = itertools.count(1)

_stale = False


@dataclass(frozen=True)
class Made:
    """A product with its variants in the order of their options."""

    product: Product
    variants: Sequence[Variant]

    @property
    def variant(self) -> Variant:
        """The only variant, or the first."""
        return self.variants[0]


def make_product(
    handle: str | None = None,
    *,
    title: str = "Mug",
    price: int = 1900,
    compare_at: int | None = None,
    stock: int | Sequence[int] = 10,
    options: Mapping[str, Sequence[str]] | None = None,
    policy: str = "deny",
    tracked: bool = True,
    status: str = "active",
    collection: Collection | None = None,
) -> Made:
    """Make a product; `stock` is that of each variant, or a list in the order of the variants."""
    number = next(_serial)
    product = Product(
        handle=handle or f"product-{number}", title=title, status=status, published_at=now() - timedelta(days=1)
    )
    session.add(product)
    session.flush()
    axes = [
        _make_option(product, position, name, values) for position, (name, values) in enumerate((options or {}).items())
    ]
    variants = []
    for position, values in enumerate(itertools.product(*(axis_values for _axis, axis_values in axes))):
        variant = Variant(
            product_id=product.id,
            option_key="-".join(str(value.id) for value in values),
            position=position,
            sku=f"SKU-{number}-{position}",
        )
        session.add(variant)
        session.flush()
        session.add_all(
            VariantValue(variant_id=variant.id, option_id=value.option_id, value_id=value.id) for value in values
        )
        session.add(Price(variant_id=variant.id, currency="EUR", amount_minor=price, compare_at_minor=compare_at))
        session.flush()
        on_hand = stock if isinstance(stock, int) else stock[position]
        inventory.create_item_for_variant(variant.id, sku=variant.sku, on_hand=on_hand, policy=policy, tracked=tracked)
        variants.append(variant)
    if collection is not None:
        session.add(CollectionProduct(collection_id=collection.id, product_id=product.id, position=number))
    session.commit()
    forget()
    return Made(product, variants)


def make_collection(handle: str | None = None, *, title: str = "Kitchen") -> Collection:
    """Make an empty collection."""
    collection = Collection(handle=handle or f"collection-{next(_serial)}", title=title)
    session.add(collection)
    session.commit()
    forget()
    return collection


def forget() -> None:
    """Empty what processes remember of the catalogue; listings find their index up to date when they next look."""
    global _stale
    _stale = True
    catalog.forget()
    cards.forget()
    pages.forget()
    fragments.forget()
    listing.forget()


def settle() -> None:
    """Do what the clock does every two seconds: bring the listings' index up to date."""
    global _stale
    if _stale:
        _stale = False
        with transaction():
            while indexing.refresh():
                pass


def _make_option(product: Product, position: int, name: str, values: Sequence[str]) -> tuple[Option, list[OptionValue]]:
    option = Option(product_id=product.id, position=position, name=name)
    session.add(option)
    session.flush()
    made = [OptionValue(option_id=option.id, position=number, value=value) for number, value in enumerate(values)]
    session.add_all(made)
    session.flush()
    return option, made
