"""A process for drills: `prepare` makes a shop with a paid order and a new picture, `drain` does what waits in the outbox and may be killed.

Its database, mail server and fault come from the environment, as everywhere.
"""

import io
import sys
import time

from PIL import Image
from sqlalchemy import select

from store.app import create_app
from store.core.clock import now
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.queue import perform
from store.media.services import add_image
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.shop import make_shop

# Longer than the lease that a killed process leaves behind.
PATIENCE_SECONDS = 6


def prepare() -> None:
    with transaction():
        make_shop()
        make_placed_order(make_product(title="Moth mug"))
        picture = io.BytesIO()
        Image.new("RGB", (1500, 1500), "teal").save(picture, "PNG")
        add_image(picture.getvalue(), "Teal")


def drain() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with transaction():
            waiting = session.execute(select(Outbox.id, Outbox.available_at).where(Outbox.done_at.is_(None))).all()
        if not waiting:
            return
        for row in waiting:
            if row.available_at <= now():
                perform(row.id)
        time.sleep(0.05)
    sys.exit("there is work left")


if __name__ == "__main__":
    with create_app().app_context():
        {"prepare": prepare, "drain": drain}[sys.argv[1]]()
