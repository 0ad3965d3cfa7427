"""Files for the media library: new pictures, archives of them, and others in the place of those that are there."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.admin.queries.library import find_picture
from store.admin.uploads import MOST_AT_ONCE, receive_file
from store.core.db import transaction
from store.core.errors import Invalid, Unavailable
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.media import deleting, library, replacing
from store.media.models import Upload
from store.media.queries import get_image
from store.media.renditions import MAX_BYTES
from store.media.uploads import list_uploads, plain_name
from store.staff.roles import Permission

# In megabytes: a picture, and all files of one form.
LIMITS = (MAX_BYTES // 1024 // 1024, MOST_AT_ONCE // 1024 // 1024)

# Of what is about to be deleted a page shows the first.
_MOST_SHOWN = 60


class LibraryFilesScreen(Screen):
    """Takes files for the library; reached from there."""

    permission = Permission.VIEW_PRODUCTS

    def is_visible(self) -> bool:
        """Stay out of the navigation."""
        return False

    @expose("/")
    def index(self) -> Response:
        """Lead to the library."""
        return redirect(url_for("library.index"), 303)

    @expose("/", methods=("POST",))
    def create(self) -> Response:
        """Take in pictures and archives of them; they are in the grid once they have been looked at."""
        require(Permission.EDIT_PRODUCTS)
        folder = _folder()
        taken, problems = 0, []
        for file in (one for one in request.files.getlist("file") if one.filename):
            try:
                receive_file(file, purpose=library.PURPOSE, subject_id=folder)
                taken += 1
            except (Invalid, Unavailable) as error:
                problems.append(f"{plain_name(file.filename or '')}: {error.message}")
        if not taken and not problems:
            raise Invalid(_("Choose a picture first."))
        told = [ngettext("%(num)s file has arrived.", "%(num)s files have arrived.", taken)] if taken else []
        back = urlencode(parse_qsl(request.form.get("back", "")[:1000]))
        href = url_for("library.index") + (f"?{back}" if back else "")
        return done(" ".join([*told, *problems]), href, "bad" if problems else "ok")

    @expose("/<int:image_id>/replacement", methods=("POST",))
    def replace(self, image_id: int) -> Response:
        """Take a file for the place of a picture."""
        require(Permission.EDIT_PRODUCTS)
        get_image(image_id)
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Invalid(_("Choose a picture first."))
        receive_file(file, purpose=replacing.PURPOSE, subject_id=image_id)
        return done(
            _("The file has arrived. It takes its place within seconds."), url_for("library.show", image_id=image_id)
        )

    @expose("/deletion")
    def show_deletion(self) -> Response:
        """Ask before pictures are deleted: those in the address, or all that nothing shows."""
        require(Permission.EDIT_PRODUCTS)
        everything = request.args.get("all") == "unused"
        asked = deleting.list_unused() if everything else _ids(request.args.getlist("picture"))
        found = deleting.find_deletable(asked)
        return self.page(
            "admin/library/deletion.html",
            found=found,
            everything=everything,
            rows=[row for one in found.free[:_MOST_SHOWN] if (row := find_picture(one))],
        )

    @expose("/deletion", methods=("POST",))
    def delete(self) -> Response:
        """Delete pictures that nothing shows; with `all` every one up to the newest that was asked about."""
        require(Permission.EDIT_PRODUCTS)
        chosen = _ids(request.form.getlist("picture"))
        with transaction():
            if request.form.get("all") == "unused" and chosen:
                chosen = deleting.list_unused(until=max(chosen))
            gone = deleting.delete_pictures(chosen)
            if gone:
                record("delete", "images", gone[0], before={"pictures": list(gone)})
        message = ngettext("%(num)s picture deleted.", "%(num)s pictures deleted.", len(gone))
        return done(message if gone else _("Nothing was deleted."), url_for("library.index"))


def list_busy(folder: int | None) -> Sequence[Upload]:
    """Return what was sent into the library, or one folder of it, and is not a picture of it yet."""
    return [one for one in list_uploads(library.PURPOSE, folder or None) if one.state != "ready"]


def list_replacing(image_id: int) -> Sequence[Upload]:
    """Return the files that were sent for the place of a picture and are not there yet."""
    return list_uploads(replacing.PURPOSE, image_id, leave_out=[image_id])


def _ids(given: Sequence[str]) -> list[int]:
    return sorted({int(one) for one in given[: deleting.MOST_AT_ONCE] if re.fullmatch(r"[0-9]{1,18}", one, re.ASCII)})


def _folder() -> int | None:
    given = request.form.get("folder", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        return None
    return library.get_folder(int(given)).id
