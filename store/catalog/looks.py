"""The stylesheet of a product made to order: what its layers show for each value, so that a click shows at once.

It is found under a hash of its text. A page that is older than the last edit gets the new text, which names the same
layers; nothing in it depends on the visitor.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator

from store.catalog.queries import ProductView
from store.catalog.queries.choice import fields_of
from store.catalog.queries.garments import Photo, View
from store.media.composing.recipe import Area
from store.media.storage import media_url, name_of

# What is seen until the composed picture is there need not be large.
_WIDTH = 480
# Beyond this a print comes with the answer of the server, like everything else of the page.
_MOST_RULES = 600
_MOST_REMEMBERED = 200

_remembered: OrderedDict[tuple[int, int], tuple[str, str]] = OrderedDict()


def look_of(product: ProductView) -> tuple[str, str] | None:
    """Return the hash and the text of a product's stylesheet, or `None` when nothing is composed of it."""
    view = next((view for view in product.views if view.photos), None)
    if view is None:
        return None
    known = _remembered.get((product.id, product.revision))
    if known is None:
        rules = list(_rules(product, view))[:_MOST_RULES]
        text = "@layer pages {\n" + "\n".join(rules) + "\n}\n"
        known = hashlib.sha256(text.encode()).hexdigest()[:12], text
        _remembered[product.id, product.revision] = known
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return known


def _rules(product: ProductView, view: View) -> Iterator[str]:
    chosen = {id_: f"#option-{param}-{slug}" for id_, (param, slug) in fields_of(product.options).items()}
    for key, photo in sorted(view.photos.items(), key=lambda one: len(one[0])):
        yield _rule([chosen[id_] for id_ in key if id_ in chosen], _garment(photo))
    for option in reversed(product.options):
        for id_, _label, swatch in option.values:
            if swatch:
                yield _rule([chosen[id_]], f"--look-cloth:{swatch}")
    for key, artwork in sorted(view.artworks.items(), key=lambda one: len(one[0])):
        if all(id_ in chosen for id_ in key):
            yield _rule([chosen[id_] for id_ in key], f"--look-print:{_url(artwork)}")
            # What one is about to choose is fetched while the pointer is still on its way.
            pointed = [*(chosen[id_] for id_ in key[1:]), f"{chosen[key[0]]}:is(:hover,:focus-visible,:active)"]
            yield _rule(pointed, f"--look-next:{_url(artwork)}", checked=False)


def _rule(chosen: list[str], told: str, *, checked: bool = True) -> str:
    last = len(chosen) - 1
    parts = [f":has({one}{':checked' if checked or place < last else ''})" for place, one in enumerate(chosen)]
    return f".product{''.join(parts)} .look{{{told}}}"


def _garment(photo: Photo) -> str:
    # A mask is taken from the shop's own host only: others would have to allow it.
    own = f"url(/media/{name_of(photo.garment, _WIDTH)})"
    parts = [
        f"--look-mask:{own}",
        f"--look-garment:{_url(photo.garment)}",
        f"--look-light:{_url(photo.folds) if photo.folds else 'none'}",
        f"--look-behind:{_url(photo.backdrop) if photo.backdrop else 'none'}",
        f"--look-tint:{'hard-light' if photo.tinted else 'normal'}",
        _place(photo.area),
    ]
    return ";".join(parts)


def _place(area: Area) -> str:
    right, low = 100 - area.left - area.width, 100 - area.top - area.height
    return f"--look-area:{area.top:g}% {right:g}% {low:g}% {area.left:g}%"


def _url(key: str) -> str:
    return f"url({media_url(key, _WIDTH)})"
