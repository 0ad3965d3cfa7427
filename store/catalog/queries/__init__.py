"""What the catalogue can tell: lists, cards, one product with its choice, and what a cart needs of a variant.

Every function runs a fixed number of statements, named in its docstring, and returns frozen dataclasses.
"""

from store.catalog.queries import categories, collections, earlier, facets, product, sellable
from store.catalog.queries.addresses import Address, list_addresses, list_parts
from store.catalog.queries.cards import Card, list_cards
from store.catalog.queries.categories import CategoryFacts, find_category
from store.catalog.queries.choice import Advice, Axis, Choice, Value, VariantView, address_of, choose
from store.catalog.queries.collections import FRONTPAGE, CollectionFacts, find_collection, list_collections
from store.catalog.queries.contents import Part
from store.catalog.queries.earlier import Step, find_lowest_before, list_steps
from store.catalog.queries.graph import Graph
from store.catalog.queries.listing import SORTS, Listing, Ref, list_products, list_selected
from store.catalog.queries.picture import Picture
from store.catalog.queries.prices import PriceScope, Tier, tier_for
from store.catalog.queries.product import ProductView, Surroundings, find_choice, find_product, get_product
from store.catalog.queries.sellable import OFFERED, Sellable, list_sellables

__all__ = [
    "FRONTPAGE",
    "OFFERED",
    "SORTS",
    "Address",
    "Advice",
    "Axis",
    "Card",
    "CategoryFacts",
    "Choice",
    "CollectionFacts",
    "Graph",
    "Listing",
    "Part",
    "Picture",
    "PriceScope",
    "ProductView",
    "Ref",
    "Sellable",
    "Step",
    "Surroundings",
    "Tier",
    "Value",
    "VariantView",
    "address_of",
    "choose",
    "find_category",
    "find_choice",
    "find_collection",
    "find_lowest_before",
    "find_product",
    "forget",
    "get_product",
    "list_addresses",
    "list_cards",
    "list_collections",
    "list_parts",
    "list_products",
    "list_selected",
    "list_sellables",
    "list_steps",
    "tier_for",
]


def forget() -> None:
    """Empty what this process remembers of the catalogue: for tests that change rows behind its back."""
    categories.forget()
    collections.forget()
    earlier.forget()
    facets.forget()
    product.forget()
    sellable.forget()
