"""Nothing is said past gettext: in the pseudo-locale every sentence stands in brackets, and what does not is data.

The walk covers the shop's pages in their states and the back office's; mails have a test of their own beside theirs.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from babel import Locale
from flask.testing import FlaskClient
from sqlalchemy import text

from store.admin.films import LANGUAGES
from store.catalog import graphs, kits
from store.catalog.graphs import OverrideDraft
from store.catalog.kits import PartDraft
from store.catalog.models import Product, ProductImage
from store.changes import services as changes
from store.changes.wanted import Wanted, WantedLine
from store.content.models import Page
from store.core import ids
from store.core.clock import now
from store.core.db import session, transaction
from store.core.i18n import PSEUDO_LOCALE
from store.edge.models import ProductTier
from store.films.services import name_of_language, set_captions
from store.importer.models import ImportChange, ImportRow, ImportRun
from store.media import library
from store.media.models import Upload
from store.media.reasons import REASONS
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Dispute, Payment
from store.redirects import services as redirects
from tests.admin.conftest import start_session
from tests.factories.catalog import make_collection, make_product
from tests.factories.films import make_film
from tests.factories.garments import dress
from tests.factories.orders import make_pending_order, make_placed_order
from tests.factories.pictures import make_picture
from tests.factories.prices import make_list, set_price
from tests.factories.shop import forget, make_market, make_shop
from tests.factories.staff import make_staff
from tests.factories.to_order import ToOrder, make_to_order

pytestmark = pytest.mark.usefixtures("db")

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
SPOKEN = ("title", "alt", "placeholder", "aria-label", "content")
MOST_PAGES = 90
# `kbd` holds what is to be typed, letter by letter.
SILENT = {"script", "style", "svg", "template", "kbd", "code"}

# Whoever writes these writes data: names, addresses, dates and amounts as Babel formats them, codes of ours.
DATA = (
    "SELECT name FROM shops UNION SELECT tagline FROM shops UNION SELECT email FROM shops"
    " UNION SELECT time_zone FROM shops"
    " UNION SELECT title FROM products UNION SELECT vendor FROM products UNION SELECT handle FROM products"
    " UNION SELECT title FROM collections UNION SELECT handle FROM collections"
    " UNION SELECT name FROM options UNION SELECT value FROM option_values UNION SELECT sku FROM variants"
    " UNION SELECT sku_part FROM option_values UNION SELECT reason FROM option_exclusions"
    " UNION SELECT reason FROM choice_overrides UNION SELECT sku FROM variant_patterns"
    " UNION SELECT title FROM pages UNION SELECT body_html FROM pages UNION SELECT handle FROM pages"
    " UNION SELECT name FROM shipping_methods UNION SELECT code FROM shipping_methods"
    " UNION SELECT name FROM markets UNION SELECT code FROM markets UNION SELECT locale FROM markets"
    " UNION SELECT currency FROM markets UNION SELECT name FROM price_lists UNION SELECT code FROM price_lists"
    " UNION SELECT unnest(countries) FROM markets UNION SELECT '/products/' || handle FROM products"
    " UNION SELECT jsonb_path_query(shipping_address, '$.*') #>> '{}' FROM orders"
    " UNION SELECT email FROM orders UNION SELECT token FROM orders"
    " UNION SELECT email FROM staff UNION SELECT name FROM staff"
    " UNION SELECT source_url FROM images UNION SELECT name FROM garment_views"
    " UNION SELECT provider FROM payments UNION SELECT code FROM locations UNION SELECT name FROM locations"
)
DATES = re.compile(
    r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|"
    r"July|August|September|October|November|December|AM|PM|min|ago|EUR|XXS|XS|CSV|SKU|HTML)\b"
)


class Spoken(HTMLParser):
    """Collects what a page says: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = dict(attributes)
        if tag == "meta" and facts.get("name") != "description":
            return
        self.said += [facts[name] or "" for name in SPOKEN if name in facts]
        if tag in SILENT:
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


@pytest.fixture(autouse=True)
def pseudo_shop(db: object) -> Iterator[None]:
    """A merchant whose only market speaks the pseudo-locale."""
    make_shop()
    session.execute(text("UPDATE markets SET locale = :locale"), {"locale": PSEUDO_LOCALE})
    session.execute(text("UPDATE shops SET locale = :locale, tagline = 'Zqtagline'"), {"locale": PSEUDO_LOCALE})
    session.commit()
    forget()
    yield
    forget()


def bare_words(page: str) -> list[str]:
    """Return what a page says outside of brackets and is no data."""
    reader = Spoken()
    reader.feed(page)
    data = {re.sub("<[^>]+>", "", value).strip() for (value,) in session.execute(text(DATA)) if value} - {""}
    data |= {str(name) for name in Locale("en").territories.values()}
    data |= {name_of_language(code) for code in LANGUAGES}
    found = []
    for sentence in reader.said:
        rest = sentence
        for value in sorted(data, key=len, reverse=True):
            if value in rest:
                rest = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest)
        while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)) != rest:
            rest = shorter
        # What a list cuts short still began in brackets.
        rest = DATES.sub(" ", re.sub(r"⟦[^⟧]*$", " ", rest))
        if re.search(r"[A-Za-z]{2,}", rest):
            found.append(sentence.strip())
    return found


def test_the_reader_finds_a_sentence_that_was_forgotten() -> None:
    assert bare_words("<p>⟦Kept⟧ <b>forgotten</b> 12 ⟦with ⟦two⟧ levels⟧</p>") == ["forgotten"]
    assert bare_words('<img alt="A cat"><p aria-label="⟦fine⟧">⟦fine⟧</p>') == ["A cat"]


def test_every_public_page_speaks_through_gettext(client: FlaskClient) -> None:
    shelf = make_collection("zqshelf", title="Zqshelf")
    make_product("zqmug", title="Zqmug", stock=1, collection=shelf, compare_at=2500)
    make_product("zqtee", title="Zqtee", stock=[0, 3], options={"Zqcolour": ["Zqsand", "Zqmoss"]}, collection=shelf)
    gone = make_product("zqgone", title="Zqgone", stock=0, collection=shelf)
    film = make_film(gone.product.id, title="4")
    make_made_to_order()
    part, kit = make_product("zqpart", title="Zqpart"), make_product("zqset", title="Zqset")
    kits.set_parts(kit.variant.id, [PartDraft(part.variant.id, 2)])
    session.add_all(
        [
            Page(kind="page", handle="zqabout", title="Zqabout", body_html="<p>Zqbody</p>"),
            Page(kind="policy", handle="zqterms", title="Zqterms", body_html="<p>Zqlaw</p>"),
        ]
    )
    session.commit()
    forget()
    found = {}
    for path in (
        "/",
        "/collections/all",
        "/collections/zqshelf?sort=price-up",
        "/products/zqmug",
        "/products/zqtee?zqcolour=zqsand",
        "/products/zqgone",
        f"/products/zqgone/films/{film.id}",
        "/products/zqmade?zqmotif=zqmoon&zqcloth=zqink",
        "/products/zqmade?zqmotif=zqfox&zqcloth=zqink&find-zqmotif=zqnothing",
        "/products/zqmade?all-zqmotif=1",
        "/products/zqset",
        "/search",
        "/search?q=zqmug",
        "/search?q=zqnothing",
        "/pages/zqabout",
        "/policies/zqterms",
        "/cart",
        "/nowhere",
    ):
        words = bare_words(client.get(path).text)
        if words:
            found[path] = words
    assert found == {}


def test_markets_sales_and_tiers_speak_through_gettext(client: FlaskClient) -> None:
    mug = make_product("zqmug", title="Zqmug", price=2000).variant
    market = make_market("ch", currency="CHF", locale=PSEUDO_LOCALE)
    market.name, market.countries, market.prices_include_tax = "Zqswiss", ["CH"], False
    set_price(mug.id, 1800, currency="CHF")
    set_price(mug.id, 1700, currency="CHF", min_qty=6)
    sale = make_list("sale", name="Zqsale")
    set_price(mug.id, 1500, list_id=sale.id)
    long_ago = now() - timedelta(days=90)
    session.execute(text("UPDATE prices SET since = :then WHERE price_list_id IS NULL"), {"then": long_ago})
    session.commit()
    forget()
    pages = {
        "sale": client.get("/products/zqmug").text,
        "tiers": client.get("/ch/products/zqmug").text,
        "without tax": client.get("/ch/collections/all").text,
    }
    assert 'id="product-lowest"' in pages["sale"]
    assert 'id="product-tiers"' in pages["tiers"]
    client.post("/cart/lines", data={"product": "zqmug", "quantity": "6"}, headers=SAME_ORIGIN)
    pages["came along"] = client.get("/ch/cart").text
    pages["drawer"] = client.get("/ch/-/visitor").text
    address = '{"country": "AT", "name": "4", "line1": "4", "postcode": "4", "city": "4"}'
    session.execute(text("UPDATE carts SET email = '4', shipping_address = CAST(:to AS jsonb)"), {"to": address})
    session.commit()
    pages["not here"] = client.get("/ch/checkout/contact").text
    assert 'id="not-here"' in pages["not here"]
    client.set_cookie("market", "ch")
    pages["suggestion"] = client.get("/-/market-suggestion").text
    assert "Zqswiss" in pages["suggestion"]
    assert {name: words for name, page in pages.items() if (words := bare_words(page))} == {}


def test_what_is_said_without_a_page_and_to_two_in_one_form_goes_through_gettext(client: FlaskClient) -> None:
    mug = make_product("zqmug", title="Zqmug", stock=3, options={"Zqcolour": ["Zqsand"]}).product.id
    shelf = make_collection("zqshelf", title="Zqshelf").id
    redirects.retire("/products/zqold")
    session.commit()
    forget()
    found = {path: bare_words(client.get(path).text) for path in ("/products/zqmugg", "/products/zqold")}
    for person in (make_staff("owner"), make_staff("manager")):
        client.set_cookie("staff", start_session(person), path="/admin")
        page = client.get(f"/admin/products/{mug}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        for path, data in (
            (f"/admin/products/{mug}", {"title": f"Zq{person.id}", "status": "draft", "vendor": "4"}),
            (f"/admin/collections/{shelf}", {"title": f"Zq{person.id}", "handle": "zqshelf", "position": "4"}),
            (f"/admin/product-fields/{mug}", {"category": "4"}),
        ):
            answer = client.post(path, data={"csrf_token": token[1], "seen": "", **data}, headers=SAME_ORIGIN)
            assert answer.status_code == 409, path
            found[f"{path} {person.role}"] = [
                words for words in bare_words(answer.text) if f"Zq{person.id}" not in words and words != "draft"
            ]
    assert {path: words for path, words in found.items() if words} == {}


def test_cart_checkout_and_orders_speak_through_gettext(client: FlaskClient) -> None:
    make_product("zqmug", title="Zqmug", stock=3)
    found = {}

    def look(name: str, page: str) -> None:
        words = bare_words(page)
        if words:
            found[name] = words

    def send(path: str, **data: str) -> str:
        form = client.get(path).text if path.startswith("/checkout") else ""
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        data |= {"csrf_token": token[1]} if token else {}
        return client.post(path, data=data, headers=SAME_ORIGIN).text

    look("too many", send("/cart/lines", product="zqmug", quantity="9"))
    look("no number", send("/cart/lines", product="zqmug", quantity="x"))
    send("/cart/lines", product="zqmug", quantity="2")
    look("cart", client.get("/cart").text)
    look("drawer", client.get("/-/visitor").text)
    look("contact", client.get("/checkout/contact").text)
    look("contact refused", send("/checkout/contact", email="x", postcode="x", phone="x", country="AT"))
    contact = {"email": "zq@zq.example", "name": "Zq", "line1": "Zq 4", "postcode": "1070", "city": "Zqcity"}
    send("/checkout/contact", country="AT", **contact)
    # What was typed comes back; it is no sentence of ours.
    session.execute(text('UPDATE carts SET shipping_address = shipping_address || \'{"name": "4", "city": "4"}\''))
    session.execute(text("UPDATE carts SET email = '4', shipping_address = shipping_address || '{\"line1\": \"4\"}'"))
    session.commit()
    look("delivery", client.get("/checkout/delivery").text)
    look("delivery refused", send("/checkout/delivery", method="0"))
    pending = make_pending_order()
    session.commit()
    look("pending", client.get(f"/orders/{pending.token}").text)
    look("waiting", client.get(f"/orders/{pending.token}/confirmation").text)
    orders.mark_expired(pending.id)
    session.commit()
    look("expired", client.get(f"/orders/{pending.token}/confirmation").text)
    placed = make_placed_order(quantity=2)
    session.commit()
    look("thanks", client.get(f"/orders/{placed.token}/confirmation").text)
    for page in ("address", "cancellation"):
        look(page, client.get(f"/orders/{placed.token}/{page}").text)
    look("lookup", client.get("/orders/lookup").text)
    orders.ship(placed.id, carrier="4", tracking_number="4", actor="test")
    session.commit()
    look("shipped", client.get(f"/orders/{placed.token}").text)
    line = placed.lines[0].id
    for kind in ("return", "exchange", "claim"):
        at = f"/orders/{placed.token}/returns/new?kind={kind}"
        look(f"new {kind}", client.get(at).text)
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(at).text)
        fields = {"csrf_token": token[1] if token else "", "kind": kind, f"quantity-{line}": "1"}
        fields |= {f"reason-{line}": "damaged"} if kind == "claim" else {}
        page = client.post(f"/orders/{placed.token}/returns/preview", data=fields, headers=SAME_ORIGIN).text
        look(f"preview {kind}", page)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        if kind != "exchange":
            path = client.post(f"/orders/{placed.token}/returns", data=hidden, headers=SAME_ORIGIN).headers["Location"]
            look(f"asked {kind}", client.get(path).text)
    look("with returns", client.get(f"/orders/{placed.token}").text)
    assert found == {}


def make_imports() -> list[str]:
    """A file that was compared, one that is being applied and one that was undone; return where they are shown."""
    check = {"create": 1, "update": 1, "refused": 1}
    runs = [
        ImportRun(
            kind="products", filename="4", status="checked", size_bytes=4, scan={"check": check}, overwrite=False
        ),
        ImportRun(kind="products", filename="4", status="running", rows_total=4, started_at=now()),
        ImportRun(kind="inventory", filename="4", status="undone", started_at=now(), counts={"created": 1}),
    ]
    session.add_all(runs)
    session.flush()
    flags = ["erases", "recreates"]
    for verdict in ("create", "update", "skipped", "refused"):
        row = ImportRow(
            run_id=runs[0].id, phase="check", row=4, handle="4", verdict=verdict, changes=["4"], flags=flags
        )
        session.add(row)
    session.add(ImportRow(run_id=runs[2].id, phase="apply", row=4, handle="4", verdict="refused", changes=["4"]))
    for outcome in ("", "4"):
        session.add(ImportChange(run_id=runs[2].id, name="4", action="update", undone_at=now(), outcome=outcome))
    return [f"/admin/imports/{run.id}" for run in runs]


def make_pictures(product_id: int) -> list[str]:
    """A picture that is shown, one there without words and one that was not fetched; return where they are shown."""
    make_picture("4")
    shown, failed = make_picture("4"), make_picture("", status="failed")
    session.add(ProductImage(product_id=product_id, image_id=shown.id))
    folder = library.add_folder("4")
    library.set_tags(shown.id, ["4"])
    session.add(ProductImage(product_id=product_id, image_id=make_picture("").id))
    media, folders = "/admin/media/", "/admin/media-folders/"
    addresses = [
        "",
        shown.id,
        failed.id,
        "?q=zq-nothing",
        f"?for=products-{product_id}",
        "?tag=4",
        "?show=unused",
        "?show=wordless",
        f"files/deletion?picture={shown.id}",
    ]
    return [*(f"{media}{one}" for one in addresses), f"{folders}new", f"{folders}{folder.id}/deletion"]


def make_drafts_and_changes(order_id: int, variant_id: int) -> list[str]:
    """Make a draft with a price of its own and a change of an order; return their pages."""
    wanted = Wanted((WantedLine(variant_id, 99, 900, "4"),))
    with transaction():
        draft = changes.open_draft("at", actor="system")
        changes.save_wanted(draft.id, wanted, version=1)
        change = changes.open_change(order_id, actor="system")
        lines = Wanted.from_json(change.wanted).lines
        changes.save(order_id, change.id, Wanted((*lines, *wanted.lines)), version=1)
    return [f"/admin/drafts/{draft.id}?q=zqtee", f"/admin/orders/{order_id}/changes/{change.id}?q=zq-nothing"]


REFUSED = [("refused", reason) for reason in REASONS if reason != "storage_away"]


def make_upload(product_id: int, state: str, reason: str) -> Upload:
    """Make a file on its way into a product's gallery, or refused there."""
    facts = {"kind": "picture", "content_type": "image/jpeg", "size": 4, "purpose": "product"}
    return Upload(token=ids.token(), name="4", subject_id=product_id, state=state, reason=reason, **facts)


def make_dispute(order: Order) -> None:
    """Make a dispute that wants an answer, and one that is decided."""
    money = {"currency": "EUR", "amount_minor": 4, "provider": "4"}
    payment = Payment(order_id=order.id, attempt=4, idempotency_key=ids.token(), external_id="4", **money)
    session.add(payment)
    session.flush()
    about = {"payment_id": payment.id, "reason": "fraudulent", "opened_at": now(), "due_at": now() - timedelta(days=1)}
    session.add(Dispute(external_id="4", status="needs_response", inquiry=True, **about, **money))
    session.add(Dispute(external_id="44", status="under_review", **about, **money))


def make_made_to_order() -> ToOrder:
    """Make a product to order with everything that its screen and its page can tell."""
    axes = {"Zqmotif": ["Zqmoon", "Zqfox", *(f"Zq{number}" for number in range(12))], "Zqcloth": ["Zqink", "Zqfelt"]}
    made = make_to_order("zqmade", axes=axes, deltas={"Zqfox": 400}, blank_axes=["Zqcloth"])
    with transaction():
        session.get_one(Product, made.id).title = "Zqmade"
        graphs.save_exclusions(made.id, [(*made.ids("Zqmoon", "Zqink"), "Zqdark")])
        blocked = OverrideDraft(made.ids("Zqfox", "Zqink"), blocked=True, reason="Zqsold")
        graphs.save_override(made.id, blocked)
    dress(made, {"Zqfox": "#d06020"})
    session.execute(text("UPDATE garment_views SET name = 'Zqfront'"))
    return made


def test_the_back_office_speaks_through_gettext(client: FlaskClient) -> None:
    tee = make_product("zqtee", title="Zqtee", stock=[0, 3], options={"Zqcolour": ["Zqsand", "Zqmoss"]})
    make_collection("zqshelf", title="Zqshelf")
    made, kit = make_made_to_order(), make_product("zqset", title="Zqset")
    kits.set_parts(kit.variant.id, [PartDraft(tee.variants[1].id, 2)])
    market = make_market("ch", currency="CHF", locale=PSEUDO_LOCALE)
    market.name, market.countries = "Zqswiss", ["CH"]
    sale = make_list("sale", {tee.variant.id: 900}, name="Zqsale", code="zqsale")
    pending, placed, gone = make_pending_order(), make_placed_order(), make_placed_order()
    orders.flag(placed.id, "4")
    orders.mark_cancelled(gone.id, actor="test", reason="4")
    session.execute(text("UPDATE order_lines SET title = '4', sku = '4'"))
    session.add(Page(kind="page", handle="zqabout", title="Zqabout", body_html="<p>Zqbody</p>"))
    imports = make_imports()
    pictures = make_pictures(tee.product.id)
    for state, reason in (("received", ""), ("received", "storage_away"), ("ready", ""), *REFUSED):
        session.add(make_upload(tee.product.id, state, reason))
    film = make_film(tee.product.id, title="4").id
    set_captions(film, "de", b"WEBVTT\n\n00:01.000 --> 00:02.000\n4")
    films = [f"/admin/films/{tee.product.id}/{one}" for one in ("new", film, f"{film}/deletion")]
    day = timedelta(days=1)
    tier = ProductTier(product_id=tee.product.id, tier="2", below_since=now(), score=4)
    session.add_all([tier, ProductTier(product_id=made.id, tier="S", pinned_until=now() + day, pinned_for="4")])
    session.add(ProductTier(product_id=kit.product.id, tier="3", settled=False))
    make_dispute(gone)
    session.commit()
    forget()
    client.set_cookie("staff", start_session(make_staff("owner")), path="/admin")
    found, seen = {}, set()
    waiting = ["/admin/", f"/admin/orders/{pending.id}", f"/admin/orders/{gone.id}", *imports]
    waiting += make_drafts_and_changes(placed.id, tee.variant.id)
    # Pages of the second market are another thing than those of the default one.
    waiting += [f"/admin/markets/{market.id}/suggestions?rate=0.9", f"/admin/markets/{market.id}/deletion"]
    waiting += [f"/admin/price-lists/{sale.id}", f"/admin/prices/{tee.product.id}"]
    waiting += [f"/admin/prices/{tee.product.id}/{tee.variant.id}/history"]
    waiting += [*pictures, *films, "/admin/picture-storage/?q=zq-nothing"]
    waiting += [f"/admin/made-to-order/{made.id}", f"/admin/made-to-order/kits/{kit.variant.id}"]
    waiting += [f"/admin/garments/{made.id}", f"/admin/orders/together/shipment?ids={placed.id}"]
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.status_code != 200 or not answer.mimetype.startswith("text/html"):
            continue
        words = bare_words(answer.text)
        if words:
            found[path] = words
        # One page of each kind is enough: `/admin/orders/17` stands for all orders.
        known = {re.sub(r"\d+", "#", one) for one in (*seen, *waiting)}
        for link in re.findall(r'href="(/admin/[^"?#]*)"', answer.text):
            if re.sub(r"\d+", "#", link) not in known and "/static/" not in link:
                waiting.append(link)
                known.add(re.sub(r"\d+", "#", link))
    assert len(seen) > 12
    assert found == {}
