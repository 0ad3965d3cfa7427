"""What changed is thrown away at Cloudflare: few requests, none lost, none in vain."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from store.core.clock import now
from store.core.db import run, session
from store.core.queue import job_names
from store.core.settings import Settings
from store.edge import handlers, queries, services, zone
from store.edge.cloudflare import Cloudflare
from store.edge.models import EdgePurge
from store.ops.ports import find_free
from tests.edge.conftest import noted
from tests.factories.prices import make_list
from tests.standins.cloudflare import TOKEN, ZONE


def statuses() -> list[str]:
    return list(session.execute(select(EdgePurge.status).order_by(EdgePurge.id)).scalars())


def change(*tags: str) -> None:
    services.note(*tags)
    session.commit()


def test_a_change_goes_out_at_once_and_again_when_all_has_settled(shop, cloudflare, standin, clock):
    change("product-1", "lists", "product-1")
    services.purge_changes(cloudflare)
    assert standin.purges == [["product-1", "lists"]]
    services.purge_changes(cloudflare)
    assert len(standin.purges) == 1
    clock.shift(timedelta(seconds=11))
    services.purge_changes(cloudflare)
    assert standin.purges == [["product-1", "lists"]] * 2
    assert noted() == set()
    clock.shift(timedelta(seconds=60))
    services.purge_changes(cloudflare)
    assert len(standin.purges) == 2
    assert statuses() == ["sent", "sent"]


def test_no_request_names_more_than_a_hundred_tags(shop, cloudflare, standin, purge):
    change(*(f"product-{number}" for number in range(230)))
    services.purge_changes(cloudflare)
    assert [len(tags) for tags in standin.purges] == [100, 100, 30]


def test_what_is_too_much_to_name_throws_the_catalogue_away_and_nothing_else(shop, cloudflare, standin, purge):
    change("image-abc", "page-page-about", *(f"product-{number}" for number in range(600)))
    purge()
    assert [tags for tags in standin.purges if tags != ["catalog"]] == [["image-abc", "page-page-about"]] * 2
    assert ["catalog"] in standin.purges
    assert noted() == set()
    assert len(standin.purges) <= 4


def test_a_busy_day_stays_within_the_smallest_plan_and_loses_nothing(shop, cloudflare, standin, clock):
    told: set[str] = set()
    for second in range(0, 900, 5):
        tags = {f"product-{second}-{number}" for number in range(3)}
        told |= tags
        change(*tags)
        services.purge_changes(cloudflare)
        clock.shift(timedelta(seconds=5))
    for _minute in range(6):
        clock.shift(timedelta(seconds=60))
        services.purge_changes(cloudflare)
    sent = [tag for tags in standin.purges for tag in tags]
    assert told == set(sent)
    assert "failed" not in statuses()
    assert not [1 for row in session.execute(select(EdgePurge)).scalars() if row.attempts > 1], "none was one too many"
    # A bucket of 25, five a minute since, for 15 minutes and six more.
    assert len(standin.purges) <= 25 + 5 * 21


def test_while_cloudflare_is_in_trouble_nothing_is_lost_and_nothing_overtakes(shop, cloudflare, standin, clock):
    standin.fail = [500, 429]
    standin.retry_after = 90
    change("product-1")
    services.purge_changes(cloudflare)
    change("product-2")
    services.purge_changes(cloudflare)
    assert standin.purges == []
    assert len(standin.calls) == 1, "the pause after a failure holds for all"
    clock.shift(timedelta(seconds=91))
    services.purge_changes(cloudflare)
    assert len(standin.calls) == 2
    clock.shift(timedelta(seconds=89))
    services.purge_changes(cloudflare)
    assert len(standin.calls) == 2, "Retry-After is heeded"
    clock.shift(timedelta(seconds=2))
    services.purge_changes(cloudflare)
    assert standin.purges[0] == ["product-1"]
    assert "product-2" in standin.purges[1]


def test_whoever_died_before_the_answer_leaves_the_request_to_another(shop, cloudflare, standin, clock):
    session.add(EdgePurge(tags=["product-1"], status="sending", attempts=1, tried_at=now()))
    session.commit()
    services.purge_changes(cloudflare)
    assert standin.purges == []
    clock.shift(timedelta(seconds=61))
    services.purge_changes(cloudflare)
    assert standin.purges == [["product-1"]]


def test_a_zone_that_is_away_is_tried_twelve_times_and_given_up_with_the_reason(shop, clock):
    away = Cloudflare(f"http://127.0.0.1:{find_free()}/client/v4", ZONE, TOKEN)
    change("product-1")
    for _attempt in range(14):
        services.purge_changes(away)
        clock.shift(timedelta(seconds=3601))
    (row,) = (one for one in queries.list_purges() if one.status == "failed")
    assert row.attempts == 12
    assert row.error == "Cloudflare can't be reached."


def test_what_cloudflare_refuses_is_said_and_holds_nobody_up(shop, cloudflare, standin, clock):
    change("two words")
    services.purge_changes(cloudflare)
    change("product-2")
    services.purge_changes(cloudflare)
    assert statuses() == ["failed", "sent"]
    assert "Invalid cache tag" in (queries.list_purges()[-1].error or "")


def test_a_wrong_token_waits_for_a_right_one(shop, cloudflare, standin, clock):
    change("product-1")
    services.purge_changes(Cloudflare(standin.url, ZONE, "wrong"))
    assert statuses() == ["waiting"]
    clock.shift(timedelta(seconds=11))
    services.purge_changes(cloudflare)
    assert standin.purges[0] == ["product-1"]


def test_without_credentials_purges_are_recorded_and_not_sent(shop, clock):
    change("product-1")
    services.purge_changes(None)
    clock.shift(timedelta(seconds=11))
    services.purge_changes(None)
    assert statuses() == ["recorded"]
    assert noted() == set()
    services.forget_purges(now() + timedelta(days=1))
    assert statuses() == []


def test_prices_that_begin_by_the_clock_are_thrown_away_when_they_do(shop, cloudflare, standin, clock):
    handlers.purge()
    sale = make_list("sale", {}, starts_at=now() + timedelta(hours=1))
    assert sale.status == "active"
    run("DELETE FROM edge_changes")
    session.commit()
    handlers.purge()
    assert standin.purges == []
    clock.shift(timedelta(hours=1, seconds=1))
    handlers.purge()
    assert standin.purges == [["catalog"]]


def test_the_jobs_are_known_and_the_settings_name_the_zone(app):
    assert {"edge.purge", "edge.forget_purges"} <= job_names()
    assert zone.current() is None
    with pytest.raises(ValueError, match="CLOUDFLARE_ZONE_ID"):
        Settings(cloudflare_zone_id=ZONE)
    assert Cloudflare.of(Settings(cloudflare_zone_id=ZONE, cloudflare_api_token=TOKEN)) is not None  # type: ignore[arg-type]
    assert Cloudflare.of(Settings()) is None
