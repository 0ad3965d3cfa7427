"""The promises of every route at once: whoever adds one finds out here what it must keep."""

import re

import pytest

from store.app import create_app
from store.core.settings import Settings
from store.web.policy import SAFE_METHODS

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture(scope="module")
def app():
    return create_app(
        Settings(database_url=NO_DATABASE, store_env="development", redis_url="", secret_key="x" * 40)  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def routes(app):
    policies = app.extensions["store.policy"]
    return [(rule, policies[rule.endpoint].kind) for rule in app.url_map.iter_rules()]


def path_of(rule):
    """A path that matches the rule, with something in every gap."""
    filled = re.sub(r"<(?:int|float)(?:\([^)]*\))?:[^>]+>", "1", rule.rule)
    return re.sub(r"<[^>]+>", "x", filled)


def unsafe(routes):
    return [(rule, kind) for rule, kind in routes if not SAFE_METHODS.issuperset(rule.methods)]


def test_every_route_has_a_policy(routes):
    assert {kind for _, kind in routes} <= {"public", "personal", "secret", "machine", "files"}
    assert len(routes) > 20


def test_places_with_something_private_are_never_public(routes):
    private = re.compile(r"/(cart|checkout|orders|account|admin|-)(/|$)")
    assert [rule.rule for rule, kind in routes if kind == "public" and private.match(rule.rule)] == []


def test_orders_checkout_and_back_office_are_kept_by_nobody(routes):
    secret = re.compile(r"/(checkout|orders|admin)(/|$)")
    assert [rule.rule for rule, kind in routes if secret.match(rule.rule) and kind not in ("secret", "files")] == []


def test_only_programs_may_skip_the_origin_check(routes):
    programs = [rule.rule for rule, kind in unsafe(routes) if kind == "machine"]
    assert [rule for rule in programs if not rule.startswith(("/webhooks/", "/csp"))] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://sub.localhost"},
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "https://evil.example", "X-HTTP-Method-Override": "GET", "X-CSRFToken": "x"},
    ],
    ids=str,
)
def test_no_route_takes_a_form_from_another_site(app, routes, headers):
    client = app.test_client()
    taken = []
    for rule, kind in unsafe(routes):
        if kind == "machine":
            continue
        for method in sorted(rule.methods - SAFE_METHODS):
            response = client.open(path_of(rule), method=method, headers=headers)
            if response.status_code != 403:
                taken.append((method, rule.rule, response.status_code))
    assert taken == []


def test_every_secret_route_wants_a_token_besides(app, routes):
    client = app.test_client()
    taken = []
    for rule, kind in unsafe(routes):
        if kind == "secret":
            response = client.post(path_of(rule), headers={"Sec-Fetch-Site": "same-origin"})
            if response.status_code not in (400, 405):
                taken.append((rule.rule, response.status_code))
    assert taken == []


def test_endpoints_are_unique_by_path_and_method(routes):
    seen = [(rule.rule, method) for rule, _ in routes for method in rule.methods - {"OPTIONS", "HEAD"}]
    assert len(seen) == len(set(seen))


def test_a_market_prefix_changes_no_policy(app):
    prefixes = [rule.rule for rule in app.url_map.iter_rules() if re.match(r"/[a-z]{2}(-[a-z]{2})?(/|$)", rule.rule)]
    assert prefixes == [], "these would be taken for a market"
