"""What `store reconcile` says: the same facts for people and for machines."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from store.payments.services.drifts import KINDS, Drift
from store.payments.services.reconcile import reconcile


@dataclass(frozen=True)
class Report:
    """What one comparison found."""

    drifts: tuple[Drift, ...]

    @property
    def open(self) -> int:
        """How many differences were not mended."""
        return sum(not drift.healed for drift in self.drifts)

    def as_json(self) -> str:
        """Return the report as `store reconcile --json` prints it; `kinds` says in words what each name means."""
        return json.dumps(
            {"drifts": [asdict(drift) for drift in self.drifts], "open": self.open, "kinds": KINDS}, indent=2
        )

    def as_text(self) -> str:
        """Return the report in lines, the open differences and the mended ones."""
        lines = [
            f"{'mended' if drift.healed else 'OPEN'}: {drift.kind} {drift.provider} {drift.external_id}: "
            f"ours {drift.ours}, theirs {drift.theirs}. {KINDS[drift.kind]}"
            for drift in self.drifts
        ]
        return "\n".join([*lines, f"{len(self.drifts)} differences, {self.open} of them open."])


def run(window: timedelta) -> Report:
    """Compare the books once."""
    return Report(tuple(reconcile(window)))
