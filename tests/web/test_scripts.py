"""app.js and htmx together in Chromium, under the shop's own content security policy."""

import threading
import time
import uuid

import pytest
from flask import Blueprint, make_response, render_template_string, request
from playwright.sync_api import expect
from werkzeug.serving import make_server

from store.app import create_app
from store.core.errors import Conflict
from store.web import cookies, hypermedia
from store.web.policy import personal, public
from tests.web.conftest import settings_for_tests

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en"><head><title>Page {{ number }}</title>
<link rel="stylesheet" href="{{ asset('css/core.css') }}">{{ htmx_config_meta() }}{{ scripts() }}</head><body>
<main><h1>Page {{ number }}</h1><p id="count">count {{ number }}</p><p id="side">side {{ number }}</p>
<a id="next" href="/page/{{ number + 1 }}" hx-get="/page/{{ number + 1 }}" hx-select="#count" hx-target="#count"
 hx-swap="outerHTML" hx-select-oob="#side" hx-push-url="true">next</a>
<a id="cart" href="/cart-page" data-dialog-open="cart-drawer">{{ icon("bag", "Cart") }}</a>
<a id="elsewhere" href="/cart-page" data-dialog-open="no-such-dialog">cart</a>
<span data-stepper><button type="button" id="less" data-step="-1">-</button>
<input id="quantity" type="number" min="1" max="3" value="1"><button type="button" id="more" data-step="1">+</button></span>
{% for name in ("act", "conflict", "focus", "redirect", "invalid") %}
<form id="form-{{ name }}" method="post" action="/{{ name }}" hx-post="/{{ name }}" hx-target="#count" hx-swap="innerHTML"
 hx-status:422="target:#form-invalid swap:outerHTML"><button id="{{ name }}">{{ name }}</button></form>{% endfor %}
<select id="theme" data-theme-choice><option>auto</option><option>light</option><option>dark</option></select>
</main>
<dialog id="cart-drawer" class="drawer"><p>drawer</p><button id="close" type="button" data-dialog-close>x</button></dialog>
<div hx-get="/visitor" hx-trigger="visitor:load from:body, cart:refresh from:body" hx-swap="none"></div>
<span id="badge">unknown</span><div id="toasts"></div>
<template id="toast-network"><div data-toast="12000"><p>out of reach</p>
<button type="button" id="retry" data-retry>again</button></div></template>
</body></html>"""


class Asked(list[str]):
    """What the tab of this test has asked for; late requests of the tab before don't count."""

    tab = ""


def routes(asked: Asked) -> Blueprint:
    shop = Blueprint("scripts", __name__)

    @shop.get("/page/<int:number>")
    @public()
    def page(number):
        return render_template_string(PAGE, number=number)

    @shop.get("/cart-page")
    @personal
    def cart_page():
        return render_template_string(PAGE, number=7)

    @shop.get("/give")
    @personal
    def give():
        response = make_response("here")
        cookies.write(response, "has_cart", "1", max_age=60, readable=True)
        return response

    @shop.get("/visitor")
    @personal
    def visitor():
        if request.cookies.get("tab") == asked.tab:
            asked.append(request.headers["HX-Source"])
        return f'<span id="badge" hx-swap-oob="true">{len(asked)}</span>'

    @shop.post("/act")
    @personal
    def act():
        hypermedia.trigger("dialog:open", id="cart-drawer")
        hypermedia.trigger("cart:refresh")
        return "acted"

    @shop.post("/conflict")
    @personal
    def conflict():
        raise Conflict("Sold out just now.")

    @shop.post("/focus")
    @personal
    def focus():
        hypermedia.focus("#quantity")
        return "focused"

    @shop.post("/invalid")
    @personal
    def invalid():
        hypermedia.focus("#name")
        return '<form id="form-invalid"><input id="name" aria-invalid="true"></form>', 422

    @shop.post("/redirect")
    @personal
    def redirect():
        return hypermedia.redirect_after("/page/9")

    return shop


@pytest.fixture(scope="module")
def asked():
    return Asked()


@pytest.fixture(scope="module")
def shop_url(asked):
    app = create_app(settings_for_tests(log_level="ERROR"), load=lambda app: app.register_blueprint(routes(asked)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def tab(browser, shop_url, asked, complaints):
    asked.clear()
    asked.tab = uuid.uuid4().hex
    context = browser.new_context(base_url=shop_url)
    context.add_cookies([{"name": "tab", "value": asked.tab, "url": shop_url}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto("/page/1")
    yield page
    context.close()
    assert complaints == []


def is_open(tab):
    return tab.evaluate("document.getElementById('cart-drawer').open")


def test_two_parts_of_a_public_page_change_at_once_and_the_address_with_them(tab):
    tab.click("#next")
    tab.wait_for_url("**/page/2")
    assert tab.inner_text("#count") == "count 2"
    assert tab.inner_text("#side") == "side 2"
    assert tab.title() == "Page 2"


def test_a_page_that_comes_back_from_history_has_the_focus_on_its_heading(tab):
    tab.click("#next")
    tab.wait_for_url("**/page/2")
    tab.go_back()
    expect(tab.locator("h1")).to_be_focused()
    assert tab.inner_text("#count") == "count 1"


def test_the_drawer_opens_closes_and_gives_the_focus_back(tab):
    tab.click("#cart")
    assert is_open(tab)
    tab.keyboard.press("Escape")
    assert not is_open(tab)
    assert tab.evaluate("document.activeElement.id") == "cart"
    tab.click("#cart")
    tab.click("#close")
    assert not is_open(tab)
    tab.click("#cart")
    tab.mouse.click(4, 4)
    assert not is_open(tab)


def test_a_link_whose_dialog_is_not_here_leads_to_its_page(tab):
    tab.click("#elsewhere")
    tab.wait_for_url("**/cart-page")


def test_the_stepper_stays_within_its_bounds(tab):
    for _ in range(5):
        tab.click("#more")
    assert tab.input_value("#quantity") == "3"
    for _ in range(5):
        tab.click("#less")
    assert tab.input_value("#quantity") == "1"


def test_the_server_opens_the_drawer_and_refreshes_the_badge(tab, asked):
    tab.click("#act")
    expect(tab.locator("#badge")).to_have_text("1")
    assert is_open(tab)
    assert tab.inner_text("#count") == "acted"


def test_a_failure_is_a_toast_and_the_page_stays(tab):
    tab.click("#conflict")
    tab.wait_for_selector("#toasts [data-toast]")
    assert "Sold out just now." in tab.inner_text("#toasts")
    assert tab.inner_text("#count") == "count 1"
    tab.click("#toasts [data-dismiss]")
    assert tab.locator("#toasts [data-toast]").count() == 0


def test_a_form_in_error_replaces_itself_and_gets_the_focus_at_the_field(tab):
    tab.click("#invalid")
    expect(tab.locator("#name")).to_be_focused()
    assert tab.inner_text("#count") == "count 1"


def test_the_server_says_where_the_focus_goes(tab):
    tab.click("#focus")
    expect(tab.locator("#quantity")).to_be_focused()


def test_after_a_form_the_browser_really_goes_to_the_next_page(tab):
    tab.click("#redirect")
    tab.wait_for_url("**/page/9")
    assert tab.inner_text("h1") == "Page 9"


def test_nobody_without_a_cart_asks_for_one(tab, asked):
    tab.wait_for_timeout(200)
    assert asked == []
    assert tab.inner_text("#badge") == "unknown"


@pytest.mark.parametrize("late", ["app", "htmx"])
def test_whoever_has_a_cart_asks_for_it_however_late_a_script_arrives(tab, asked, late):
    def slow(route):
        time.sleep(0.5)
        route.continue_()

    tab.goto("about:blank")
    assert tab.context.request.get("/give").ok
    tab.context.route(f"**/js/{late}-*.js", slow)
    tab.goto("/page/1")
    expect(tab.locator("#badge")).to_have_text("1")


def test_whoever_has_a_cart_asks_once_a_page_and_again_after_coming_back(tab, asked):
    # From nowhere: the page that is left might still ask when it finds the cookie.
    tab.goto("about:blank")
    assert tab.context.request.get("/give").ok
    tab.goto("/page/1")
    expect(tab.locator("#badge")).to_have_text("1")
    tab.click("#next")
    tab.wait_for_url("**/page/2")
    assert len(asked) == 1
    tab.go_back()
    expect(tab.locator("#badge")).to_have_text("2")


def test_out_of_reach_offers_to_try_again(tab):
    tab.context.set_offline(True)
    tab.click("#act")
    tab.wait_for_selector("#retry")
    assert "out of reach" in tab.inner_text("#toasts")
    tab.context.set_offline(False)
    tab.click("#retry")
    expect(tab.locator("#count")).to_have_text("acted")
    assert tab.locator("#toasts [data-toast]").count() == 0


def test_a_chosen_theme_holds_on_the_next_page_before_it_is_painted(tab):
    tab.select_option("#theme", "dark")
    tab.goto("/page/2", wait_until="commit")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    tab.wait_for_load_state()
    assert tab.input_value("#theme") == "dark"
    tab.select_option("#theme", "auto")
    assert tab.evaluate("document.documentElement.dataset.theme") is None


def test_icons_are_drawn_from_the_sprite(tab):
    for _ in range(20):
        if tab.evaluate("document.querySelector('#cart use').getBBox().width") > 0:
            return
        tab.wait_for_timeout(50)
    raise AssertionError("the sprite was not drawn")


def test_an_injected_script_or_style_does_nothing(tab, complaints):
    tab.evaluate(
        """() => {
        const box = document.createElement('div');
        box.setAttribute('onclick', 'window.ran = 1');
        box.setAttribute('style', 'position: fixed');
        document.body.append(box);
        const script = document.createElement('script');
        script.textContent = 'window.ran = 1';
        document.body.append(script);
        box.click();
    }"""
    )
    assert tab.evaluate("window.ran") is None
    assert tab.evaluate("getComputedStyle(document.body.lastElementChild.previousElementSibling).position") == "static"
    # Here the refusals are what is wanted.
    complaints.clear()
