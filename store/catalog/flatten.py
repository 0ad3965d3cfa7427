"""Writes HTML anew, properly nested and never deep, so that a parser needs no more time than its length explains.

Parsers of HTML repair what is wrong, and some repairs cost the square of what they repair: 100 kB of `<div>` take nine
seconds. Nobody writes that by hand; a file that is imported may hold it.
"""

import re
from collections.abc import Callable, Collection, Mapping

DEEPEST = 64

_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*+)>?""", re.DOTALL
)
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z])([a-zA-Z]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MOST_ATTRIBUTES = 20

_VOID = {"br", "hr"}
_CELLS = {"td", "th", "p"}
_ROWS = {*_CELLS, "tr", "caption"}
_PARTS = {*_ROWS, "thead", "tbody", "tfoot"}
_ITEMS = {"li", "p"}
_TERMS = {"dt", "dd", "p"}

# What an opening tag ends where it stands, though nobody wrote its end.
_ENDS: dict[str, Collection[str]] = {
    **dict.fromkeys(("p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "hr"), ("p",)),
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), ("p", "h2", "h3", "h4", "h5", "h6")),
    **dict.fromkeys(("td", "th"), _CELLS),
    **dict.fromkeys(("thead", "tbody", "tfoot"), _PARTS),
    **dict.fromkeys(("dt", "dd"), _TERMS),
    "li": _ITEMS,
    "tr": _ROWS,
    "a": ("a",),
}


def flatten(html: str, *, tags: Collection[str], emptied: Collection[str], attributes: Mapping[str, set[str]]) -> str:
    """Return the HTML with these tags and attributes only, at most `DEEPEST` of them inside each other.

    What stands in `emptied` goes with what it holds. Takes time in proportion to the length.
    """
    written: list[str] = []
    opened: list[str] = []
    lower = html.lower()
    here = 0

    def close(ends: Callable[[], bool]) -> None:
        while opened and ends():
            written.append(f"</{opened.pop()}>")

    while (found := _TAG.search(html, here)) is not None:
        written.append(_text(html[here : found.start()]))
        here = found.end()
        name = (found[2] or "").lower()
        if name in emptied and not found[1]:
            end = lower.find(f"</{name}", here)
            here = len(html) if end < 0 else end
        elif name not in tags:
            continue
        elif found[1]:
            if name in opened:
                close(lambda name=name: opened[-1] != name)  # type: ignore[misc]
                written.append(f"</{opened.pop()}>")
        else:
            close(lambda name=name: opened[-1] in _ENDS.get(name, ()))  # type: ignore[misc]
            if name in _VOID:
                written.append(f"<{name}>")
            elif len(opened) < DEEPEST:
                written.append(f"<{name}{_attributes(found[3], attributes.get(name, set()))}>")
                opened.append(name)
    written.append(_text(html[here:]))
    close(lambda: True)
    return "".join(written)


def _attributes(sent: str, wanted: set[str]) -> str:
    if not wanted:
        return ""
    kept: dict[str, str] = {}
    for number, found in enumerate(_ATTRIBUTE.finditer(sent)):
        name = found[1].lower()
        if name in wanted and name not in kept:
            kept[name] = _text(found[2] or found[3] or found[4] or "").replace('"', "&quot;")
        if number >= _MOST_ATTRIBUTES:
            break
    return "".join(f' {name}="{value}"' for name, value in kept.items())


def _text(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")
