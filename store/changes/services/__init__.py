"""The verbs of drafts and changes.

A change of an order is written down line by line (`open_change`, `save`), then made true (`request`): the order is
rewritten and its stock follows in one transaction. What it costs more is charged, what it costs less goes back, and
only then it is `confirmed`. Verbs that settle money talk to providers between their transactions: call them outside
of any.

Returns put the new lines of an exchange or a claim in with `add_lines`, in their own transaction, and `settle` after.
"""

from store.changes.services.applying import (
    add_lines,
    confirm_settled,
    finish_paying_back,
    request,
    settle,
    take_back,
    waive,
)
from store.changes.services.documents import issue_documents
from store.changes.services.drafts import (
    LINK_DAYS,
    copy_order,
    discard,
    expire_drafts,
    open_draft,
    place_draft,
    price,
    save_contact,
    save_note,
    save_wanted,
)
from store.changes.services.editing import drop, look, open_change, save
from store.changes.services.sweeping import confirm_all_settled, take_unpaid_exchanges_back

__all__ = [
    "LINK_DAYS",
    "add_lines",
    "confirm_all_settled",
    "confirm_settled",
    "copy_order",
    "discard",
    "drop",
    "expire_drafts",
    "finish_paying_back",
    "issue_documents",
    "look",
    "open_change",
    "open_draft",
    "place_draft",
    "price",
    "request",
    "save",
    "save_contact",
    "save_note",
    "save_wanted",
    "settle",
    "take_back",
    "take_unpaid_exchanges_back",
    "waive",
]
