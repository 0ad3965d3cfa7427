"""What does a parcel cost? The same question that checkout asks, for a parcel that staff describe."""

from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen
from store.admin.product_forms import read_price
from store.checkout.promise import arrival_text
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money
from store.shipping.areas import COUNTRIES, Destination
from store.shipping.contents import Contents
from store.shipping.queries import Method, explain_methods
from store.staff.roles import Permission
from store.web import markets
from store.web.forms import Form, IntegerField, StringField


class ParcelForm(Form):
    """A parcel and where it goes."""

    country = StringField(lazy_gettext("Country"), longest=2)
    region = StringField(lazy_gettext("State or province"), longest=60)
    postcode = StringField(lazy_gettext("Postcode"), longest=12)
    grams = IntegerField(lazy_gettext("Weight, g"), maximum=10**7)
    value = StringField(lazy_gettext("Value of the goods"), longest=20)
    pieces = IntegerField(lazy_gettext("Pieces"), maximum=10_000)
    currency = StringField(lazy_gettext("Currency"), longest=3)


class PreviewScreen(Screen):
    """Try what shoppers will be asked for."""

    permission = Permission.VIEW_SETTINGS

    def is_visible(self) -> bool:
        """Stay out of the navigation: Delivery leads here."""
        return False

    @expose("/")
    def index(self) -> Response:
        """Show what each way to deliver asks for the parcel in the address of this page, or why it does not take it."""
        shop = markets.current_shop()
        form = ParcelForm.from_request()
        country = (form.country.data or shop.country).upper()
        currency = (form.currency.data or shop.currency).upper()
        form.country.data, form.currency.data = country, currency
        problem, rows, value = "", [], Money.zero(shop.currency)
        try:
            if not form.validate() or country not in COUNTRIES:
                raise Invalid(_("Please check the parcel: a country such as AT, whole grams and pieces."))
            value = Money(read_price(form.value.data or "0", currency) or 0, currency)
            to = Destination(country, form.region.data or "", form.postcode.data or "")
            contents = Contents(form.grams.data or 0, value.minor, 1 if form.pieces.data is None else form.pieces.data)
            rows = [_row(name, answer, value) for name, answer in explain_methods(currency, to, contents)]
        except Invalid as error:
            problem = error.message
        return self.page(
            "admin/delivery/preview.html",
            form=form,
            rows=rows,
            problem=problem,
            value=value,
            currencies=sorted({market.currency for market in markets.known_markets()}),
        )


def _row(name: str, answer: Method | str, value: Money) -> dict[str, object]:
    if isinstance(answer, Method):
        return {
            "name": name,
            "method": answer,
            "price": answer.price_for(value),
            "days": arrival_text(answer),
            "why": "",
        }
    why = {
        "elsewhere": _("does not deliver there"),
        "heavy": _("too heavy for it"),
        "large": _("larger than its last row"),
    }[answer]
    return {"name": name, "method": None, "why": why}
