"""What products made to order look like: composed pictures on pages, and under their own addresses."""

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from store.catalog import garments, graphs
from store.catalog.models import ProductImage
from store.catalog.queries.garments import find_composed, find_recipe
from store.core.db import read_rows, session, transaction
from store.core.errors import Invalid, NotFound
from store.media import services, storage
from store.media.composing import making
from store.media.composing.recipe import Area, key_for
from tests.factories.catalog import forget
from tests.factories.garments import AREA, artwork_png, dress
from tests.factories.shop import make_shop
from tests.factories.to_order import make_to_order

_ADDRESS = re.compile(r"/media/compose/([0-9a-z]+)-(\d+)\.(webp|jpg)")


@pytest.fixture
def kept(db):
    before = storage.current()
    storage.use(storage.MemoryStorage())
    yield storage.current()
    storage.use(before)


@pytest.fixture
def tee(kept):
    with transaction():
        make_shop()
    made = make_to_order()
    dress(made)
    return made


def _key(client, **fields: str) -> str:
    found = _ADDRESS.search(client.get("/products/tee", query_string=fields).text)
    assert found is not None
    return found[1]


def test_the_page_shows_the_choice_and_its_picture_can_be_loaded_in_every_size_it_names(client, tee):
    page = client.get("/products/tee?motif=fox&colour=ink&size=m").text
    addresses = {found[0] for found in _ADDRESS.finditer(page)}
    assert {found.rpartition("-")[2] for found in addresses} >= {"320.webp", "480.webp", "640.webp", "640.jpg"}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        picture = Image.open(io.BytesIO(answer.data))
        assert picture.width == int(_ADDRESS.fullmatch(address)[2])
        assert answer.content_type == {"webp": "image/webp", "jpg": "image/jpeg"}[address.rpartition(".")[2]]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert 'alt="Tee: Fox, Ink"' in page


def test_it_shows_the_cloth_in_its_colour_with_the_print_on_it(client, tee):
    key = _key(client, motif="fox", colour="ink", size="m")
    picture = Image.open(io.BytesIO(client.get(f"/media/compose/{key}-640.webp").data)).convert("RGB")
    red, _green, blue = picture.getpixel((320, 330))
    assert red > 130 > blue + 30, "the print"
    assert max(picture.getpixel((120, 700))) < 110, "the cloth"


def test_all_sizes_of_a_choice_share_one_picture_and_each_print_and_cloth_has_its_own(client, tee):
    keys = {
        (motif, colour, size): _key(client, motif=motif, colour=colour, size=size)
        for motif in ("moon", "fox")
        for colour in ("ink", "sand")
        for size in ("s", "m")
    }
    assert len(set(keys.values())) == 4
    assert keys["moon", "ink", "s"] == keys["moon", "ink", "m"]


def test_only_what_a_product_looks_like_can_be_asked_for(client, tee):
    key = _key(client, motif="fox", colour="ink")
    composed = find_composed(key)
    values = tee.values
    forged = [
        f"{key}-641.webp",
        f"{key}-1920.webp",
        f"{key}-320.avif",
        f"{key}-0320.webp",
        f"{key}-master.webp",
        f"{'0' * 20}{key[20:]}-320.webp",
        f"{key[:-1]}-320.webp",
        "fedcba9876543210-320.webp",
        # The digest can be worked out by anybody; still two motifs at once are no choice, nor is another view.
        f"{key_for(composed.recipe, composed.view.id, (values['Moon'], values['Fox'], values['Ink']))}-320.webp",
        f"{key_for(composed.recipe, composed.view.id + 1, composed.value_ids)}-320.webp",
        f"{key_for(composed.recipe, composed.view.id, (*composed.value_ids, values['M']))}-320.webp",
    ]
    before = read_rows("SELECT count(*) FROM images")[0][0]
    for name in forged:
        answer = client.get(f"/media/compose/{name}")
        assert answer.status_code == 404, name
        assert "immutable" not in answer.headers.get("Cache-Control", "")
    assert read_rows("SELECT count(*) FROM images")[0][0] == before


def test_it_is_made_once_and_then_comes_from_storage(client, tee, monkeypatch):
    key = _key(client, motif="moon", colour="sand")
    first = client.get(f"/media/compose/{key}-320.webp").data
    monkeypatch.setattr(making, "paint", lambda _layers: pytest.fail("painted twice"))
    assert client.get(f"/media/compose/{key}-320.webp").data == first


def test_many_who_ask_at_once_have_it_made_once(client, tee, monkeypatch):
    key = _key(client, motif="moon", colour="sand")
    recipe = find_recipe(key)
    painted = []

    def paint(layers):
        painted.append(1)
        return Image.new("RGB", (320, 400))

    monkeypatch.setattr(making, "paint", paint)
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: making.get_or_make(f"{key}-320.webp", lambda _key: recipe), range(8)))
    assert len(painted) == 1
    assert len(set(bodies)) == 1


def test_storage_that_is_down_costs_the_next_one_time_and_nobody_the_picture(client, tee, monkeypatch):
    key = _key(client, motif="moon", colour="sand")

    def refuse(name, body):
        raise OSError("disk full")

    monkeypatch.setattr(storage.current(), "write", refuse)
    assert client.get(f"/media/compose/{key}-320.webp").status_code == 200


def test_another_artwork_gives_another_address_and_what_was_made_stays_where_it_is(client, tee):
    key = _key(client, motif="fox", colour="ink")
    body = client.get(f"/media/compose/{key}-320.webp").data
    view_id = find_composed(key).view.id
    with transaction():
        other = services.add_image(artwork_png("#00a0ff"), "Another fox").id
        garments.save_artworks(tee.id, view_id, [(tee.ids("Fox"), other)])
    assert _key(client, motif="fox", colour="ink") != key
    assert client.get(f"/media/compose/{key}-320.webp").data == body
    # What was never made of the old one is not made any more.
    assert client.get(f"/media/compose/{key}-480.webp").status_code == 404


def test_what_names_more_values_takes_the_place_of_what_names_some_of_them(client, tee):
    plain = find_composed(_key(client, motif="fox", colour="sand"))
    with transaction():
        own = services.add_image(artwork_png("#ffffff"), "Fox for dark cloth")
        own_id, own_key = own.id, own.key
        garments.save_artworks(tee.id, plain.view.id, [(tee.ids("Ink", "Fox"), own_id)])
    assert find_composed(_key(client, motif="fox", colour="ink")).recipe.prints == (own_key,)
    assert find_composed(_key(client, motif="fox", colour="sand")).recipe.prints == plain.recipe.prints


def test_a_view_without_a_photograph_for_the_choice_shows_nothing(client, tee):
    with transaction():
        garments.save_view(tee.id, "Back", width_mm=200, height_mm=200)
    page = client.get("/products/tee?motif=fox&colour=ink").text
    assert len({found[1] for found in _ADDRESS.finditer(page)}) == 1


def test_two_views_are_told_apart_in_their_words(client, tee):
    photo = read_rows("SELECT image_id FROM garment_photos")[0].image_id
    with transaction():
        back = garments.save_view(tee.id, "Back", width_mm=200, height_mm=200)
        garments.save_photo(tee.id, back, garments.PhotoDraft(photo, AREA))
    page = client.get("/products/tee?motif=fox&colour=ink").text
    assert 'alt="Tee: Fox, Ink (Front)"' in page
    assert 'alt="Tee: Ink (Back)"' in page


def test_the_merchants_own_picture_of_a_choice_comes_first(client, tee):
    with transaction():
        image = services.add_image(artwork_png("#123456"), "A photograph")
        image_id, key = image.id, image.key
        session.add(ProductImage(product_id=tee.id, image_id=image_id))
        graphs.save_override(tee.id, graphs.OverrideDraft(tee.ids("Fox", "Ink"), image_id=image_id))
    forget()
    page = client.get("/products/tee?motif=fox&colour=ink").text
    assert page.index(f"/media/{key}-") < page.index("/media/compose/")
    assert f"/media/{key}-" not in client.get("/products/tee?motif=moon&colour=ink").text


def test_a_value_that_goes_takes_its_artwork_along(client, tee):
    with transaction():
        graphs.save_axes(
            tee.id,
            [
                graphs.AxisDraft("Motif", (graphs.ValueDraft("Moon"), graphs.ValueDraft("Fern"))),
                graphs.AxisDraft("Colour", (graphs.ValueDraft("Ink"), graphs.ValueDraft("Sand"))),
                graphs.AxisDraft("Size", (graphs.ValueDraft("S"), graphs.ValueDraft("M"))),
            ],
        )
    assert read_rows("SELECT count(*) FROM artworks")[0][0] == 2


@pytest.mark.parametrize(
    "area", [Area(-1, 0, 50, 50), Area(0, 0, 101, 50), Area(60, 0, 50, 50), Area(0, 60, 50, 50), Area(0, 0, 0, 50)]
)
def test_a_print_area_lies_within_the_picture(tee, area):
    photo = read_rows("SELECT image_id, view_id FROM garment_photos")[0]
    with pytest.raises(Invalid), transaction():
        garments.save_photo(tee.id, photo.view_id, garments.PhotoDraft(photo.image_id, area))


def test_views_of_other_products_are_out_of_reach(tee):
    other = make_to_order("mug")
    view_id = read_rows("SELECT id FROM garment_views")[0].id
    with pytest.raises(NotFound), transaction():
        garments.remove_view(other.id, view_id)
    with pytest.raises(Invalid), transaction():
        garments.save_artworks(tee.id, view_id, [(other.ids("Fox"), 1)])


def test_a_choice_that_is_known_costs_one_statement_as_before(client, tee, count_sql):
    client.get("/products/tee?motif=fox&colour=ink")
    client.get("/products/tee?motif=moon&colour=ink")
    with count_sql() as statements:
        client.get("/products/tee?motif=moon&colour=ink")
    assert len(statements) == 1


def test_the_stylesheet_of_the_layers_is_the_same_for_everyone_and_found_under_its_hash(client, tee):
    page = client.get("/products/tee?motif=fox&colour=ink").text
    (address,) = re.findall(r'href="(/looks/tee/[0-9a-f]{12}\.css)"', page)
    answer = client.get(address)
    assert answer.content_type == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert ".product:has(#option-colour-ink:checked) .look{--look-cloth:#20283a}" in answer.text
    assert answer.text.count("--look-print:url(/media/") == 3
    stale = client.get("/looks/tee/000000000000.css")
    assert stale.text == answer.text
    assert stale.headers["Cache-Control"] == "public, no-cache"
    assert client.get("/looks/nothing/000000000000.css").status_code == 404


def test_only_values_that_change_the_picture_hide_it_when_they_are_chosen(client, tee):
    page = client.get("/products/tee?motif=fox&colour=ink&size=m").text
    unseen = re.findall(r'id="option-([a-z-]+)"[^>]* data-unseen', page)
    assert sorted(unseen) == ["colour-sand", "motif-fern", "motif-moon"]
