"""What can go wrong when pictures are kept in order."""

from store.core.errors import Conflict
from store.core.i18n import gettext as _


class FolderTaken(Conflict):
    """Another folder has this name; facts: `name`, and `field`."""

    def __init__(self, name: str) -> None:
        super().__init__(_("There is a folder “%(name)s” already.", name=name), name=name, field="name")
