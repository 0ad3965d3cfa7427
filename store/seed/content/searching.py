"""What the demo's staff have taught its search: other words for its things, in both languages of its shoppers."""

from store.search import services

# Each group means the same.
SAME = (
    ("tee", "t shirt", "tshirt", "leiberl"),
    ("mug", "tasse", "becher", "häferl"),
    ("bowl", "schüssel", "schale"),
    ("plate", "teller"),
    ("candle", "kerze"),
    ("blanket", "decke", "throw"),
    ("cushion", "kissen", "pillow"),
    ("cap", "hat", "mütze", "kappe"),
    ("hoodie", "kapuzenpullover", "hooded sweatshirt"),
    ("sweatshirt", "pullover", "sweater", "jumper"),
    ("tote", "tasche", "shopper", "carrier bag"),
    ("notebook", "notizbuch", "journal"),
    ("print", "poster", "druck"),
    ("tea towel", "geschirrtuch", "dish towel"),
    ("toadstool", "mushroom", "pilz", "fungus"),
    ("moth", "motte", "nachtfalter"),
    ("moon", "mond"),
    ("fox", "fuchs"),
    ("cat", "katze"),
    ("hare", "hase", "rabbit"),
    ("carp", "karpfen"),
    ("jug", "krug", "pitcher"),
)
# Whoever says one of the first also means the second, and not the other way.
MEANS = (
    (("crockery", "geschirr", "tableware"), ("mug", "bowl", "plate", "cup", "dish", "jug")),
    (("bird", "birds", "vogel"), ("swallow", "owl")),
    (("black", "schwarz"), ("ink", "midnight")),
    (("green", "grün"), ("moss", "fir", "celadon")),
    (("blue", "blau"), ("dusk", "midnight")),
    (("stationery", "schreibwaren"), ("notebook", "cards")),
)


def teach() -> None:
    """Write them down, in the transaction in progress."""
    for words in SAME:
        services.save_synonym(None, words, ())
    for words, meant in MEANS:
        services.save_synonym(None, words, meant)
