"""Runs the checks and says what they found."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from store.audit.registry import Check, all_checks
from store.core.db import session

# A broken invariant tends to break for many rows; the first ones tell the story.
MOST_ROWS = 100


@dataclass(frozen=True)
class Finding:
    """One row that breaks a check."""

    check: str
    subject: str
    facts: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"check": self.check, "subject": self.subject, "facts": self.facts}


@dataclass(frozen=True)
class Report:
    """What an audit found."""

    checks: tuple[Check, ...]
    violations: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as `store audit --json` prints it."""
        return {
            "violations": [finding.as_dict() for finding in self.violations],
            "warnings": [finding.as_dict() for finding in self.warnings],
            "checks": len(self.checks),
        }


def audit() -> Report:
    """Run every check in the transaction in progress."""
    checks = all_checks()
    violations: list[Finding] = []
    warnings: list[Finding] = []
    for check in checks:
        (warnings if check.is_warning else violations).extend(_find(check))
    return Report(checks, tuple(violations), tuple(warnings))


def run(*, as_json: bool, echo: Callable[[str], object]) -> int:
    """Audit the shop, print the report and return the exit status: 0 when no invariant is violated, else 1."""
    # One snapshot for all checks: orders go on being placed and paid while we count.
    session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    try:
        report = audit()
    finally:
        session.rollback()
    if as_json:
        echo(json.dumps(report.as_dict(), indent=2))
    else:
        for line in _lines(report):
            echo(line)
    return 1 if report.violations else 0


def _find(check: Check) -> list[Finding]:
    found = session.execute(text(f"SELECT * FROM ({check.sql}) AS found LIMIT {MOST_ROWS}")).mappings()
    return [
        Finding(
            check.name,
            str(row["subject"]),
            {key: _plain(value) for key, value in row.items() if key != "subject"},
        )
        for row in found
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value


def _lines(report: Report) -> list[str]:
    sentences = {check.name: check.sentence for check in report.checks}
    lines = []
    for title, findings in (("violated", report.violations), ("look at", report.warnings)):
        for name in dict.fromkeys(finding.check for finding in findings):
            lines.append(f"{title}: {name}: {sentences[name]}")
            for finding in findings:
                if finding.check == name:
                    facts = ", ".join(f"{key} {value}" for key, value in finding.facts.items())
                    lines.append(f"  {finding.subject}: {facts}")
    lines.append(f"{len(report.checks)} checks, {len(report.violations)} violations, {len(report.warnings)} warnings")
    return lines
