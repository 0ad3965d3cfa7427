"""Sorts products into tiers by how often they are looked at, or by a campaign that pins them.

| tier | whose views, halved every two weeks, are | what is kept of its pictures |
|---|---|---|
| S | 200 and more, some ten a day; or a campaign | every width and format, made before anybody asks |
| 1 | 20 and more | what is there |
| 2 | 2 and more | originals, and what lists show of the first picture; what is asked for comes back for 30 days |
| 3 | fewer | originals, and the first picture in one width; what is asked for comes back for a day |

Up goes at once; down goes one tier at a time, after a grace in which it was too low throughout. Originals always stay.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from store.core.clock import now
from store.core.db import run
from store.core.errors import Invalid
from store.core.i18n import gettext as _

TIERS = ("S", "1", "2", "3")

HALF_LIFE = timedelta(days=14)
REACHED = {"S": 200, "1": 20, "2": 2}
GRACE = {"S": timedelta(days=7), "1": timedelta(days=30), "2": timedelta(days=14)}

# When so long nobody was counted at all, it is the counter that is silent and not the products that are forgotten.
_SILENCE = timedelta(days=7)

LONGEST_PIN = timedelta(days=365)

# Over a row `t` of product_tiers.
_HALF = HALF_LIFE.total_seconds()
SCORE = f"t.score * power(0.5, extract(epoch FROM CAST(:moment AS timestamptz) - t.scored_at) / {_HALF})"

_ADD = f"""
    INSERT INTO product_tiers AS t (product_id, score, scored_at, viewed_at, moved_at)
    SELECT p.id, v.number, :moment, :moment, :moment
      FROM unnest(CAST(:handles AS text[]), CAST(:numbers AS bigint[])) v (handle, number)
      JOIN products p ON p.handle = v.handle AND p.status = 'active'
     ORDER BY p.id
        ON CONFLICT (product_id) DO UPDATE
       SET score = {SCORE} + excluded.score, scored_at = :moment, viewed_at = :moment
"""
_BEGIN = """
    INSERT INTO product_tiers (product_id, scored_at, moved_at, below_since)
    SELECT id, :moment, :moment, NULL FROM products p
     WHERE NOT EXISTS (SELECT FROM product_tiers WHERE product_id = p.id)
        ON CONFLICT (product_id) DO NOTHING
"""
_JUDGED = f"""
    judged AS (
      SELECT t.product_id, t.tier, t.below_since,
             CASE WHEN t.pinned_until > :moment OR {SCORE} >= {REACHED["S"]} THEN 'S'
                  WHEN {SCORE} >= {REACHED["1"]} THEN '1'
                  WHEN {SCORE} >= {REACHED["2"]} THEN '2' ELSE '3' END AS wanted
        FROM product_tiers t)
"""
_RISE = f"""
    WITH {_JUDGED}
    UPDATE product_tiers t SET tier = j.wanted, below_since = NULL, settled = false, moved_at = :moment
      FROM judged j WHERE j.product_id = t.product_id AND strpos('S123', j.wanted) < strpos('S123', j.tier)
    RETURNING t.product_id
"""
_STAY = f"""
    WITH {_JUDGED}
    UPDATE product_tiers t SET below_since = CASE WHEN j.wanted = j.tier THEN NULL ELSE :moment END
      FROM judged j WHERE j.product_id = t.product_id AND (j.wanted = j.tier) = (j.below_since IS NOT NULL)
"""
# The next tier's grace begins with it.
_FALL = f"""
    WITH {_JUDGED}
    UPDATE product_tiers t
       SET tier = substr('123', strpos('S12', j.tier), 1), below_since = :moment, settled = false, moved_at = :moment
      FROM judged j
     WHERE j.product_id = t.product_id AND strpos('S123', j.wanted) > strpos('S123', j.tier)
       AND j.below_since <= CASE j.tier WHEN 'S' THEN CAST(:s AS timestamptz) WHEN '1' THEN CAST(:one AS timestamptz)
                            ELSE CAST(:two AS timestamptz) END
       AND EXISTS (SELECT FROM product_tiers WHERE viewed_at > :silence)
    RETURNING t.product_id
"""
_PIN = """
    INSERT INTO product_tiers (product_id, tier, scored_at, moved_at, pinned_until, pinned_for, settled)
    SELECT id, 'S', :moment, :moment, :until, :reason, false FROM products WHERE id = ANY(:ids) ORDER BY id
        ON CONFLICT (product_id) DO UPDATE
       SET pinned_until = excluded.pinned_until, pinned_for = excluded.pinned_for, below_since = NULL,
           settled = product_tiers.tier = 'S' AND product_tiers.settled,
           moved_at = CASE WHEN product_tiers.tier = 'S' THEN product_tiers.moved_at ELSE excluded.moved_at END,
           tier = 'S'
    RETURNING product_id
"""


def add_views(numbers: Mapping[str, int]) -> None:
    """Add views by handle; what is no product on sale is left out. Inside `transaction()`. 1 statement."""
    if numbers:
        run(_ADD, {"moment": now(), "handles": list(numbers), "numbers": list(numbers.values())})


def move() -> tuple[int, int]:
    """Move products up and down; return how many. Inside `transaction()`. 4 statements."""
    moment = now()
    run(_BEGIN, {"moment": moment})
    risen = run(_RISE, {"moment": moment})
    fallen = run(
        _FALL,
        {
            "moment": moment,
            "s": moment - GRACE["S"],
            "one": moment - GRACE["1"],
            "two": moment - GRACE["2"],
            "silence": moment - _SILENCE,
        },
    )
    run(_STAY, {"moment": moment})
    return len(risen), len(fallen)


def pin(product_ids: list[int], until: datetime, reason: str) -> int:
    """Keep products in S until a moment, whatever their views; return how many there are. Raises `Invalid`."""
    moment = now()
    if until <= moment:
        raise Invalid(_("A campaign ends in the future."), field="until")
    if until > moment + LONGEST_PIN:
        raise Invalid(_("A campaign lasts a year at most."), field="until")
    return len(run(_PIN, {"moment": moment, "until": until, "reason": reason[:120], "ids": product_ids}))


def unpin(product_id: int) -> None:
    """Let a product go back to where its views put it, after the usual grace."""
    run("UPDATE product_tiers SET pinned_until = NULL, pinned_for = '' WHERE product_id = :id", {"id": product_id})
