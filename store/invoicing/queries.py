"""Documents and who issues them."""

from collections.abc import Sequence

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.invoicing.models import Document, Seller
from store.shop.queries import get_shop


def get_document(order_id: int, document_id: int) -> Document:
    """Return a document of this order; raises `NotFound`. 1 statement."""
    found = session.execute(
        select(Document).where(Document.id == document_id, Document.order_id == order_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(_("This document is not here."))
    return found


def list_documents(order_id: int) -> Sequence[Document]:
    """Return the documents of an order, oldest first. 1 statement."""
    return session.execute(select(Document).where(Document.order_id == order_id).order_by(Document.id)).scalars().all()


def find_seller() -> Seller | None:
    """Return who issues documents, if that has been written down."""
    return session.get(Seller, 1)


def seller_words() -> dict[str, str]:
    """Return what a document says of its issuer now; the shop's name stands in for what is not written down."""
    seller, shop = find_seller(), get_shop()
    return {
        "name": (seller.legal_name if seller else "") or shop.name,
        "shop": shop.name,
        "address": seller.address if seller else "",
        "vat_id": seller.vat_id if seller else "",
        "footer": seller.footer if seller else "",
        "invoice_prefix": seller.invoice_prefix if seller else "",
        "email": shop.email,
        "time_zone": shop.time_zone,
    }
