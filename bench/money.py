"""What money costs inside the shop: reserving one hot SKU by many at once, and an invoice on paper."""

import threading
import time
from collections.abc import Mapping

from bench.table import Row

_BUYERS = 16
_UNITS = 1_000_000


def measure(environment: Mapping[str, str], *, rounds: int, seconds: float) -> list[Row]:
    """Return the rows; the shop's own services on its own database, every reservation committed durably."""
    from store.app import create_app
    from store.core.settings import Settings

    app = create_app(Settings(**{name.lower(): value for name, value in environment.items()}))  # type: ignore[arg-type]
    hot = Row("reservations of one hot SKU, 16 buyers", "/s", floor=300)
    paper = Row("an invoice as PDF/A", "ms", floor=100, at_least=False)
    with app.app_context():
        variant, level = _hot_variant()
    for number in range(rounds):
        hot.values.append(_reserve(app, variant, number, seconds))
        with app.app_context():
            paper.values.append(_invoice())
    with app.app_context():
        hot.note = _conserved(level)
    return [hot, paper]


def _hot_variant() -> tuple[int, int]:
    """Return a variant that is counted, with more units than anybody takes, and its level."""
    from sqlalchemy import text

    from store.core.db import session, transaction
    from store.inventory import services as inventory

    with transaction():
        row = session.execute(
            text(
                "SELECT vi.variant_id, s.id AS level_id FROM variant_items vi"
                " JOIN inventory_items i ON i.id = vi.item_id AND i.tracked AND i.policy = 'deny'"
                " JOIN stock_levels s ON s.item_id = i.id ORDER BY vi.variant_id LIMIT 1"
            )
        ).one()
        inventory.adjust(row.level_id, set_to=_UNITS, reason="bench", actor="system")
    return row.variant_id, row.level_id


def _reserve(app: object, variant: int, number: int, seconds: float) -> float:
    from store.core.db import retrying, session
    from store.inventory import services as inventory

    done = [0] * _BUYERS
    until = time.perf_counter() + seconds

    def buy(buyer: int) -> None:
        with app.app_context():  # type: ignore[attr-defined]
            while time.perf_counter() < until:
                reference = f"bench:{number}:{buyer}:{done[buyer]}"
                retrying(lambda: inventory.hold(reference, {variant: 1}))  # noqa: B023 - run at once
                done[buyer] += 1
            session.remove()

    threads = [threading.Thread(target=buy, args=(buyer,)) for buyer in range(_BUYERS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def _conserved(level: int) -> str:
    """Say whether the level's figure is the sum of what was reserved, to the piece."""
    from sqlalchemy import text

    from store.core.db import session

    row = session.execute(
        text(
            "SELECT s.reserved, (SELECT sum(reserved_delta) FROM stock_movements WHERE level_id = s.id) AS moved, "
            "(SELECT sum(quantity) FROM holds WHERE level_id = s.id AND state = 'held') AS held "
            "FROM stock_levels s WHERE s.id = :level"
        ),
        {"level": level},
    ).one()
    session.remove()
    if not row.reserved == row.moved == row.held:
        raise RuntimeError(f"stock is not conserved: {row}")
    return f"{row.reserved:,} reserved, as the ledger and the holds say"


def _invoice() -> float:
    """Return the milliseconds that the newest invoice takes to be set; the first of a process loads the typesetter."""
    from sqlalchemy import select

    from store.core.db import session, transaction
    from store.invoicing import services as invoicing
    from store.invoicing.models import Document
    from store.invoicing.paper import invoice_pdf
    from store.orders.models import Order
    from store.orders.services import mark_placed

    document = session.execute(select(Document).where(Document.kind == "invoice").limit(1)).scalar_one_or_none()
    if document is None:
        with transaction():
            order_id = session.execute(select(Order.id).where(Order.status == "pending").limit(1)).scalar_one()
            mark_placed(order_id)
            document = invoicing.issue_invoice(order_id)
        assert document is not None
        invoice_pdf(document)
    started = time.perf_counter()
    invoice_pdf(document)
    spent = (time.perf_counter() - started) * 1000
    session.remove()
    return spent
