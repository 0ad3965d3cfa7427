"""In production the test gateway does not exist."""

import pytest

from store.app import create_app
from store.core.clock import now
from store.core.errors import NotFound
from store.core.settings import Settings
from store.payments import providers
from store.payments.testbank import signing
from store.web.security import BadSettings

KEY = "v8Qe-3nT_pZ1xKc7RwYb5uLd0aHs9fGm2jEi4oXt"


def production(**more):
    return Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        store_env="production",
        public_url="http://shop.example",
        secret_key=KEY,  # type: ignore[arg-type]
        **more,
    )


@pytest.mark.usefixtures("settings_again")
def test_it_is_not_offered_and_has_no_addresses():
    app = create_app(production())
    assert not [rule for rule in app.url_map.iter_rules() if "test-gateway" in rule.rule]
    assert not providers.all_providers()["test"].configured()
    with app.app_context():
        with pytest.raises(NotFound):
            providers.get_provider("test")


@pytest.mark.usefixtures("settings_again")
def test_its_notifications_are_not_taken_however_well_signed():
    app = create_app(production())
    body = b'{"event_id": "e", "payment_id": "p"}'
    signature = signing.sign(signing.secret_from(KEY), int(now().timestamp()), body)
    answer = app.test_client().post(
        "/webhooks/payments/test", data=body, headers={signing.HEADER: signature, "Host": "shop.example"}
    )
    assert answer.status_code == 404


@pytest.mark.usefixtures("settings_again")
def test_asking_for_it_refuses_to_start():
    with pytest.raises(BadSettings, match="TEST_GATEWAY"):
        create_app(production(test_gateway=True))


@pytest.mark.usefixtures("settings_again")
def test_a_script_that_takes_cards_over_http_refuses_to_start():
    with pytest.raises(BadSettings, match="STRIPE_JS_URL"):
        create_app(production(stripe_js_url="http://js.example/stripe.js"))
