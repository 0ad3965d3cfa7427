"""Addresses: where old ones lead, and which ones were asked for in vain."""

from typing import Any

from flask import request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require, the_staff
from store.admin.queries import addresses
from store.content.nearest import find_nearest
from store.core.db import transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.redirects import services as redirects
from store.redirects.paths import clean_path, clean_target, is_external
from store.staff.roles import Permission
from store.web.pagination import page_number, paginate

TABS = (("index", lazy_gettext("Lead on")), ("missed", lazy_gettext("Asked for in vain")))
REASONS = {
    "renamed": lazy_gettext("Renamed"),
    "merged": lazy_gettext("Merged"),
    "unpublished": lazy_gettext("Taken off"),
    "archived": lazy_gettext("Archived"),
    "deleted": lazy_gettext("Deleted"),
    "retired": lazy_gettext("Retired"),
    "manual": lazy_gettext("By hand"),
    "imported": lazy_gettext("From a file"),
}
_LONGEST_SEARCH = 120


class AddressesScreen(Screen):
    """Where visitors of old addresses end up."""

    permission = Permission.VIEW_PRODUCTS
    icon = "external"

    @expose("/")
    def index(self) -> Response:
        """Show the redirects; search and page are in the URL."""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        pages = paginate(page_number(request.args), addresses.PAGE_SIZE, addresses.count_redirects(search=search))
        return self.page(
            "admin/addresses/list.html",
            tabs=TABS,
            tab="index",
            search=search,
            pages=pages,
            reasons=REASONS,
            rows=addresses.list_redirects(search=search, page=pages.page),
            href_for=lambda page: url_for(".index", q=search or None, page=page if page > 1 else None),
        )

    @expose("/missed")
    def missed(self) -> Response:
        """Show what was asked for in vain, with the nearest page beside each."""
        search = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
        asked = page_number(request.args)
        rows = addresses.list_missed(search=search, page=asked)
        pages = paginate(asked, addresses.MISSED_SIZE, rows[0].total if rows else 0)
        return self.page(
            "admin/addresses/missed.html",
            tabs=TABS,
            tab="missed",
            search=search,
            pages=pages,
            days=addresses.MISSED_DAYS,
            rows=[(row, find_nearest(row.path).path) for row in rows],
            href_for=lambda page: url_for(".missed", q=search or None, page=page if page > 1 else None),
        )

    @expose("/missed/removal", methods=("POST",))
    def remove_missed(self) -> Response:
        """Take an address off the list."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            redirects.forget_missed(request.form.get("path", ""))
        return done(_("Taken off the list."), url_for(".missed"))

    @expose("/new")
    def new(self) -> Response:
        """Show the form of a redirect; the list of missed addresses fills it."""
        require(Permission.EDIT_PRODUCTS)
        sent = {name: request.args.get(name, "")[:600] for name in ("path", "target")}
        return self._form({**sent, "answer": "lead"}, {})

    @expose("/new", methods=("POST",))
    def create(self) -> Response:
        """Make or replace a redirect, unless a page is at the address."""
        require(Permission.EDIT_PRODUCTS)
        sent = {name: request.form.get(name, "").strip() for name in ("path", "target", "answer", "external")}
        sent["answer"] = sent["answer"] or "lead"
        try:
            path, target = read_redirect(sent)
            with transaction():
                before = addresses.find_redirect(path)
                redirects.add(path, target, external=bool(sent["external"]), actor=the_staff().actor)
                record(
                    "lead_on",
                    "address",
                    path,
                    before={} if before is None else {"target": before.target},
                    after={"target": target},
                )
        except (Invalid, Conflict) as error:
            return self._form(sent, {error.facts.get("field", ""): error.message}, status=error.status)
        return done(_("Saved. %(path)s leads on from now.", path=path), url_for(".index"))

    @expose("/<int:redirect_id>/deletion", methods=("POST",))
    def delete(self, redirect_id: int) -> Response:
        """Forget a redirect; the journal keeps where it led."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            path = redirects.remove(redirect_id)
            if path is not None:
                record("delete", "address", path)
        if path is None:
            return done(_("It was gone already."), url_for(".index"), "warn")
        return done(_("Deleted. %(path)s leads nowhere now.", path=path), url_for(".index"))

    def _form(self, sent: dict[str, Any], errors: dict[str, str], *, status: int = 200) -> Response:
        return self.page("admin/addresses/new.html", status, sent=sent, errors=errors)


def read_redirect(sent: dict[str, str]) -> tuple[str, str | None]:
    """Return address and target of a form; raises `BadAddress`, and `Invalid` for what would mislead visitors."""
    path = clean_path(sent["path"])
    if addresses.has_page(path):
        raise Invalid(_("There is a page at %(path)s, and a page always wins.", path=path), field="path")
    return path, read_target(sent)


def read_target(sent: dict[str, str]) -> str | None:
    """Return where a form leads, `None` for nowhere; raises `BadAddress`, and `Invalid` for no page."""
    if sent.get("answer") != "lead":
        return None
    target = clean_target(sent["target"], external=bool(sent.get("external")))
    page = target.partition("#")[0].partition("?")[0]
    if not is_external(target) and not addresses.is_live(target) and addresses.find_redirect(page) is None:
        raise Invalid(_("There is no page at %(path)s just now.", path=page), field="target")
    return target
