"""What each role may do: one table, asked by every screen and every action of the back office."""

from enum import StrEnum
from typing import Any

from store.core.i18n import lazy_gettext as _


class Permission(StrEnum):
    """One thing that a member of staff may or may not do."""

    VIEW_ORDERS = "view_orders"
    NOTE_ORDERS = "note_orders"
    EDIT_ORDERS = "edit_orders"
    SHIP_ORDERS = "ship_orders"
    CANCEL_ORDERS = "cancel_orders"
    REFUND_ORDERS = "refund_orders"
    VIEW_PRODUCTS = "view_products"
    EDIT_PRODUCTS = "edit_products"
    VIEW_STOCK = "view_stock"
    ADJUST_STOCK = "adjust_stock"
    VIEW_SETTINGS = "view_settings"
    EDIT_SETTINGS = "edit_settings"
    EDIT_CONTENT = "edit_content"
    VIEW_SALES = "view_sales"
    VIEW_JOURNAL = "view_journal"
    MANAGE_STAFF = "manage_staff"


_LOOK = frozenset(
    {
        Permission.VIEW_ORDERS,
        Permission.VIEW_PRODUCTS,
        Permission.VIEW_STOCK,
        Permission.VIEW_SETTINGS,
        Permission.VIEW_SALES,
    }
)

ROLES: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "manager": frozenset(Permission) - {Permission.MANAGE_STAFF},
    "fulfilment": frozenset(
        {
            Permission.VIEW_ORDERS,
            Permission.NOTE_ORDERS,
            Permission.SHIP_ORDERS,
            Permission.VIEW_PRODUCTS,
            Permission.VIEW_STOCK,
            Permission.ADJUST_STOCK,
        }
    ),
    "support": frozenset(
        {Permission.VIEW_ORDERS, Permission.NOTE_ORDERS, Permission.VIEW_PRODUCTS, Permission.VIEW_STOCK}
    ),
    "read_only": _LOOK,
}

LABELS: dict[str, Any] = {
    "owner": _("Owner: everything, staff included"),
    "manager": _("Manager: everything but staff"),
    "fulfilment": _("Fulfilment: ships orders and counts stock"),
    "support": _("Support: reads orders and writes notes"),
    "read_only": _("Read only: sees, changes nothing"),
}


def allows(role: str, permission: Permission) -> bool:
    """Whether a role may do something; an unknown role may do nothing."""
    return permission in ROLES.get(role, frozenset())
