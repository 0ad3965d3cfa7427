"""The first screen: what waits today, each number a link to where it is dealt with."""

from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen
from store.admin.current import may
from store.admin.queries import today
from store.staff.roles import Permission
from store.web import markets


class TodayScreen(Screen):
    """What waits today."""

    permission = Permission.VIEW_ORDERS
    icon = "home"

    @expose("/")
    def index(self) -> Response:
        """Show the figures that the role may see."""
        return self.page(
            "admin/today.html",
            figures=today.figures(),
            shelf=today.shelf() if may(Permission.VIEW_STOCK) else None,
            sales=today.sales(markets.current_shop().time_zone) if may(Permission.VIEW_SALES) else None,
        )
