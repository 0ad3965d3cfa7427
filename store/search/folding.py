"""Words as search compares them: small letters without accents. The database's `search_fold` does the same."""

import re
import unicodedata

# Longer words are nobody's; more of them than this in one query are not looked at.
LONGEST_WORD = 40
MOST_WORDS = 8
LONGEST_QUERY = 120

# The same letters as in migration 0011.
_NO_LETTER = re.compile(
    "[^a-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3005-\u3007\u3021-\ud7ff"
    "\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\U00010000-\U0001efff\U00020000-\U0003ffff]+"
)
_ACCENT = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ς": "σ"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_JOINED = re.compile("(?<=[^\\W_])[-'’](?=[^\\W_])")


def fold(text: str) -> str:
    """Return the words of a text in small letters without accents, one space between them."""
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text.lower())).lower().translate(_LETTERS)
    return _NO_LETTER.sub(" ", bare).strip()


def plain(text: str) -> str:
    """Return the same words with their accents."""
    return _NO_LETTER.sub(" ", unicodedata.normalize("NFC", text.lower())).strip()


def umlauts(word: str) -> str:
    """Return a word with its umlauts written as two letters, folded: `Tücher` is `tuecher`."""
    return fold(unicodedata.normalize("NFC", word.lower()).translate(_UMLAUTS))


def joined(text: str) -> str:
    """Return the text with what hyphens and apostrophes part as one word, folded: `T-Shirt` is `tshirt`."""
    return fold(_JOINED.sub("", text))
