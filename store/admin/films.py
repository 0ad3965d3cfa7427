"""Films of a product: taken in, described, given captions and an order, taken off."""

import os
from typing import Any

from flask import current_app, request, url_for
from flask_admin import expose
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import FileField

from store.admin.base import ProductScreen, done
from store.admin.current import record, require
from store.admin.queries import films as queries
from store.admin.queries import products
from store.admin.uploads import receive_file
from store.catalog import films as shelves
from store.core.db import transaction
from store.core.errors import Conflict, Invalid, NotFound, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.settings import Settings
from store.films import services, webvtt
from store.media.renditions import MAX_BYTES as MOST_OF_A_PICTURE
from store.staff.roles import Permission
from store.web.forms import Form, StringField
from store.web.security import content_security_policy

# Those that shops are written in most; each under the name it gives itself.
LANGUAGES = ("en", "de", "fr", "it", "es", "pt", "nl", "da", "sv", "nb", "fi", "pl", "cs", "sk", "sl", "hr", "hu", "ro",
             "bg", "el", "tr", "uk", "ru", "ar", "he", "hi", "ja", "ko", "zh", "vi", "th", "id")  # fmt: skip


class FilmForm(Form):
    """A film, what it shows, and the picture before it."""

    film = FileField(lazy_gettext("Film"))
    title = StringField(lazy_gettext("What it shows"), longest=services.LONGEST_TITLE)
    poster = FileField(lazy_gettext("Picture before it plays"))


class CaptionForm(Form):
    """What is said in a film, in one language."""

    captions = FileField(lazy_gettext("Captions"))
    language = StringField(lazy_gettext("Language"), longest=20)


class ProductFilmsScreen(ProductScreen):
    """The films that stand after a product's pictures; they are listed on its own page."""

    @expose("/<int:product_id>/new")
    def new(self, product_id: int) -> Response:
        """Show the form of a film."""
        require(Permission.EDIT_PRODUCTS)
        return self._new_page(product_id, FilmForm(formdata=None))

    @expose("/<int:product_id>/new", methods=("POST",))
    def create(self, product_id: int) -> Response:
        """Take in a film and show it after the others."""
        require(Permission.EDIT_PRODUCTS)
        products.get_handle(product_id)
        form = FilmForm(formdata=request.form)
        file, title = request.files.get("film"), form.title.data or ""
        try:
            form.accept()
            if file is None or not file.filename:
                raise Invalid(_("Choose a film first."), field="film")
            if not title.strip():
                raise Invalid(_("Say in a few words what the film shows."), field="title")
            # Looked into and stored before any row speaks of it.
            taken = services.take_in(file.stream)
            with transaction():
                film = services.add_film(taken, title=title)
                shelves.put_on(product_id, film.id)
                record("add_film", "product", product_id, after={"film": film.title})
            services.keep(taken, file.stream)
        except (Invalid, Conflict, Unavailable) as error:
            _blame(form, error)
            return self._new_page(product_id, form, status=error.status)
        _take_poster(film.id, title)
        return done(_("Film added."), url_for(".edit", product_id=product_id, film_id=film.id))

    @expose("/<int:product_id>/<int:film_id>")
    def edit(self, product_id: int, film_id: int) -> Response:
        """Show a film, its words, its picture and its captions."""
        require(Permission.EDIT_PRODUCTS)
        return self._film_page(product_id, film_id)

    @expose("/<int:product_id>/<int:film_id>", methods=("POST",))
    def update(self, product_id: int, film_id: int) -> Response:
        """Save what a film is said to show, and take in another picture to stand before it."""
        require(Permission.EDIT_PRODUCTS)
        shown = _find(product_id, film_id)
        form = FilmForm(formdata=request.form)
        try:
            form.accept()
            with transaction():
                film = services.describe_film(film_id, title=form.title.data or "")
                if film.title != shown.title:
                    record("edit_film", "product", product_id, before={"film": shown.title}, after={"film": film.title})
            _take_poster(film_id, form.title.data or "")
        except (Invalid, Unavailable) as error:
            _blame(form, error)
            return self._film_page(product_id, film_id, form=form, status=error.status)
        return done(_("Saved."), url_for(".edit", product_id=product_id, film_id=film_id))

    @expose("/<int:product_id>/<int:film_id>/place", methods=("POST",))
    def move(self, product_id: int, film_id: int) -> Response:
        """Let a film change places with its neighbour: `move` is `earlier` or `later`."""
        require(Permission.EDIT_PRODUCTS)
        shown = _find(product_id, film_id)
        with transaction():
            shelves.move(product_id, film_id, earlier=request.form.get("move") == "earlier")
            record("move_film", "product", product_id, after={"film": shown.title})
        return done(_("Saved."), _home(product_id))

    @expose("/<int:product_id>/<int:film_id>/captions", methods=("POST",))
    def create_captions(self, product_id: int, film_id: int) -> Response:
        """Give a film captions in a language, in place of those it had."""
        require(Permission.EDIT_PRODUCTS)
        shown = _find(product_id, film_id)
        form = CaptionForm(formdata=request.form)
        file = request.files.get("captions")
        try:
            form.accept()
            data = file.read(webvtt.MAX_BYTES + 1) if file else b""
            if not data:
                raise Invalid(_("Choose a file of captions first."), field="captions")
            with transaction():
                made = services.set_captions(film_id, form.language.data or "", data)
                record("add_captions", "product", product_id, after={"film": shown.title, "language": made.language})
        except Invalid as error:
            _blame(form, error)
            return self._film_page(product_id, film_id, captions=form, status=error.status)
        return done(
            _("Captions saved."), url_for(".edit", product_id=product_id, film_id=film_id, _anchor="film-captions")
        )

    @expose("/<int:product_id>/<int:film_id>/captions/<language>/removal", methods=("POST",))
    def delete_captions(self, product_id: int, film_id: int, language: str) -> Response:
        """Take the captions of a language away."""
        require(Permission.EDIT_PRODUCTS)
        shown = _find(product_id, film_id)
        with transaction():
            services.drop_captions(film_id, language)
            record("delete_captions", "product", product_id, before={"film": shown.title, "language": language})
        return done(
            _("Captions taken off."), url_for(".edit", product_id=product_id, film_id=film_id, _anchor="film-captions")
        )

    @expose("/<int:product_id>/<int:film_id>/deletion")
    def show_deletion(self, product_id: int, film_id: int) -> Response:
        """Ask before a film is taken off."""
        require(Permission.EDIT_PRODUCTS)
        return self.page("admin/films/deletion.html", product_id=product_id, film=_find(product_id, film_id))

    @expose("/<int:product_id>/<int:film_id>/deletion", methods=("POST",))
    def delete(self, product_id: int, film_id: int) -> Response:
        """Show a film here no more; one that no product shows is deleted with its captions."""
        require(Permission.EDIT_PRODUCTS)
        shown = _find(product_id, film_id)
        with transaction():
            shelves.take_off(product_id, film_id)
            record("delete_film", "product", product_id, before={"film": shown.title})
        return done(_("Film taken off."), _home(product_id))

    def _new_page(self, product_id: int, form: FilmForm, *, status: int = 200) -> Response:
        response = self.page(
            "admin/films/new.html",
            status,
            product_id=product_id,
            title=queries.get_title(product_id),
            form=form,
            limit=services.MAX_BYTES // 1_000_000,
        )
        return _with_preview(response)

    def _film_page(
        self,
        product_id: int,
        film_id: int,
        *,
        form: FilmForm | None = None,
        captions: CaptionForm | None = None,
        status: int = 200,
    ) -> Response:
        film = _find(product_id, film_id)
        here = {one.language for one in film.captions}
        return self.page(
            "admin/films/film.html",
            status,
            product_id=product_id,
            product_title=queries.get_title(product_id),
            film=film,
            form=form or FilmForm(formdata=None, title=film.title),
            caption_form=captions or CaptionForm(formdata=None),
            languages=[(code, services.name_of_language(code), code in here) for code in LANGUAGES],
        )


def films_of(product_id: int) -> Any:
    """Return the films that the section on a product's page lists."""
    return queries.list_films(product_id)


def raise_upload_limit(endpoint: str | None) -> None:
    """Let the routes that take a film or its picture take more bytes than a form may have."""
    if endpoint == "product_films.create":
        request.max_content_length = services.MAX_BYTES + MOST_OF_A_PICTURE + 64 * 1024
    elif endpoint in ("product_films.update", "product_films.create_captions"):
        request.max_content_length = MOST_OF_A_PICTURE + 64 * 1024


def _find(product_id: int, film_id: int) -> queries.FilmRow:
    found = next((one for one in queries.list_films(product_id) if one.id == film_id), None)
    if found is None:
        raise NotFound(_("This film is not here any more."))
    return found


def _take_poster(film_id: int, title: str) -> None:
    file = request.files.get("poster")
    if file is not None and _size_of(file):
        receive_file(file, purpose=services.POSTER, subject_id=film_id, alt=title)


def _size_of(file: FileStorage) -> int:
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(0)
    return size


def _blame(form: Form, error: Invalid | Conflict | Unavailable) -> None:
    if form.errors:
        return
    name = error.facts.get("field", "")
    field = form[name] if name in form else next(iter(form))
    field.errors = [error.message]


def _home(product_id: int) -> str:
    return url_for("products.show", product_id=product_id, _anchor="films")


def _with_preview(response: Response) -> Response:
    """Let the page show a film that still lies on the visitor's own disk."""
    settings: Settings = current_app.extensions["store.settings"]
    policy = content_security_policy(settings.media_public_url, media=("blob:",))
    response.headers["Content-Security-Policy"] = policy
    return response
