"""What every screen of the back office shares: who may open it, how it answers and how it fails."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import flash, make_response, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from store.admin.current import current_staff, may
from store.core.errors import Forbidden, StoreError
from store.core.i18n import gettext as _
from store.staff.roles import Permission
from store.web.errors import title_of


class Screen(BaseView):
    """A screen in the navigation. It opens for roles with its `permission`; each action checks its own besides."""

    permission: ClassVar[Permission]
    icon: ClassVar[str] = "list"

    def is_accessible(self) -> bool:
        """Whether whoever is logged in may open the screen."""
        return may(self.permission)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:  # noqa: ARG002 - Flask-Admin's signature
        """Send strangers to the login, tell the others what their role lacks."""
        if current_staff() is None:
            target = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("desk.show_login", next=target), 303)
        return self.problem(Forbidden(_("Your role does not include this. Ask an owner of the shop if it should.")))

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own calls a view a second time after any TypeError, which hides the first.
        try:
            return fn(self, *args, **kwargs)
        except StoreError as error:
            return self.problem(error)

    def problem(self, error: StoreError) -> Response:
        """Answer with the failure in the frame of the back office."""
        page = self.render("admin/problem.html", title=title_of(error.status), message=error.message)
        return make_response(page, error.status)

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Answer with a page of the back office."""
        return make_response(self.render(template, **context), status)


class ProductScreen(Screen):
    """A screen of one product: reached from the product, not from the navigation."""

    permission = Permission.VIEW_PRODUCTS

    def is_visible(self) -> bool:
        """Stay out of the navigation."""
        return False

    @expose("/")
    def index(self) -> Response:
        """Lead to the products: each has a page of this kind."""
        return redirect(url_for("products.index"), 303)


class OrderScreen(Screen):
    """A part of an order's page: its addresses are below the order's, and the navigation does not know it."""

    permission = Permission.VIEW_ORDERS

    def __init__(self, **place: Any) -> None:
        # Flask-Admin wants to know what the navigation would lead to.
        self._default_view = "show"
        super().__init__(**place)

    def is_visible(self) -> bool:
        """Stay out of the navigation."""
        return False


def done(message: str, url: str, kind: str = "ok") -> Response:
    """Go to `url` and say there what was done; `kind` is that of the notice: ok, warn or bad."""
    flash(message, kind)
    return redirect(url, 303)
