"""What can go wrong when the catalogue is changed."""

from collections.abc import Sequence

from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.i18n import ngettext


class SkuTaken(Conflict):
    """Another variant has this SKU; facts: `sku`, and `handle` of the product that has it."""

    def __init__(self, sku: str, handle: str) -> None:
        super().__init__(
            _("The SKU %(sku)s belongs to the product %(handle)s.", sku=sku, handle=handle), sku=sku, handle=handle
        )
        self.sku = sku


class ProductChanged(Conflict):
    """Somebody else has saved the product since it was read; facts: `handle`."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            _("This product was changed by somebody else in the meantime. Please look at it again."), handle=handle
        )


class CategoryBelowItself(Conflict):
    """A category would stand below itself; facts: `title`."""

    def __init__(self, title: str) -> None:
        super().__init__(_("%(title)s can't stand below itself.", title=title), title=title)


class TreeTooDeep(Conflict):
    """The tree of categories would get more levels than it may have; facts: `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("Categories go at most %(limit)s levels deep.", limit=limit), limit=limit)


class HandleTaken(Conflict):
    """Something else of the same kind has this address; facts: `handle`, and `field`."""

    def __init__(self, handle: str) -> None:
        super().__init__(_("Another one has the address %(handle)s already.", handle=handle), handle=handle)
        self.facts["field"] = "handle"


class GraphChanged(Conflict):
    """What was chosen has been changed in the back office at this moment; facts: `handle`."""

    def __init__(self, handle: str) -> None:
        super().__init__(_("This product has just been changed. Please look at it again."), handle=handle)


class PicturesWithoutWords(Invalid):
    """A product would go on sale with pictures of which nothing is said; facts: `image_ids`, and `field`."""

    def __init__(self, image_ids: Sequence[int]) -> None:
        super().__init__(
            ngettext(
                "%(num)s picture has no words yet. Say what it shows, then the product goes on sale.",
                "%(num)s pictures have no words yet. Say what they show, then the product goes on sale.",
                len(image_ids),
            ),
            image_ids=list(image_ids),
            field="words",
        )
        self.image_ids = list(image_ids)
