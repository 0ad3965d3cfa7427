import pytest

from store.web.proxies import TrustedProxies, is_behind_proxy
from tests.web.conftest import make_probe_app

PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")


@pytest.fixture(scope="module")
def behind_proxies():
    return make_probe_app(
        trusted_proxy_cidrs=PROXIES, public_url="https://shop.example", trusted_hosts=("localhost",)
    ).test_client()


def ask(client, peer, **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/probe/peer", headers=sent, environ_overrides={"REMOTE_ADDR": peer})


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "true_peer"),
    [
        ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.1.1.1", "198.51.100.1, 203.0.113.9, 10.2.2.2, 10.3.3.3", "203.0.113.9"),
        ("10.1.1.1", "2001:db8::7", "2001:db8::7"),
        ("2001:db8:ffff::1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "unknown", "10.1.1.1"),
        ("10.1.1.1", "<script>, 203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "203.0.113.9, nonsense", "10.1.1.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("2001:db8:1::1", "203.0.113.9", "2001:db8:1::1"),
    ],
)
def test_the_visitor_is_the_last_hop_that_is_no_proxy_of_ours(behind_proxies, peer, forwarded_for, true_peer):
    assert ask(behind_proxies, peer, X_Forwarded_For=forwarded_for).json["peer"] == true_peer


def test_scheme_and_host_come_from_listed_proxies_only(behind_proxies):
    listed = ask(behind_proxies, "10.1.1.1", X_Forwarded_Proto="https", X_Forwarded_Host="shop.example")
    assert (listed.json["scheme"], listed.json["host"]) == ("https", "shop.example")
    stranger = ask(behind_proxies, "192.0.2.1", X_Forwarded_Proto="https", X_Forwarded_Host="shop.example")
    assert (stranger.json["scheme"], stranger.json["host"]) == ("http", "localhost")


def test_even_a_listed_proxy_can_not_bring_an_unknown_host(behind_proxies):
    assert ask(behind_proxies, "10.1.1.1", X_Forwarded_Host="evil.example").status_code == 400


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "X-Forwarded-Scheme", "Forwarded"],
)
def test_headers_that_poison_caches_change_nothing_and_are_not_repeated(probe, header):
    plain = probe.get("/probe/public")
    poisoned = probe.get("/probe/public", headers={header: "evil.example/x"})
    assert poisoned.data == plain.data
    assert poisoned.headers["ETag"] == plain.headers["ETag"]
    assert "evil" not in str(poisoned.headers)


def test_a_request_id_is_taken_from_a_listed_proxy_and_made_for_everyone_else(behind_proxies, probe):
    assert ask(behind_proxies, "10.1.1.1", X_Request_Id="trace-12345678").headers["X-Request-Id"] == "trace-12345678"
    assert ask(behind_proxies, "192.0.2.1", X_Request_Id="trace-12345678").headers["X-Request-Id"] != "trace-12345678"
    assert len(probe.get("/healthz").headers["X-Request-Id"]) == 16
    bad = ask(behind_proxies, "10.1.1.1", X_Request_Id='a b"c<script>').headers["X-Request-Id"]
    assert "script" not in bad


def test_a_range_that_is_none_stops_the_start():
    with pytest.raises(ValueError, match="nonsense"):
        make_probe_app(trusted_proxy_cidrs=("nonsense",))


def test_only_a_listed_peer_is_known_to_be_a_proxy():
    seen = []
    layer = TrustedProxies(lambda environ, _start: seen.append(is_behind_proxy(environ)) or [], ["10.0.0.0/8"])
    for peer in ("10.0.0.1", "203.0.113.9"):
        layer({"REMOTE_ADDR": peer}, None)
    assert seen == [True, False]
