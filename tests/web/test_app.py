import pytest

from store.app import create_app
from store.core.settings import PROJECT_ROOT
from store.web.security import BadSettings
from tests.web.conftest import make_probe_app, settings_for_tests


@pytest.mark.parametrize("key", ["", "short", "x" * 64, "changeme" * 8, "0123456789" * 3])
def test_production_refuses_to_start_without_a_strong_key(key):
    with pytest.raises(BadSettings, match="SECRET_KEY"):
        create_app(settings_for_tests(store_env="production", secret_key=key))


def test_development_has_a_key_that_all_its_processes_share(tmp_path):
    first, second = (make_probe_app(secret_key="", store_data_dir=tmp_path) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert first.secret_key != make_probe_app(secret_key="", store_data_dir=tmp_path / "other").secret_key


def test_a_shop_without_a_database_says_which_setting_is_missing():
    with pytest.raises(BadSettings, match="DATABASE_URL is not set"):
        create_app(settings_for_tests(database_url=""))


def test_the_factory_stays_a_list_of_steps():
    assert len((PROJECT_ROOT / "store" / "app.py").read_text().splitlines()) < 100


def test_the_test_bank_has_no_address_in_production():
    settings = settings_for_tests(store_env="production", public_url="https://shop.example")
    live = {rule.rule for rule in create_app(settings).url_map.iter_rules()}
    assert not [rule for rule in live if "test-gateway" in rule]
    assert "/products/<handle>" in live
