"""What is in a kit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Over a row `p` of products: what its kits hold.
PARTS_JSON = """
    (SELECT json_agg(json_build_array(kp.kit_id, kp.quantity, part.title,
        (SELECT string_agg(ov.value, ' / ' ORDER BY o.position, o.id)
         FROM variant_values vv JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = vv.option_id
         WHERE vv.variant_id = kp.part_id),
        CASE WHEN part.status = 'active' AND part.published_at <= now() THEN part.handle END)
        ORDER BY kp.position, kp.part_id)
     FROM variants kit JOIN kit_parts kp ON kp.kit_id = kit.id
     JOIN variants pv ON pv.id = kp.part_id JOIN products part ON part.id = pv.product_id
     WHERE kit.product_id = p.id AND kit.deleted_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a variant in a kit; `handle` is that of its product where shoppers can look at it."""

    quantity: int
    title: str
    variant_title: str
    handle: str | None


def parts_from(found: Sequence[Any] | None) -> Mapping[int, tuple[Part, ...]]:
    """Return the parts that `PARTS_JSON` described, by the variant that is the kit."""
    parts = defaultdict(list)
    for kit_id, quantity, title, variant_title, handle in found or ():
        parts[kit_id].append(Part(quantity, title, variant_title or "", handle))
    return {kit_id: tuple(kept) for kit_id, kept in parts.items()}
