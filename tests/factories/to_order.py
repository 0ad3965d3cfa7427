"""Things that are made to order."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select

from store.catalog import graphs
from store.catalog.drafts import PriceDraft
from store.catalog.graphs import AxisDraft, BlankDraft, ValueDraft
from store.catalog.models import Option, OptionValue, Product
from store.core.clock import now
from store.core.db import session, transaction
from store.inventory import services as inventory
from store.inventory.services import OpeningStock
from tests.factories.catalog import forget

AXES: Mapping[str, Sequence[str]] = {"Motif": ("Moon", "Fox", "Fern"), "Colour": ("Ink", "Sand"), "Size": ("S", "M")}


class ToOrder:
    """A product made to order, with the ids of its values by name."""

    def __init__(self, product_id: int, handle: str) -> None:
        self.id = product_id
        self.handle = handle

    @property
    def values(self) -> dict[str, int]:
        rows = session.execute(
            select(OptionValue.value, OptionValue.id)
            .join(Option, Option.id == OptionValue.option_id)
            .where(Option.product_id == self.id)
        )
        return {value: id_ for value, id_ in rows}  # noqa: C416 - rows are no pairs to mypy

    def ids(self, *names: str) -> tuple[int, ...]:
        values = self.values
        return tuple(values[name] for name in names)

    def key(self, *names: str) -> str:
        return "-".join(map(str, self.ids(*names)))


def make_to_order(
    handle: str = "tee",
    *,
    axes: Mapping[str, Sequence[str]] = AXES,
    price: int = 3000,
    deltas: Mapping[str, int] | None = None,
    blank_axes: Iterable[str] = ("Colour", "Size"),
    stock: int = 10,
    quantity: int = 1,
) -> ToOrder:
    """Make a product to order with a blank for each combination of the values of `blank_axes`."""
    with transaction():
        product = Product(handle=handle, title="Tee", status="active", published_at=now() - timedelta(days=1))
        session.add(product)
        session.flush()
        made = ToOrder(product.id, handle)
        graphs.begin(product.id)
        graphs.save_terms(product.id, sku="TEE", weight_grams=180, prices={"EUR": PriceDraft(price)})
        graphs.save_axes(product.id, drafts_of(axes, deltas or {}))
        add_blanks(made, [axes[name] for name in blank_axes], stock=stock, quantity=quantity)
    forget()
    return made


def drafts_of(axes: Mapping[str, Sequence[str]], deltas: Mapping[str, int]) -> list[AxisDraft]:
    return [
        AxisDraft(
            name, tuple(ValueDraft(value, deltas={"EUR": deltas[value]} if value in deltas else {}) for value in values)
        )
        for name, values in axes.items()
    ]


def add_blanks(made: ToOrder, axes: Sequence[Sequence[str]], *, stock: int, quantity: int = 1) -> None:
    """Set the product's blanks: new items, one for each combination."""
    keys = [made.ids(*names) for names in itertools.product(*axes)]
    items = inventory.create_items([OpeningStock(None, on_hand=stock) for _ in keys], reason="")
    graphs.save_blanks(made.id, [BlankDraft(key, item, quantity) for key, item in zip(keys, items, strict=True)])
