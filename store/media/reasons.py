"""Why an upload is not a picture, in the language of whoever looks at it."""

from typing import Any

from store.core.i18n import lazy_gettext as _

REASONS: dict[str, Any] = {
    "empty": _("The file is empty."),
    "too_large": _("The file is larger than we take."),
    "wrong_size": _("Not all of the file has arrived. Please send it once more."),
    "vanished": _("The file never arrived. Please send it once more."),
    "drawing": _("This is an SVG drawing, and those can hold programs. Please save it as PNG."),
    "web_page": _("This is a web page, whatever its name says."),
    "document": _("This is a document. Please save its pictures as JPEG or PNG."),
    "program": _("This is a program, whatever its name says."),
    "archive": _("This is an archive. Please take the pictures out first."),
    "film": _("This is a film, and films are added elsewhere."),
    "camera": _("We can't read this kind of photograph (HEIC or raw). Please save it as JPEG."),
    "unknown": _("This file is not a picture that we can read."),
    "too_many_pixels": _("The picture has more pixels than we take: 40 megapixels as JPEG, fewer in other formats."),
    "too_long": _("The picture is more than 16,000 pixels wide or high."),
    "too_small": _("The picture is less than 10 pixels wide or high."),
    "broken": _("The picture is damaged or cut off."),
    "too_costly": _("The picture takes more memory or time to open than any honest one. Please save it anew."),
    "nothing_in_it": _("There is no picture in this archive."),
    "too_many_files": _("There are more files in this archive than we take: 500 pictures at once."),
    "locked": _("This archive asks for a password."),
    "broken_archive": _("The archive is damaged or cut off."),
    # Not refused: it is tried again.
    "storage_away": _("The pictures' store does not answer. This goes on by itself."),
}
