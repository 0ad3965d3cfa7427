"""The picture of what is made to order on its way: page, cart, order, mail, order desk, packing slip and workshop."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from store.catalog import garments
from store.catalog.queries.garments import find_composed
from store.core.db import read_rows, session, transaction
from store.invoicing import paper
from store.media import services, storage
from store.media.composing import making
from store.media.deleting import find_deletable
from store.orders.models import Order
from store.orders.queries import get_order
from store.payments import services as payments
from tests.checkout.test_routes import choose_delivery, give_contact, place
from tests.checkout.test_to_order_lines import FOX
from tests.factories import payments as money
from tests.factories.garments import artwork_png, dress
from tests.factories.to_order import ToOrder, make_to_order

_ADDRESS = re.compile(r"/media/compose/([0-9a-z]+)-\d+\.(?:webp|jpg)")


@pytest.fixture
def tee(shop) -> ToOrder:
    before = storage.current()
    storage.use(storage.MemoryStorage())
    made = make_to_order()
    dress(made)
    yield made
    storage.use(before)


@pytest.fixture
def key(client, tee) -> str:
    """The key of the picture that the page of the choice shows."""
    page = client.get("/products/tee", query_string={name: FOX[name] for name in ("motif", "colour", "size")}).text
    found = _ADDRESS.search(page)
    assert found is not None
    return found[1]


@pytest.fixture
def order(client, key) -> Order:
    assert client.submit("/cart/lines", {**FOX, "quantity": "2"}).status_code == 303
    assert give_contact(client).status_code == 303
    assert choose_delivery(client).status_code == 303
    assert place(client).status_code == 303
    made = session.execute(select(Order)).scalar_one()
    payment = money.payment_of(made.id)
    money.choose(payment, "pay")
    payments.apply_payment(payment.id)
    money.run_jobs()
    return get_order(made.id)


def _change_the_fox(tee: ToOrder) -> None:
    view_id = read_rows("SELECT id FROM garment_views")[0].id
    with transaction():
        other = services.add_image(artwork_png("#00a0ff"), "Another fox").id
        garments.save_artworks(tee.id, view_id, [(tee.ids("Fox"), other)])


def test_a_shared_link_shows_the_choice(client, key):
    page = client.get("/products/tee?motif=fox&colour=ink&size=m").text
    found = re.search(r'<meta property="og:image" content="(https?://[^"]+)">', page)
    assert found is not None
    assert f"/media/compose/{key}-640.jpg" in found[1]
    assert client.get("/" + found[1].split("/", 3)[3]).content_type == "image/jpeg"


def test_the_cart_shows_what_was_chosen(client, key):
    client.submit("/cart/lines", {**FOX, "quantity": "2"})
    assert f"/media/compose/{key}-" in client.get("/cart").text


def test_the_order_keeps_its_picture_when_the_product_looks_different_now(client, tee, key, order, desk):
    _change_the_fox(tee)
    assert find_composed(key) is None
    assert order.lines[0].image_key == key
    shown = client.get(f"/orders/{order.token}").text
    (address,) = {found[0] for found in _ADDRESS.finditer(shown)}
    assert client.get(address).status_code == 200
    assert f"/media/compose/{key}-480.webp" in desk.get(f"/admin/orders/{order.id}").text


def test_the_mail_shows_it_and_it_is_there_before_anybody_opens_the_mail(order, key, monkeypatch):
    (mail,) = read_rows("SELECT html FROM messages WHERE kind = 'receipt'")
    assert f"/media/compose/{key}-480.jpg" in mail.html
    monkeypatch.setattr(making, "paint", lambda _layers: pytest.fail("made only now"))
    assert Image.open(io.BytesIO(storage.current().read(f"{key}-480.jpg"))).width == 480


def test_the_packing_slip_shows_it(order, monkeypatch):
    with_picture = paper.packing_slip_pdf(order, shop_name="Kreis", time_zone="UTC")
    assert b"/DCTDecode" in with_picture
    monkeypatch.setattr(storage, "_storage", storage.MemoryStorage())
    without = paper.packing_slip_pdf(order, shop_name="Kreis", time_zone="UTC")
    assert without.startswith(b"%PDF")
    assert b"/DCTDecode" not in without


def test_the_workshop_gets_what_was_ordered_as_large_as_it_is_printed(tee, order, desk):
    _change_the_fox(tee)
    page = desk.get(f"/admin/orders/{order.id}").text
    (address,) = re.findall(r"/admin/orders/\d+/prints/\d+/\d+\.png", page)
    assert "280 × 280 mm" in page
    answer = desk.get(address)
    assert answer.content_type == "image/png"
    assert "attachment" in answer.headers["Content-Disposition"]
    picture = Image.open(io.BytesIO(answer.data))
    assert picture.mode == "RGBA"
    assert picture.size == (3307, 3307), "280 mm at 300 dots an inch"
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert picture.getpixel((2, 2))[3] == 0
    red, green, blue, alpha = picture.getpixel((1653, 1653))
    assert alpha == 255
    assert (red, green, blue) == pytest.approx((0xD0, 0x60, 0x20), abs=6), "the fox as it was ordered"


def test_print_files_are_for_staff(client, order, desk):
    line = order.lines[0].id
    assert client.get(f"/admin/orders/{order.id}/prints/{line}/1.png").status_code in (302, 303, 404)
    for missing in (
        f"{order.id}/prints/{line}/2.png",
        f"{order.id}/prints/{line}/0.png",
        f"{order.id}/prints/999999/1.png",
    ):
        assert desk.get(f"/admin/orders/{missing}").status_code == 404


def test_what_was_printed_for_an_order_is_not_deleted_with_what_nothing_shows(tee, order):
    fox = read_rows("SELECT i.id, i.key FROM images i WHERE i.alt = 'Fox'")[0]
    _change_the_fox(tee)
    unused = [fox.id, read_rows("SELECT id FROM images WHERE alt = 'Another fox'")[0].id]
    found = find_deletable(unused)
    assert (list(found.free), list(found.shown), list(found.remembered)) == ([], [unused[1]], [fox.id])
