"""The one list of packages whose routes and handlers load."""

import importlib
import importlib.util
from typing import Any

from flask import Blueprint, Flask

DOMAINS = (
    "media",
    "films",
    "redirects",
    "catalog",
    "search",
    "content",
    "tax",
    "cart",
    "checkout",
    "care",
    "returns",
    "orders",
    "payments",
    "shipping",
    "invoicing",
    "notifications",
    "changes",
    "staff",
    "importer",
    "edge",
    "seed",
    "seed",
)

# In production their addresses must not even exist.
DEVELOPMENT_DOMAINS = ("payments.testbank",)

BACK_OFFICE = "store.admin"


def load(app: Flask) -> None:
    """Import every domain's handlers, register its blueprint, and mount the back office."""
    for domain in DOMAINS if app.config["IS_PRODUCTION"] else DOMAINS + DEVELOPMENT_DOMAINS:
        if importlib.util.find_spec(f"store.{domain}") is None:
            raise RuntimeError(f"store.{domain} is listed in store/domains.py and does not exist")
        _import(domain, "handlers")
        routes = _import(domain, "routes")
        if routes is not None:
            blueprint: Blueprint = routes.blueprint
            app.register_blueprint(blueprint)
    importlib.import_module(BACK_OFFICE).init_app(app)


def _import(domain: str, module: str) -> Any:
    name = f"store.{domain}.{module}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
