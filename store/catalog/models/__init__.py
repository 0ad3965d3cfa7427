"""The catalogue's tables."""

from store.catalog.models.category import Category
from store.catalog.models.collection import Collection, CollectionProduct, CollectionRule, ProductChange
from store.catalog.models.facet import Facet, FacetOrder, FacetQueued, FacetSegment, FacetState, FacetValue
from store.catalog.models.field import CustomField, CustomFieldValue
from store.catalog.models.film import ProductFilm
from store.catalog.models.garment import Artwork, GarmentPhoto, GarmentView
from store.catalog.models.graph import (
    BasePrice,
    Blank,
    ChoiceOverride,
    KitPart,
    OptionExclusion,
    OptionValuePrice,
    OverridePrice,
    VariantPattern,
)
from store.catalog.models.price import Price, PriceInterval, ProductPrice
from store.catalog.models.product import Product, ProductImage
from store.catalog.models.related import BoughtTogether, BoughtTogetherCount, ProductPin
from store.catalog.models.variant import Option, OptionValue, Variant, VariantImage, VariantValue

__all__ = [
    "Artwork",
    "BasePrice",
    "Blank",
    "BoughtTogether",
    "BoughtTogetherCount",
    "Category",
    "ChoiceOverride",
    "Collection",
    "CollectionProduct",
    "CollectionRule",
    "CustomField",
    "CustomFieldValue",
    "Facet",
    "FacetOrder",
    "FacetQueued",
    "FacetSegment",
    "FacetState",
    "FacetValue",
    "GarmentPhoto",
    "GarmentView",
    "KitPart",
    "Option",
    "OptionExclusion",
    "OptionValue",
    "OptionValuePrice",
    "OverridePrice",
    "Price",
    "PriceInterval",
    "Product",
    "ProductChange",
    "ProductFilm",
    "ProductImage",
    "ProductPin",
    "ProductPrice",
    "Variant",
    "VariantImage",
    "VariantPattern",
    "VariantValue",
]
