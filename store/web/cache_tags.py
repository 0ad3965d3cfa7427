"""What an answer for everybody is made of, as tags by which a cache in front of the shop can throw it away.

`Cache-Tag` names the products, lists and pictures that an answer shows; `store.edge` purges the tags of what changed.
Cloudflare takes the header off before visitors see it:
https://developers.cloudflare.com/cache/how-to/purge-cache/purge-by-tags/
"""

from typing import TYPE_CHECKING

from flask import current_app, g

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

# How long Cloudflare may keep a page whose tags are purged. What no purge tells, such as the day of delivery in words,
# is behind by no more.
EDGE_SECONDS = 600

# Some proxies refuse longer headers; a page of so many things is left to expire by itself.
_MOST_TAGS = 200

# On every page, because its frame is: navigation, footer, the shop's name.
FRAME = "pages"

# On every page that shows anything of the catalogue, for changes of so much that naming it all takes longer.
CATALOGUE = "catalog"

_SHOPPING = ("product-", "collection-", "category-", "lists", "search", "home")


def tag(*tags: str) -> None:
    """Note what the answer in progress shows; outside of one, and for private pages, it comes to nothing."""
    g.setdefault("cache_tags", {}).update(dict.fromkeys(tags))


def write(headers: "Headers", *, is_page: bool) -> None:
    """Write what was noted into the headers of an answer for everybody."""
    noted: dict[str, None] = g.get("cache_tags", {})
    tags = dict(noted)
    if any(one.startswith(_SHOPPING) for one in noted):
        tags[CATALOGUE] = None
    if is_page:
        tags[FRAME] = None
    if not tags or len(tags) > _MOST_TAGS:
        return
    headers["Cache-Tag"] = ",".join(tags)
    if is_page and current_app.config.get("EDGE_IS_PURGED"):
        headers["Cloudflare-CDN-Cache-Control"] = f"public, max-age={EDGE_SECONDS}, stale-if-error=86400"
