"""Rules as code: the zone is made like the files, the difference is shown first, and rules of others stay."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from store.edge import rules
from store.edge.cloudflare import Cloudflare
from store.edge.errors import EdgeAway, EdgeRefused
from tests.standins.cloudflare import TOKEN, ZONE, CloudflareStandIn

SHOP = "https://shop.example"


@pytest.fixture
def standin():
    made = CloudflareStandIn()
    yield made
    made.close()


@pytest.fixture
def zone(standin):
    return Cloudflare(standin.url, ZONE, TOKEN)


def write(folder: Path, *named: str, expression: str = "true", more: str = "") -> list[rules.Wanted]:
    body = "".join(
        f'[[rules]]\nref = "vitrine_{name}"\naction = "block"\nexpression = \'{expression}\'\n{more}\n'
        for name in named
    )
    (folder / "waf.toml").write_text(f'phase = "http_request_firewall_custom"\n{body}')
    return rules.read(SHOP, folder)


def refs(standin) -> list[str]:
    (ruleset,) = standin.rulesets.values()
    return [rule["ref"] for rule in ruleset["rules"]]


def changes(zone, wanted) -> list[tuple[str, str]]:
    return [(change.kind, change.ref) for one in rules.compare(zone, wanted) for change in one.changes]


def make(zone, wanted) -> None:
    rules.apply(zone, rules.compare(zone, wanted))


def test_the_files_make_a_zone_and_then_nothing_is_left_to_do(zone, standin):
    wanted = rules.read(SHOP)
    assert {one.phase for one in wanted} == {
        "http_request_cache_settings",
        "http_request_firewall_custom",
        "http_ratelimit",
    }
    differences = rules.compare(zone, wanted)
    assert {change.kind for one in differences for change in one.changes} == {"add"}
    rules.apply(zone, differences)
    assert len(standin.rulesets) == 3
    calls = len(standin.calls)
    again = rules.compare(zone, wanted)
    assert [one.changes for one in again] == [(), (), ()]
    assert rules.apply(zone, again) == 0
    assert len(standin.calls) == calls + 3, "only the three that look"


def test_comparing_changes_nothing(zone, standin):
    rules.compare(zone, rules.read(SHOP))
    assert standin.rulesets == {}
    assert {method for method, _path in standin.calls} == {"GET"}


def test_rules_of_others_stay_as_they_are_and_where_they_are(zone, standin, tmp_path):
    theirs = {"ref": "their_own", "action": "log", "expression": "true", "description": "by hand"}
    zone.create_rules("http_request_firewall_custom", [theirs, {**theirs, "ref": "another"}])
    before = json.dumps(next(iter(standin.rulesets.values()))["rules"])
    make(zone, write(tmp_path, "one", "two"))
    assert refs(standin) == ["their_own", "another", "vitrine_one", "vitrine_two"]
    make(zone, write(tmp_path, "two"))
    make(zone, write(tmp_path, "three", "two", expression="ssl"))
    assert [rule for rule in next(iter(standin.rulesets.values()))["rules"] if rule["ref"].startswith("vitrine_")]
    assert json.dumps(next(iter(standin.rulesets.values()))["rules"][:2]) == before
    assert rules.compare(zone, rules.read(SHOP, tmp_path))[0].others == 2


def test_what_differs_is_said_and_mended_whatever_it_is(zone, standin, tmp_path):
    wanted = write(tmp_path, "one", "two")
    make(zone, wanted)
    (ruleset,) = standin.rulesets.values()
    ruleset["rules"][0]["expression"] = "false"
    ruleset["rules"][1]["enabled"] = False
    lines = list(rules.words(rules.compare(zone, wanted)))
    assert lines[1:] == [
        "  ~ vitrine_one",
        "      - expression: false",
        "      + expression: true",
        "  ~ vitrine_two",
        "      - enabled: False",
        "      + enabled: True",
    ]
    make(zone, wanted)
    assert changes(zone, wanted) == []
    (ruleset,) = standin.rulesets.values()
    assert [rule["enabled"] for rule in ruleset["rules"]] == [True, True]
    assert [rule["version"] for rule in ruleset["rules"]] == ["2", "2"], "an id outlives its versions"


def test_a_rule_that_is_written_no_more_is_taken_away(zone, standin, tmp_path):
    make(zone, write(tmp_path, "one", "two"))
    wanted = write(tmp_path, "two")
    assert changes(zone, wanted) == [("remove", "vitrine_one")]
    make(zone, wanted)
    assert refs(standin) == ["vitrine_two"]


@pytest.mark.parametrize("order", ["ba", "cab", "acb", "cba", "bxac", "xcb"])
def test_rules_stand_in_the_order_of_the_file(zone, standin, tmp_path, order):
    make(zone, write(tmp_path, "a", "b", "c"))
    wanted = write(tmp_path, *order)
    make(zone, wanted)
    assert refs(standin) == [f"vitrine_{name}" for name in order]
    assert changes(zone, wanted) == []


def test_what_cloudflare_adds_inside_of_a_setting_is_no_difference(zone, standin):
    wanted = rules.read(SHOP)
    make(zone, wanted)
    for ruleset in standin.rulesets.values():
        for rule in ruleset["rules"]:
            rule["logging"] = {"enabled": True}
            if "action_parameters" in rule:
                rule["action_parameters"] = {**rule["action_parameters"], "taken_for_granted": 1}
            if "ratelimit" in rule:
                rule["ratelimit"] = {
                    **rule["ratelimit"],
                    "requests_to_origin": False,
                    "characteristics": ["ip.src", "cf.colo.id"],
                }
    assert changes(zone, wanted) == []


def test_a_file_without_our_mark_or_a_host_is_refused(tmp_path):
    (tmp_path / "x.toml").write_text('phase = "p"\n[[rules]]\nref = "mine"\nexpression = "true"\naction = "log"\n')
    with pytest.raises(ValueError, match=r"x\.toml"):
        rules.read(SHOP, tmp_path)
    for base in ("", "http://localhost:8000"):
        with pytest.raises(ValueError, match="no address"):
            rules.read(base)


def test_our_rules_fit_the_smallest_plan():
    by_phase = {one.phase: one.rules for one in rules.read(SHOP)}
    assert len(by_phase["http_request_firewall_custom"]) <= 5
    assert len(by_phase["http_request_cache_settings"]) <= 10
    (rate,) = by_phase["http_ratelimit"]
    assert rate["ratelimit"]["period"] == 10
    assert rate["ratelimit"]["mitigation_timeout"] == 10
    assert set(re.findall(r"[a-z]+\.[a-z.]+", rate["expression"])) == {"http.request.uri.path"}
    for wanted in by_phase.values():
        for rule in wanted:
            assert " matches " not in rule["expression"], "regular expressions are for larger plans"
            assert "{host}" not in rule["expression"]
            assert rule["expression"].count("(") == rule["expression"].count(")")
            assert len(rule["expression"]) <= 4096


def test_a_wrong_token_and_a_refused_rule_are_said(standin, zone, tmp_path):
    with pytest.raises(EdgeAway, match="Authentication error"):
        rules.compare(Cloudflare(standin.url, ZONE, "wrong"), rules.read(SHOP))
    with pytest.raises(EdgeRefused, match="unknown field"):
        make(zone, write(tmp_path, "one", more="colour = 'red'"))


def command(standin, *arguments: str, **more: str):
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "STORE_ENV")}
    environment |= {
        "CLOUDFLARE_API_BASE": standin.url,
        "CLOUDFLARE_ZONE_ID": ZONE,
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "PUBLIC_URL": SHOP,
        **more,
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "store.cli", "edge", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        input="n\n",
    )


def test_an_operator_sees_the_difference_says_yes_and_is_done(standin):
    seen = command(standin, "diff")
    assert seen.returncode == 1, seen.stderr
    assert "+ vitrine_private" in seen.stdout
    asked = command(standin, "apply")
    assert "+ vitrine_private" in asked.stdout
    assert asked.returncode == 1
    assert standin.rulesets == {}, "who says no changes nothing"
    done = command(standin, "apply", "--yes")
    assert done.returncode == 0, done.stderr
    assert len(standin.rulesets) == 3
    assert command(standin, "apply", "--yes").stdout.endswith("Nothing to do.\n")
    assert command(standin, "diff").returncode == 0
    assert command(standin, "purge", "--yes").returncode == 0
    assert standin.everything == 1
    refused = command(standin, "diff", CLOUDFLARE_ZONE_ID="", CLOUDFLARE_API_TOKEN="")
    assert refused.stderr == "store: CLOUDFLARE_ZONE_ID and CLOUDFLARE_API_TOKEN are not set.\n"
