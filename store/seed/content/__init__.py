"""The words of the demo shop, written for it: data, not messages, and therefore not translated."""

from store.seed.content.bags import BAGS
from store.seed.content.home import HOME
from store.seed.content.model import Item
from store.seed.content.paper import PAPER
from store.seed.content.sweatshirts import SWEATSHIRTS
from store.seed.content.table import TABLE
from store.seed.content.tees import TEES

ITEMS: tuple[Item, ...] = (*TEES, *SWEATSHIRTS, *BAGS, *TABLE, *PAPER, *HOME)


def item(handle: str) -> Item:
    """Return the item with this handle; raises `KeyError`."""
    return _BY_HANDLE[handle]


_BY_HANDLE = {one.handle: one for one in ITEMS}
