"""Documents for whoever has the order's link."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response

from store.invoicing import paper
from store.invoicing.models import Document
from store.invoicing.queries import get_document, list_documents
from store.orders.queries import get_order_by_token
from store.web.policy import secret

blueprint = Blueprint("invoicing", __name__)


@blueprint.app_template_global("order_documents")
def order_documents(order_id: int) -> Sequence[Document]:
    """Return the documents of an order, oldest first. 1 statement."""
    return list_documents(order_id)


@blueprint.get("/orders/<token>/documents/<int:document_id>.pdf")
@secret
def show_document(token: str, document_id: int) -> Response:
    """Send an invoice or a credit note as PDF."""
    document = get_document(get_order_by_token(token).id, document_id)
    response = make_response(paper.invoice_pdf(document))
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{document.kind}-{document.name}.pdf"'
    return response
