"""The catalogue's tables."""

from store.catalog.models.collection import Collection, CollectionProduct
from store.catalog.models.price import Price
from store.catalog.models.product import Product, ProductImage
from store.catalog.models.variant import Option, OptionValue, Variant, VariantImage, VariantValue

__all__ = [
    "Collection",
    "CollectionProduct",
    "Option",
    "OptionValue",
    "Price",
    "Product",
    "ProductImage",
    "Variant",
    "VariantImage",
    "VariantValue",
]
