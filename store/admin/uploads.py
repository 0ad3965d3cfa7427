"""Files on their way in, as a browser with a script sends them: one by one, past the shop where the store allows it."""

import os
from dataclasses import asdict
from typing import Any

from flask import current_app, jsonify, make_response, request, url_for
from flask_admin import expose
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from store.admin.base import ProductScreen, done
from store.admin.current import record, require, the_staff
from store.admin.queries import products
from store.admin.queries.library import find_picture
from store.catalog.galleries import PURPOSE as PRODUCT
from store.core.db import transaction
from store.core.errors import Invalid, Unavailable
from store.core.i18n import gettext as _
from store.media import incoming, library, replacing, uploads
from store.media.models import Upload
from store.media.reasons import REASONS
from store.media.uploads import KINDS
from store.staff.roles import Permission
from store.web.forms import Form, IntegerField, StringField
from store.web.security import content_security_policy

# What one form without a script may bring: ten pictures of the largest kind.
MOST_AT_ONCE = 10 * KINDS["picture"].most_bytes

# What files may be for; whoever waits for them hears `UploadReady`.
PURPOSES = (PRODUCT, library.PURPOSE, replacing.PURPOSE)

_LONGEST_NAME = 1000
_ENDPOINTS = ("products.create_picture", "uploads.create_file", "library_files.create", "library_files.replace")


class UploadForm(Form):
    """A file that a browser is about to send."""

    type = StringField(longest=100)
    size = IntegerField(maximum=10**10 - 1)
    subject_id = IntegerField(maximum=10**10 - 1)
    alt = StringField(longest=500)


class UploadsScreen(ProductScreen):
    """Uploads one by one: for the script of a page that has a form for files."""

    @expose("/", methods=("POST",))
    def create(self) -> Response:
        """Note a file; answer with where the browser may send it."""
        require(Permission.EDIT_PRODUCTS)
        form = UploadForm.from_request()
        purpose = request.form.get("purpose", "")
        kind = request.form.get("kind") or kind_of(form.type.data or "", purpose)
        try:
            form.accept()
            if kind not in KINDS or purpose not in PURPOSES:
                raise Invalid(_("Nobody waits for such a file."))
            with transaction():
                upload = uploads.open_upload(
                    # As it is: what is odd in a name is taken out of it, and is no reason to refuse a file.
                    request.form.get("name", "")[:_LONGEST_NAME],
                    size=form.size.data or 0,
                    content_type=form.type.data or "",
                    actor=the_staff().actor,
                    kind=kind,
                    purpose=purpose,
                    subject_id=form.subject_id.data,
                    alt=form.alt.data or "",
                )
                _record(upload)
        except Invalid as error:
            return _answer({"problem": error.message}, error.status)
        ticket = incoming.current().ticket(upload.token, upload.content_type, upload.size)
        return _answer(
            {
                "direct": asdict(ticket) if ticket else None,
                "through": url_for(".create_file", token=upload.token),
                "arrival": url_for(".create_arrival", token=upload.token),
            },
            201,
        )

    @expose("/<token>/file", methods=("POST",))
    def create_file(self, token: str) -> Response:
        """Take the bytes of a file that was noted, where browsers can't send them to the store."""
        require(Permission.EDIT_PRODUCTS)
        upload = uploads.get_upload(token)
        file = request.files.get("file")
        try:
            if file is None or upload.state != "waiting" or _size_of(file) != upload.size:
                raise Invalid(str(REASONS["wrong_size"]))
            incoming.current().take(upload.token, file.stream, upload.content_type)
        except (Invalid, Unavailable) as error:
            return _answer({"problem": error.message}, error.status)
        return _answer({}, 201)

    @expose("/<token>/arrival", methods=("POST",))
    def create_arrival(self, token: str) -> Response:
        """Have a file looked at, now that the browser has sent it; answer with its tile."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            upload = uploads.arrived(token)
        return self._tile(upload)

    @expose("/<token>")
    def show(self, token: str) -> Response:
        """Show how far a file is: a tile, which becomes the picture once that hangs in its place."""
        require(Permission.EDIT_PRODUCTS)
        return self._tile(uploads.get_upload(token))

    @expose("/<token>/dismissal", methods=("POST",))
    def create_dismissal(self, token: str) -> Response:
        """Forget a file that was refused or got stuck."""
        require(Permission.EDIT_PRODUCTS)
        with transaction():
            upload = uploads.dismiss(token)
        incoming.current().delete(token)
        if request.headers.get("HX-Request"):
            return make_response("")
        return done(_("Taken off the list."), _page_of(upload))

    def _tile(self, upload: Upload) -> Response:
        in_place = upload.purpose == replacing.PURPOSE and upload.image_id == upload.subject_id
        if upload.state == "ready" and (upload.purpose == library.PURPOSE or in_place):
            row = find_picture(upload.image_id) if upload.image_id and not in_place else None
            return self.page("admin/library/_arrived.html", upload=upload, row=row, in_place=in_place)
        pictures = products.pictures_of(upload.subject_id) if upload.purpose == PRODUCT and upload.subject_id else ()
        place = next((number for number, one in enumerate(pictures) if one[0] == upload.image_id), None)
        if upload.state != "ready" or place is None:
            return self.page("admin/uploads/_tile.html", upload=upload, reasons=REASONS)
        return self.page(
            "admin/products/_picture.html",
            product_id=upload.subject_id,
            shown=pictures[place],
            number=place + 1,
            count=len(pictures),
            title=upload.name,
        )


def kind_of(content_type: str, purpose: str) -> str:
    """Return what to take a file as by what the browser calls it: the library takes archives of pictures as well."""
    return "archive" if purpose == library.PURPOSE and content_type in KINDS["archive"].types else "picture"


def receive_file(
    file: FileStorage, *, purpose: str, subject_id: int | None = None, alt: str = "", kind: str = ""
) -> Upload:
    """Take a file out of a form that was sent without a script; raises `Invalid` or `Unavailable`."""
    upload = uploads.receive(
        file.stream,
        file.filename or "",
        size=_size_of(file),
        content_type=file.mimetype,
        actor=the_staff().actor,
        kind=kind or kind_of(file.mimetype, purpose),
        purpose=purpose,
        subject_id=subject_id,
        alt=alt,
    )
    with transaction():
        _record(upload)
    return upload


def let_files_out(response: Response) -> Response:
    """Let the script of a page with a form for files send them to the store."""
    origin = incoming.current().origin()
    if origin is not None:
        base = current_app.extensions["store.settings"].media_public_url
        response.headers["Content-Security-Policy"] = content_security_policy(base, connect_targets=[origin])
    return response


def raise_upload_limit(endpoint: str | None) -> None:
    """Let the routes that take files take more bytes than a form may have."""
    if endpoint in _ENDPOINTS:
        request.max_content_length = MOST_AT_ONCE + 64 * 1024


def _size_of(file: FileStorage) -> int:
    size = file.stream.seek(0, os.SEEK_END)
    file.stream.seek(0)
    return size


def _page_of(upload: Upload) -> str:
    if upload.purpose == PRODUCT:
        return url_for("products.show", product_id=upload.subject_id, _anchor="pictures")
    if upload.purpose == replacing.PURPOSE:
        return url_for("library.show", image_id=upload.subject_id)
    return url_for("library.index", folder=upload.subject_id)


def _record(upload: Upload) -> None:
    subject = upload.purpose or "upload"
    record("add_picture", subject, upload.subject_id or upload.id, after={"file": upload.name})


def _answer(facts: dict[str, Any], status: int) -> Response:
    return make_response(jsonify(facts), status)
