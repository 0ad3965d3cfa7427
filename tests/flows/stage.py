"""A shop in which people and processes die, and what has to be true of its orders afterwards."""

import io
import re
from dataclasses import dataclass

from PIL import Image

from tests.fixtures.live import LiveShop
from tests.flows import books
from tests.flows.conftest import Inbox
from tests.flows.faults import Faults, outlive
from tests.flows.visitors import Clerk, Shopper

# Long enough for a web worker to be replaced on a busy machine.
PATIENCE = 60


@dataclass
class Stage:
    """The shop of the drills and everybody in it."""

    shop: LiveShop
    faults: Faults
    inbox: Inbox

    def shopper(self) -> Shopper:
        return Shopper(self.shop.url, patience=PATIENCE)

    def clerk(self) -> Clerk:
        clerk = Clerk(self.shop.url, patience=PATIENCE)
        clerk.log_in(*self.shop.staff)
        return clerk

    def bought(self) -> int:
        """Buy a bowl while nobody dies, and return the order's id."""
        token = self.shopper().buy()
        outlive(self.shop, self.faults)
        return books.order_id(self.shop, token)

    def due(self, task: str) -> None:
        """Let the scheduler's next time for a job come."""
        self.shop.query(
            "INSERT INTO outbox (task, payload, available_at, created_at) VALUES (%s, '{}', now(), now())", task
        )

    def check(self, order: int, state: tuple[str, str, str], moves: list[str], mails: list[str]) -> None:
        """The order, its stock and its mails are as they should be, each thing once; a mail at most twice."""
        assert books.state(self.shop, order) == state
        assert books.moves(self.shop, order) == moves
        assert books.mails(self.shop, order) == [(kind, "sent") for kind in sorted(mails)]
        for kind in mails:
            wanted = re.compile(rf"<{kind}\W+order\W+{order}\b.*@")
            copies = [count for (_, key), count in self.inbox.received.items() if wanted.match(key)]
            assert len(copies) == 1, (kind, order, self.inbox.received)
            assert 1 <= copies[0] <= 2


def picture(width: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, width), "teal").save(file, "PNG")
    return file.getvalue()


def newest_order(stage: Stage) -> int:
    return stage.shop.query("SELECT max(id) FROM orders")[0][0]


def bank_status(stage: Stage, bank_page: str) -> tuple[str, int]:
    """How a payment stands at the bank, and what has gone back of it."""
    sql = "SELECT status, refunded_minor FROM test_bank_payments WHERE id = %s"
    return stage.shop.query(sql, bank_page.rpartition("/")[2])[0]


def refunds(stage: Stage, order: int) -> list[tuple[str, int]]:
    """The refunds of an order in our books, each with how many there are in the bank's."""
    return stage.shop.query(
        "SELECT r.status, (SELECT count(*) FROM test_bank_refunds b WHERE b.payment_id = p.external_id) "
        "FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = %s",
        order,
    )
