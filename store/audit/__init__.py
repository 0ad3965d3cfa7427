"""The shop's own auditor: every invariant of the ledgers as a named check, read from one snapshot.

`store audit` prints what is violated and exits with 1. A violation means that money, stock or a promise is wrong;
a warning means that somebody should look, and does not change the exit status.
"""

from store.audit.report import Report, audit, run

__all__ = ["Report", "audit", "run"]
