"""What each role may open and do: asked over HTTP, for every screen and every action."""

import re

import pytest

from store.staff.roles import ROLES, Permission, allows
from tests.admin.conftest import SAME_ORIGIN

# The permission that each screen and each action asks for. A new route has to say here what it needs.
NEEDS = {
    "admin.index": Permission.VIEW_ORDERS,
    "orders_desk.index": Permission.VIEW_ORDERS,
    "orders_desk.show": Permission.VIEW_ORDERS,
    "disputes.index": Permission.VIEW_ORDERS,
    "order_parcels.show_packing_slip": Permission.VIEW_ORDERS,
    "order_parcels.show_print": Permission.VIEW_ORDERS,
    "order_parcels.create_shipment": Permission.SHIP_ORDERS,
    "order_labels.show": Permission.SHIP_ORDERS,
    "order_labels.create": Permission.SHIP_ORDERS,
    "order_parcels.show_parcel_slip": Permission.VIEW_ORDERS,
    "order_parcels.create_parcel": Permission.SHIP_ORDERS,
    "order_parcels.create_packing": Permission.SHIP_ORDERS,
    "order_parcels.create_pickup": Permission.SHIP_ORDERS,
    "order_parcels.create_readiness": Permission.SHIP_ORDERS,
    "order_parcels.create_handover": Permission.SHIP_ORDERS,
    "order_parcels.create_parcel_shipment": Permission.SHIP_ORDERS,
    "order_parcels.create_undoing": Permission.SHIP_ORDERS,
    "order_parcels.create_parcel_cancellation": Permission.SHIP_ORDERS,
    "order_parcels.create_delivery": Permission.SHIP_ORDERS,
    "order_parcels.create_tracking": Permission.SHIP_ORDERS,
    "order_batches.show_papers": Permission.VIEW_ORDERS,
    "order_batches.show_shipment": Permission.SHIP_ORDERS,
    "order_batches.create_shipment": Permission.SHIP_ORDERS,
    "order_cancellations.show_cancellation": Permission.CANCEL_ORDERS,
    "order_cancellations.create_cancellation": Permission.CANCEL_ORDERS,
    "order_rests.show": Permission.CANCEL_ORDERS,
    "order_rests.create": Permission.CANCEL_ORDERS,
    "order_captures.show": Permission.REFUND_ORDERS,
    "order_captures.create_capture": Permission.REFUND_ORDERS,
    "order_refund_parts.show": Permission.REFUND_ORDERS,
    "order_refund_parts.create_reckoning": Permission.REFUND_ORDERS,
    "order_refund_parts.create_refund": Permission.REFUND_ORDERS,
    "order_refunds.show_refund": Permission.REFUND_ORDERS,
    "order_refunds.create_refund": Permission.REFUND_ORDERS,
    "drafts.index": Permission.VIEW_ORDERS,
    "drafts.show": Permission.VIEW_ORDERS,
    "order_changes.show": Permission.VIEW_ORDERS,
    **dict.fromkeys(
        [
            *("drafts.create", "drafts.update_lines", "drafts.create_piece", "drafts.update_delivery"),
            *("drafts.update_contact", "drafts.update_note", "drafts.discard", "drafts.create_order"),
            *("order_changes.create", "order_changes.update_lines", "order_changes.create_piece"),
            *("order_changes.update_delivery", "order_changes.create_request", "order_changes.create_waiver"),
            *("order_changes.create_cancellation", "order_changes.drop", "order_changes.create_copy"),
        ],
        Permission.EDIT_ORDERS,
    ),
    "orders_desk.create_note": Permission.NOTE_ORDERS,
    "orders_desk.create_mail_attempt": Permission.NOTE_ORDERS,
    "orders_desk.create_settlement": Permission.NOTE_ORDERS,
    "returns_desk.index": Permission.VIEW_ORDERS,
    "returns_desk.show": Permission.VIEW_ORDERS,
    "returns_desk.approve": Permission.NOTE_ORDERS,
    "returns_desk.reject": Permission.NOTE_ORDERS,
    "returns_desk.receive": Permission.SHIP_ORDERS,
    "returns_desk.settle": Permission.NOTE_ORDERS,
    "returns_desk.show_rules": Permission.VIEW_SETTINGS,
    "returns_desk.save_rules": Permission.EDIT_SETTINGS,
    "work.index": Permission.VIEW_ORDERS,
    "work.create_attempt": Permission.EDIT_SETTINGS,
    "products.index": Permission.VIEW_PRODUCTS,
    "products.show": Permission.VIEW_PRODUCTS,
    "products.new": Permission.EDIT_PRODUCTS,
    "products.create": Permission.EDIT_PRODUCTS,
    "products.update": Permission.EDIT_PRODUCTS,
    "products.create_picture": Permission.EDIT_PRODUCTS,
    "products.update_picture": Permission.EDIT_PRODUCTS,
    "products.show_picture_deletion": Permission.EDIT_PRODUCTS,
    "products.delete_picture": Permission.EDIT_PRODUCTS,
    "picture_storage.index": Permission.VIEW_PRODUCTS,
    "picture_storage.create_campaign": Permission.EDIT_PRODUCTS,
    "picture_storage.end_campaign": Permission.EDIT_PRODUCTS,
    "library.index": Permission.VIEW_PRODUCTS,
    "library.show": Permission.VIEW_PRODUCTS,
    "library.choose": Permission.EDIT_PRODUCTS,
    "library.sort": Permission.EDIT_PRODUCTS,
    "library.aim": Permission.EDIT_PRODUCTS,
    "media_folders.index_view": Permission.VIEW_PRODUCTS,
    "media_folders.create_view": Permission.EDIT_PRODUCTS,
    "media_folders.edit_view": Permission.EDIT_PRODUCTS,
    "media_folders.delete_view": Permission.EDIT_PRODUCTS,
    "library_files.show_deletion": Permission.EDIT_PRODUCTS,
    "library_files.delete": Permission.EDIT_PRODUCTS,
    "library_files.index": Permission.VIEW_PRODUCTS,
    "library_files.create": Permission.EDIT_PRODUCTS,
    "library_files.replace": Permission.EDIT_PRODUCTS,
    "library.update": Permission.EDIT_PRODUCTS,
    "uploads.index": Permission.VIEW_PRODUCTS,
    "uploads.create": Permission.EDIT_PRODUCTS,
    "uploads.create_file": Permission.EDIT_PRODUCTS,
    "uploads.create_arrival": Permission.EDIT_PRODUCTS,
    "uploads.show": Permission.EDIT_PRODUCTS,
    "uploads.create_dismissal": Permission.EDIT_PRODUCTS,
    "garments.index": Permission.VIEW_PRODUCTS,
    "garments.show": Permission.VIEW_PRODUCTS,
    "garments.create_view": Permission.EDIT_PRODUCTS,
    "garments.update_view": Permission.EDIT_PRODUCTS,
    "garments.update_photo": Permission.EDIT_PRODUCTS,
    "garments.delete_artwork": Permission.EDIT_PRODUCTS,
    "garments.choose_layer": Permission.EDIT_PRODUCTS,
    "to_order.index": Permission.VIEW_PRODUCTS,
    "to_order.show": Permission.VIEW_PRODUCTS,
    "to_order.show_kit": Permission.VIEW_PRODUCTS,
    "to_order.begin": Permission.EDIT_PRODUCTS,
    "to_order.update_terms": Permission.EDIT_PRODUCTS,
    "to_order.update_axes": Permission.EDIT_PRODUCTS,
    "to_order.update_exclusions": Permission.EDIT_PRODUCTS,
    "to_order.update_exception": Permission.EDIT_PRODUCTS,
    "to_order.create_blanks": Permission.EDIT_PRODUCTS,
    "to_order.update_blanks": Permission.EDIT_PRODUCTS,
    "to_order.update_kit": Permission.EDIT_PRODUCTS,
    "collections.index_view": Permission.VIEW_PRODUCTS,
    "collections.create_view": Permission.EDIT_PRODUCTS,
    "collections.edit_view": Permission.EDIT_PRODUCTS,
    "collections.delete_view": Permission.EDIT_PRODUCTS,
    "collections.update_products": Permission.EDIT_PRODUCTS,
    "categories.index_view": Permission.VIEW_PRODUCTS,
    "categories.create_view": Permission.EDIT_PRODUCTS,
    "categories.edit_view": Permission.EDIT_PRODUCTS,
    "categories.delete_view": Permission.EDIT_PRODUCTS,
    "categories.move": Permission.EDIT_PRODUCTS,
    "custom_fields.index_view": Permission.VIEW_PRODUCTS,
    "custom_fields.create_view": Permission.EDIT_PRODUCTS,
    "custom_fields.edit_view": Permission.EDIT_PRODUCTS,
    "custom_fields.delete_view": Permission.EDIT_PRODUCTS,
    "labels.index": Permission.VIEW_PRODUCTS,
    "labels.rename": Permission.EDIT_PRODUCTS,
    "product_fields.index": Permission.VIEW_PRODUCTS,
    "product_fields.edit": Permission.EDIT_PRODUCTS,
    "price_lists.index_view": Permission.VIEW_PRODUCTS,
    "price_lists.create_view": Permission.EDIT_PRODUCTS,
    "price_lists.edit_view": Permission.EDIT_PRODUCTS,
    "price_lists.delete_view": Permission.EDIT_PRODUCTS,
    "price_lists.add_products": Permission.EDIT_PRODUCTS,
    "price_lists.remove_product": Permission.EDIT_PRODUCTS,
    "product_prices.index": Permission.VIEW_PRODUCTS,
    "product_prices.show": Permission.VIEW_PRODUCTS,
    "product_prices.show_history": Permission.VIEW_PRODUCTS,
    "product_prices.update": Permission.EDIT_PRODUCTS,
    "search_desk.index": Permission.VIEW_PRODUCTS,
    "search_desk.save_synonym": Permission.EDIT_PRODUCTS,
    "search_desk.save_pin": Permission.EDIT_PRODUCTS,
    "search_desk.remove": Permission.EDIT_PRODUCTS,
    "collection_rules.index": Permission.VIEW_PRODUCTS,
    "collection_rules.edit": Permission.EDIT_PRODUCTS,
    "collection_rules.look_again": Permission.EDIT_PRODUCTS,
    "collection_rules.choose_by_hand": Permission.EDIT_PRODUCTS,
    "addresses.index": Permission.VIEW_PRODUCTS,
    "addresses.missed": Permission.VIEW_PRODUCTS,
    "addresses.remove_missed": Permission.EDIT_PRODUCTS,
    "addresses.new": Permission.EDIT_PRODUCTS,
    "addresses.create": Permission.EDIT_PRODUCTS,
    "addresses.delete": Permission.EDIT_PRODUCTS,
    "product_addresses.index": Permission.VIEW_PRODUCTS,
    "product_addresses.rename": Permission.EDIT_PRODUCTS,
    "product_addresses.retire": Permission.EDIT_PRODUCTS,
    "product_addresses.merge": Permission.EDIT_PRODUCTS,
    "product_addresses.beside": Permission.VIEW_PRODUCTS,
    "product_addresses.update_beside": Permission.EDIT_PRODUCTS,
    "product_films.index": Permission.VIEW_PRODUCTS,
    **dict.fromkeys(
        [
            *("product_films.new", "product_films.create", "product_films.edit", "product_films.update"),
            *("product_films.move", "product_films.create_captions", "product_films.delete_captions"),
            *("product_films.show_deletion", "product_films.delete"),
        ],
        Permission.EDIT_PRODUCTS,
    ),
    "imports.index": Permission.VIEW_PRODUCTS,
    "imports.create": Permission.EDIT_PRODUCTS,
    "imports.show": Permission.VIEW_PRODUCTS,
    "imports.show_progress": Permission.VIEW_PRODUCTS,
    "imports.create_application": Permission.EDIT_PRODUCTS,
    "imports.create_undo": Permission.EDIT_PRODUCTS,
    "imports.export": Permission.VIEW_PRODUCTS,
    "stock.index": Permission.VIEW_STOCK,
    "stock.show": Permission.VIEW_STOCK,
    "stock.create_adjustment": Permission.ADJUST_STOCK,
    "delivery.index_view": Permission.VIEW_SETTINGS,
    "delivery.create_view": Permission.EDIT_SETTINGS,
    "delivery.edit_view": Permission.EDIT_SETTINGS,
    "delivery.delete_view": Permission.EDIT_SETTINGS,
    "delivery.update_price": Permission.EDIT_SETTINGS,
    "delivery_zones.index_view": Permission.VIEW_SETTINGS,
    "delivery_zones.create_view": Permission.EDIT_SETTINGS,
    "delivery_zones.edit_view": Permission.EDIT_SETTINGS,
    "delivery_zones.delete_view": Permission.EDIT_SETTINGS,
    "delivery_rates.show": Permission.VIEW_SETTINGS,
    "delivery_rates.update": Permission.EDIT_SETTINGS,
    "delivery_terms.index": Permission.VIEW_SETTINGS,
    "delivery_terms.update": Permission.EDIT_SETTINGS,
    "delivery_preview.index": Permission.VIEW_SETTINGS,
    "pages.index_view": Permission.VIEW_SETTINGS,
    "pages.create_view": Permission.EDIT_CONTENT,
    "pages.edit_view": Permission.EDIT_CONTENT,
    "pages.delete_view": Permission.EDIT_CONTENT,
    "markets.index_view": Permission.VIEW_SETTINGS,
    "markets.create_view": Permission.EDIT_SETTINGS,
    "markets.edit_view": Permission.EDIT_SETTINGS,
    "markets.delete_view": Permission.EDIT_SETTINGS,
    "markets.suggest": Permission.VIEW_SETTINGS,
    **dict.fromkeys(
        ["tax_desk.index", "tax_desk.choose_country", "tax_desk.show_rates", "tax_desk.preview"],
        Permission.VIEW_SETTINGS,
    ),
    **dict.fromkeys(
        [
            *("tax_desk.update", "tax_desk.create_registration", "tax_desk.delete_registration"),
            *("tax_desk.create_rate", "tax_desk.delete_rate", "tax_desk.apply"),
        ],
        Permission.EDIT_SETTINGS,
    ),
    "ways_to_pay.index": Permission.VIEW_SETTINGS,
    "ways_to_pay.show": Permission.VIEW_SETTINGS,
    "ways_to_pay.update": Permission.EDIT_SETTINGS,
    "ways_to_pay.save": Permission.EDIT_SETTINGS,
    "order_receipts.show": Permission.REFUND_ORDERS,
    "order_receipts.create": Permission.REFUND_ORDERS,
    "order_receipts.confirm_payout": Permission.REFUND_ORDERS,
    "order_receipts.give_back_difference": Permission.REFUND_ORDERS,
    "seller.index": Permission.VIEW_SETTINGS,
    "seller.update": Permission.EDIT_SETTINGS,
    "people.index_view": Permission.MANAGE_STAFF,
    "people.create_view": Permission.MANAGE_STAFF,
    "people.edit_view": Permission.MANAGE_STAFF,
    "people.update_password": Permission.MANAGE_STAFF,
    "journal.index": Permission.VIEW_JOURNAL,
}
DOOR = {"desk.show_login", "desk.create_login", "desk.create_logout"}


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin") and rule.endpoint not in DOOR]


def path_of(rule):
    return re.sub(r"<[^>]+>", "1", rule.rule)


def test_every_route_of_the_back_office_has_a_known_permission(app):
    assert {rule.endpoint for rule in rules(app)} == set(NEEDS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_and_does_what_it_may_and_nothing_else(app, desk_of, role):
    """Nothing exists under id 1, so what is allowed answers 404, 422 or a page, and what is not answers 403."""
    desk = desk_of(role)
    token = desk.token("/admin/")
    wrong = []
    for rule in rules(app):
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = desk.client.open(path_of(rule), method=method, data={"csrf_token": token}, headers=SAME_ORIGIN)
            allowed = allows(role, NEEDS[rule.endpoint])
            # Forms can be looked at by whoever may see the screen; saving them is another matter.
            if rule.endpoint.endswith("edit_view") and method == "GET":
                continue
            if (answer.status_code == 403) == allowed:
                wrong.append((method, rule.rule, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_holds_only_what_the_role_may_open(app, desk_of, role):
    desk = desk_of(role)
    page = desk.get("/admin/").get_data(as_text=True)
    nav = page.partition('class="desk-nav"')[2].partition("</nav>")[0]
    links = re.findall(r'href="([^"]+)"', nav)
    assert len(links) >= 4
    assert [link for link in links if desk.get(link).status_code != 200] == []
    assert ("/admin/staff/" in links) == (role == "owner")


def test_what_a_role_may_not_do_is_explained_in_the_frame_of_the_back_office(desk_of):
    desk = desk_of("support")
    answer = desk.get("/admin/staff/")
    assert answer.status_code == 403
    assert "Your role does not include this." in answer.get_data(as_text=True)
    assert "desk-nav" in answer.get_data(as_text=True)


def test_no_action_is_taken_without_the_sessions_token(app, desk):
    taken = []
    for rule in rules(app):
        if "POST" not in rule.methods:
            continue
        for data in ({}, {"csrf_token": "forged"}):
            answer = desk.client.post(path_of(rule), data=data, headers=SAME_ORIGIN)
            if answer.status_code != 400:
                taken.append((rule.rule, answer.status_code))
    assert taken == []


def test_nothing_of_flask_admins_own_pages_is_served(app):
    from jinja2 import TemplateNotFound

    assert [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "admin.static"] == []
    for template in ("admin/layout.html", "admin/master.html", "admin/model/create.html"):
        with pytest.raises(TemplateNotFound):
            app.jinja_env.get_template(template)
