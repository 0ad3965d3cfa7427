"""Keeps of a merchant's or another shop's HTML what a description needs, and nothing that acts."""

from functools import lru_cache

import nh3

from store.catalog.flatten import flatten

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "ins", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# Their content goes too: it would be shown as text.
_EMPTIED = {"script", "style", "title", "textarea", "noscript", "template", "iframe", "object", "svg", "math"}

# Within these the parser needs milliseconds, whatever it is given.
_SHORT = 20_000
_FEW_TAGS = 1000


def clean_html(html: str) -> str:
    """Return the HTML without scripts, styles, pictures, frames, forms, handlers and htmx attributes.

    Cleaning twice gives the same as cleaning once. A page has one `h1`, its title, so those become text. What is long
    or has many tags is nested no deeper than `flatten.DEEPEST`.
    """
    if len(html) > _SHORT or html.count("<") > _FEW_TAGS:
        html = flatten(html, tags=_TAGS, emptied=_EMPTIED, attributes=_ATTRIBUTES)
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_EMPTIED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow",
    ).strip()


@lru_cache(maxsize=256)
def clean_again(html: str) -> str:
    """Return the same for a page that shows stored HTML; a text that was shown before costs nothing."""
    return clean_html(html)
