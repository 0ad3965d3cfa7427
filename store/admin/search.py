"""Search at the desk: why a thing is found, words that mean the same, what comes first, what nobody finds."""

import re
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import select
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.collections import find_products
from store.admin.current import may, record, require
from store.catalog.models import Product
from store.core.db import session, transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.search import queries, services
from store.search.models import SearchPin, SearchSynonym
from store.staff.roles import Permission
from store.web.markets import current_prices

TABS = (
    ("", lazy_gettext("Try a search")),
    ("synonyms", lazy_gettext("Same meaning")),
    ("pins", lazy_gettext("Shown first")),
    ("misses", lazy_gettext("Found nothing")),
)
PLACES = {
    "title": lazy_gettext("in the title"),
    "fields": lazy_gettext("in kind, vendor, tags, category or options"),
    "custom": lazy_gettext("in a custom field"),
    "description": lazy_gettext("in the description"),
}
WAYS = {
    "exact": lazy_gettext("as typed"),
    "form": lazy_gettext("in another form"),
    "prefix": lazy_gettext("as the beginning of a word"),
    "spelling": lazy_gettext("spelled like it"),
    "synonym": lazy_gettext("means the same"),
    "joined": lazy_gettext("written as one word"),
}
_TRIED = 20
_MOST = 300


class SearchScreen(Screen):
    """How shoppers find things."""

    permission = Permission.VIEW_PRODUCTS
    icon = "search"

    @property
    def may_edit(self) -> bool:
        """Whether whoever is logged in may change what search knows."""
        return may(Permission.EDIT_PRODUCTS)

    @expose("/")
    def index(self) -> Response:
        """Show what a query finds and why, or one of the lists."""
        tab = request.args.get("tab", "")
        if tab == "synonyms":
            return self._synonyms_page(_synonym_draft(request.args.get("edit", ""), request.args.get("word", "")))
        if tab == "pins":
            return self._pins_page(_pin_draft(request.args.get("edit", "")))
        if tab == "misses":
            return self._tab("misses", rows=queries.list_misses())
        return self._tab("", **_try(request.args.get("q", "")[:120]))

    @expose("/synonyms", methods=("POST",))
    def save_synonym(self) -> Response:
        """Make or change words that mean the same."""
        require(Permission.EDIT_PRODUCTS)
        words, meant = _list(request.form.get("words", "")), _list(request.form.get("meant", ""))
        one_way = request.form.get("direction") == "one"
        known = _number(request.form.get("id", ""))
        try:
            with transaction():
                before = None if known is None else _facts(session.get(SearchSynonym, known))
                if one_way and not meant:
                    raise Invalid(_("What do these words mean?"), field="meant")
                row = services.save_synonym(known, words if one_way else [*words, *meant], meant if one_way else ())
                record(
                    "create" if known is None else "edit", "search_synonyms", row.id, before=before, after=_facts(row)
                )
        except Invalid as error:
            draft = {"id": known, "words": ", ".join(words), "meant": ", ".join(meant), "one_way": one_way}
            return self._synonyms_page(draft, problem=error.message, status=422)
        return done(_("Saved. Shoppers find by it within seconds."), url_for(".index", tab="synonyms"))

    @expose("/pins", methods=("POST",))
    def save_pin(self) -> Response:
        """Say which products come first for a query."""
        require(Permission.EDIT_PRODUCTS)
        known = _number(request.form.get("id", ""))
        query, named = request.form.get("query", "")[:200], request.form.get("products", "")[:5000]
        try:
            with transaction():
                before = None if known is None else _facts(session.get(SearchPin, known))
                product_ids = find_products(named)
                if not product_ids:
                    raise Invalid(_("Which products come first?"), field="products")
                row = services.save_pin(known, query, product_ids)
                record("create" if known is None else "edit", "search_pins", row.id, before=before, after=_facts(row))
        except Invalid as error:
            draft = {"id": known, "query": query, "products": named}
            return self._pins_page(draft, problem=error.message, status=422)
        return done(_("Saved. Shoppers see it within seconds."), url_for(".index", tab="pins"))

    @expose("/<string:kind>/<int:row_id>/removal", methods=("POST",))
    def remove(self, kind: str, row_id: int) -> Response:
        """Take a synonym or what was put first away; the journal keeps what it said."""
        require(Permission.EDIT_PRODUCTS)
        model = {"synonyms": SearchSynonym, "pins": SearchPin}.get(kind)
        with transaction():
            row = None if model is None else session.get(model, row_id)
            if row is None:
                raise NotFound(_("This is not here any more."))
            record("delete", f"search_{kind}", row_id, before=_facts(row))
            services.delete_rule(row)
        return done(_("Taken away."), url_for(".index", tab=kind))

    def _synonyms_page(self, draft: dict[str, Any], *, problem: str = "", status: int = 200) -> Response:
        rows = session.execute(select(SearchSynonym).order_by(SearchSynonym.id.desc()).limit(_MOST)).scalars().all()
        return self._tab("synonyms", status, rows=rows, draft=draft, problem=problem)

    def _pins_page(self, draft: dict[str, Any], *, problem: str = "", status: int = 200) -> Response:
        rows = session.execute(select(SearchPin).order_by(SearchPin.query).limit(_MOST)).scalars().all()
        named = _products({product_id for row in rows for product_id in row.product_ids})
        return self._tab("pins", status, rows=rows, named=named, draft=draft, problem=problem)

    def _tab(self, tab: str, status: int = 200, **names: Any) -> Response:
        return self.page("admin/search/search.html", status, tabs=TABS, tab=tab, **names)


def _try(query: str) -> dict[str, Any]:
    """Return what a query finds for shoppers, each with its reasons; the first few."""
    if not query.strip():
        return {"query": "", "found": None}
    found = queries.find_products(query, current_prices())
    first = found.product_ids[:_TRIED]
    reasons = {one.product_id: one for one in queries.explain(query, first)}
    return {
        "query": query,
        "found": found,
        "pinned": set(queries.pinned_for(query)),
        "named": _products(first),
        "reasons": [(product_id, reasons.get(product_id)) for product_id in first],
        "places": PLACES,
        "ways": WAYS,
    }


def _synonym_draft(edited: str, word: str) -> dict[str, Any]:
    number = _number(edited)
    row = None if number is None else session.get(SearchSynonym, number)
    if row is None:
        return {"id": None, "words": word[:120], "meant": "", "one_way": False}
    words = row.words if row.meant else row.words[:1]
    return {
        "id": row.id,
        "words": ", ".join(words),
        "meant": ", ".join(row.meant or row.words[1:]),
        "one_way": bool(row.meant),
    }


def _pin_draft(edited: str) -> dict[str, Any]:
    number = _number(edited)
    row = None if number is None else session.get(SearchPin, number)
    if row is None:
        return {"id": None, "query": request.args.get("word", "")[:120], "products": ""}
    named = _products(row.product_ids)
    handles = [named[product_id].handle for product_id in row.product_ids if product_id in named]
    return {"id": row.id, "query": row.query, "products": "\n".join(handles)}


def _products(product_ids: Sequence[int] | set[int]) -> dict[int, Any]:
    rows = session.execute(
        select(Product.id, Product.title, Product.handle, Product.status).where(Product.id.in_(list(product_ids)))
    ).all()
    return {row.id: row for row in rows}


def _facts(row: SearchSynonym | SearchPin | None) -> dict[str, Any]:
    if row is None:
        raise NotFound(_("This is not here any more."))
    if isinstance(row, SearchPin):
        return {"query": row.query, "products": list(row.product_ids)}
    return {"words": list(row.words), "meant": list(row.meant)}


def _list(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;\n]+", text[:2000]) if part.strip()]


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else None
