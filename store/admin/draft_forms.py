"""What staff enter of a draft beside its lines."""

from flask import request
from wtforms import HiddenField, RadioField
from wtforms.validators import ValidationError

from store.admin.order_forms import made_here
from store.changes.models import OrderDraft
from store.checkout.forms import ContactForm
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.shop.queries import get_market, get_shop
from store.web.forms import Form, IntegerField, StringField, TextAreaField

TERMS = (
    ("link", lazy_gettext("Mail the customer a link to pay")),
    ("paid", lazy_gettext("It has been paid: the money is here")),
    ("terms", lazy_gettext("On terms: send it now, the money comes later")),
)


class NoteForm(Form):
    """A remark for colleagues."""

    text = TextAreaField(lazy_gettext("Note for colleagues"), longest=2000)


class OrderForm(Form):
    """How the order of a draft is paid. `request_id` makes its money come in once, however often the form is sent."""

    terms = RadioField(lazy_gettext("How is it paid?"), choices=TERMS)
    days = IntegerField(lazy_gettext("Days to pay by the link"), minimum=1, maximum=60)
    reference = StringField(lazy_gettext("Reference of the money"), longest=100)
    request_id = HiddenField(validators=[made_here])

    def validate_reference(self, field: StringField) -> None:
        """Ask where the money can be found again."""
        if self.terms.data == "paid" and not field.data:
            raise ValidationError(_("Say where this money is found, such as a receipt's number."))


def contact_form(draft: OrderDraft, *, sent: bool) -> ContactForm:
    """Return the form of checkout's contact step, for the countries of the draft's market."""
    market = get_market(draft.market)
    data = {"email": draft.email, **draft.address, **draft.billing}
    data.setdefault("country", get_shop().country)
    form = ContactForm(formdata=request.form) if sent else ContactForm(formdata=None, data=data)
    form.offer_countries(market.countries or (get_shop().country,))
    return form
