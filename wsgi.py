"""The application for a WSGI server: `wsgi:app`."""

from store.app import create_app
from store.core.settings import Settings

app = create_app(Settings.from_env())
