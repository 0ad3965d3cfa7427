"""The back office: Flask-Admin behind the staff login, in the shop's own look, under `/admin/`.

Its screens are doors onto the services of the domains: money, stock and states change by named actions there and
nowhere else. Nothing of Flask-Admin's own templates, styles or scripts is served.
"""

from store.admin.mount import init_app

__all__ = ["init_app"]
