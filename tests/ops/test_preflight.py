"""A production shop refuses to start with what would hurt its customers, in one line each."""

import pytest

from store.core.settings import Settings
from store.ops import preflight
from store.ops.refusal import Refusal

GOOD = {
    "store_env": "production",
    "secret_key": "3d1f8a6b9c0e7254a1b2c3d4e5f60718",
    "database_url": "postgresql://shop:pass@db/shop",
    "public_url": "https://shop.example",
}


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch):
    monkeypatch.delenv("FLASK_DEBUG", raising=False)


def test_good_settings_pass():
    preflight.require_production(Settings(**GOOD))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "a" * 64}, "SECRET_KEY"),
        ({"secret_key": "please-changeme-please-changeme-0123456789"}, "SECRET_KEY"),
        ({"database_url": ""}, "DATABASE_URL"),
        ({"database_url": "sqlite:///shop.db"}, "DATABASE_URL"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"public_url": "shop.example"}, "PUBLIC_URL"),
        ({"public_url": "https://shop.example/shop"}, "PUBLIC_URL"),
        ({"test_gateway": True}, "TEST_GATEWAY"),
        ({"store_fault": "orders.expire.after_release"}, "STORE_FAULT"),
        ({"trusted_proxy_cidrs": ("everyone",)}, "TRUSTED_PROXY_CIDRS"),
        ({"web_workers": 0}, "WEB_WORKERS"),
    ],
)
def test_each_fault_is_named_in_a_line_of_its_own(changes, word):
    (fault,) = preflight.faults(Settings(**(GOOD | changes)))
    assert word in fault
    assert "\n" not in fault
    with pytest.raises(Refusal):
        preflight.require_production(Settings(**(GOOD | changes)))


def test_debugging_is_refused(monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert preflight.faults(Settings(**GOOD)) == ["FLASK_DEBUG is set; it shows the program's inside to visitors."]


def test_all_faults_are_told_at_once():
    with pytest.raises(Refusal) as refused:
        preflight.require_production(Settings(store_env="production", secret_key="", database_url="", public_url=""))
    assert len(str(refused.value).splitlines()) == 4
