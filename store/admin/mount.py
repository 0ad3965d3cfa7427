"""Puts the back office into the application."""

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Theme

from store.admin import current, films, imports, login, uploads, words
from store.admin.addresses import AddressesScreen
from store.admin.categories import CategoriesScreen
from store.admin.collection_rules import CollectionRulesScreen
from store.admin.collections import CollectionsScreen
from store.admin.delivery import DeliveryScreen
from store.admin.delivery_preview import PreviewScreen
from store.admin.delivery_rates import RatesScreen
from store.admin.delivery_terms import TermsScreen
from store.admin.delivery_zones import ZonesScreen
from store.admin.disputes import DisputesScreen, place_of, reason_of
from store.admin.drafts import DraftsScreen
from store.admin.fields import FieldsScreen, ProductFieldsScreen, describing_of
from store.admin.films import ProductFilmsScreen, films_of
from store.admin.folders import FoldersScreen
from store.admin.garments import GarmentsScreen
from store.admin.journal import JournalScreen
from store.admin.labels import LabelsScreen
from store.admin.library import LibraryScreen
from store.admin.library_files import LibraryFilesScreen
from store.admin.markets import MarketsScreen
from store.admin.order_batches import OrderBatchesScreen
from store.admin.order_cancellations import OrderCancellationsScreen
from store.admin.order_captures import OrderCapturesScreen
from store.admin.order_changes import OrderChangesScreen
from store.admin.order_labels import OrderLabelsScreen, labels_of
from store.admin.order_parcels import OrderParcelsScreen
from store.admin.order_receipts import OrderReceiptsScreen
from store.admin.order_refund_parts import OrderRefundPartsScreen
from store.admin.order_refunds import OrderRefundsScreen
from store.admin.order_rests import OrderRestsScreen
from store.admin.orders import OrdersScreen
from store.admin.pages import PagesScreen
from store.admin.people import PeopleScreen
from store.admin.picture_storage import PictureStorageScreen
from store.admin.price_lists import PriceListsScreen
from store.admin.prices import ProductPricesScreen
from store.admin.product_addresses import ProductAddressesScreen
from store.admin.products import ProductsScreen
from store.admin.queries.disputes import disputes_of
from store.admin.returns import ReturnsScreen
from store.admin.search import SearchScreen
from store.admin.seller import SellerScreen
from store.admin.stock import StockScreen
from store.admin.tax import TaxScreen
from store.admin.to_order import ToOrderScreen
from store.admin.today import TodayScreen
from store.admin.ways_to_pay import WaysToPayScreen
from store.admin.work import WorkScreen
from store.catalog.models import Category, Collection, CustomField
from store.content.models import Page
from store.core.i18n import lazy_gettext as _
from store.media.models import MediaFolder
from store.shipping.models import ShippingMethod, ShippingZone
from store.shop.models import Market, PriceList
from store.staff.models import Staff
from store.web import policy

URL = "/admin"


def init_app(app: Flask) -> None:
    """Mount the screens in the order of a day's work, all of them private and behind the login."""
    current.init_app(app)
    app.register_blueprint(login.blueprint)
    policy.cover(app, URL, policy.SECRET)
    app.jinja_env.globals.update(
        words=words,
        actor_name=words.actor_name,
        describing_of=describing_of,
        labels_of=labels_of,
        films_of=films_of,
        order_disputes=disputes_of,
        dispute_reason=reason_of,
        dispute_place=place_of,
    )
    app.jinja_env.filters.update(age=words.age, ago=words.ago, decimal=words.decimal)
    app.url_value_preprocessor(lambda endpoint, _values: uploads.raise_upload_limit(endpoint))
    app.url_value_preprocessor(lambda endpoint, _values: films.raise_upload_limit(endpoint))
    app.url_value_preprocessor(lambda endpoint, _values: imports.raise_upload_limit(endpoint))
    # The folder does not exist: a page that we did not write can't be rendered.
    theme = Theme(folder="none", base_template="admin/base.html")
    index = TodayScreen(name=_("Today"), endpoint="admin", url=URL)
    desk = Admin(app, name="Vitrine", url=URL, endpoint="admin", index_view=index, theme=theme)
    for screen in (
        OrdersScreen(name=_("Orders"), endpoint="orders_desk", url="orders"),
        OrderBatchesScreen(name=_("Many orders"), endpoint="order_batches", url="orders"),
        OrderParcelsScreen(name=_("Parcels"), endpoint="order_parcels", url="orders"),
        OrderCapturesScreen(name=_("Captures"), endpoint="order_captures", url="orders"),
        OrderRefundPartsScreen(name=_("Refunds"), endpoint="order_refund_parts", url="orders"),
        OrderLabelsScreen(name=_("Labels"), endpoint="order_labels", url="orders"),
        OrderRefundsScreen(name=_("Refunds"), endpoint="order_refunds", url="orders"),
        OrderRestsScreen(name=_("Cancellations"), endpoint="order_rests", url="orders"),
        OrderReceiptsScreen(name=_("Money received"), endpoint="order_receipts", url="orders"),
        OrderCancellationsScreen(name=_("Cancelling"), endpoint="order_cancellations", url="orders"),
        DisputesScreen(name=_("Disputes"), endpoint="disputes", url="disputes"),
        OrderChangesScreen(name=_("Changes"), endpoint="order_changes", url="orders"),
        DraftsScreen(name=_("Drafts"), endpoint="drafts", url="drafts"),
        ReturnsScreen(name=_("Returns"), endpoint="returns_desk", url="returns"),
        WorkScreen(name=_("Follow-up"), endpoint="work", url="follow-up"),
        ProductsScreen(name=_("Products"), endpoint="products", url="products"),
        ToOrderScreen(name=_("Made to order"), endpoint="to_order", url="made-to-order"),
        GarmentsScreen(name=_("What it looks like"), endpoint="garments", url="garments"),
        LibraryScreen(name=_("Media"), endpoint="library", url="media"),
        PictureStorageScreen(name=_("Picture storage"), endpoint="picture_storage", url="picture-storage"),
        LibraryFilesScreen(name=_("Media"), endpoint="library_files", url="media/files"),
        FoldersScreen(MediaFolder, name=_("Folders"), endpoint="media_folders", url="media-folders"),
        CollectionsScreen(Collection, name=_("Collections"), endpoint="collections", url="collections"),
        CollectionRulesScreen(name=_("Rules"), endpoint="collection_rules", url="collection-rules"),
        CategoriesScreen(Category, name=_("Categories"), endpoint="categories", url="categories"),
        FieldsScreen(CustomField, name=_("Custom fields"), endpoint="custom_fields", url="custom-fields"),
        LabelsScreen(name=_("Tags and brands"), endpoint="labels", url="labels"),
        ProductFieldsScreen(name=_("Custom fields"), endpoint="product_fields", url="product-fields"),
        uploads.UploadsScreen(name=_("Uploads"), endpoint="uploads", url="uploads"),
        imports.ImportsScreen(name=_("Import and export"), endpoint="imports", url="imports"),
        PriceListsScreen(PriceList, name=_("Price lists"), endpoint="price_lists", url="price-lists"),
        ProductPricesScreen(name=_("Prices"), endpoint="product_prices", url="prices"),
        SearchScreen(name=_("Search"), endpoint="search_desk", url="search"),
        StockScreen(name=_("Stock"), endpoint="stock", url="stock"),
        AddressesScreen(name=_("Addresses"), endpoint="addresses", url="addresses"),
        ProductFilmsScreen(name=_("Films"), endpoint="product_films", url="films"),
        ProductAddressesScreen(name=_("Address"), endpoint="product_addresses", url="addresses/products"),
        DeliveryScreen(ShippingMethod, name=_("Delivery"), endpoint="delivery", url="delivery"),
        ZonesScreen(ShippingZone, name=_("Zones"), endpoint="delivery_zones", url="delivery-zones"),
        RatesScreen(name=_("Rate tables"), endpoint="delivery_rates", url="delivery-rates"),
        TermsScreen(name=_("Days and parcels"), endpoint="delivery_terms", url="delivery-terms"),
        PreviewScreen(name=_("What does it cost?"), endpoint="delivery_preview", url="delivery-preview"),
        WaysToPayScreen(name=_("Ways to pay"), endpoint="ways_to_pay", url="ways-to-pay"),
        PagesScreen(Page, name=_("Pages"), endpoint="pages", url="pages"),
        MarketsScreen(Market, name=_("Markets"), endpoint="markets", url="markets"),
        TaxScreen(name=_("Tax"), endpoint="tax_desk", url="tax"),
        SellerScreen(name=_("Invoices"), endpoint="seller", url="invoices"),
        PeopleScreen(Staff, name=_("Staff"), endpoint="people", url="staff"),
        JournalScreen(name=_("Journal"), endpoint="journal", url="journal"),
    ):
        desk.add_view(screen)
