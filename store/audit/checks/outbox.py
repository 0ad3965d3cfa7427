"""The outbox: nothing that must follow a change lies about."""

from store.audit.registry import check, warning


@check
def ended_once() -> str:
    """Work is done or parked, never both, and nobody has it in hand then."""
    return """
        SELECT 'outbox:' || id AS subject, task, done_at, parked_at, lease_until FROM outbox
         WHERE (done_at IS NOT NULL AND parked_at IS NOT NULL)
            OR (lease_until IS NOT NULL AND (done_at IS NOT NULL OR parked_at IS NOT NULL))
    """


@warning
def parked() -> str:
    """No work was given up after too many failures."""
    return """
        SELECT 'outbox:' || id AS subject, task, attempts, last_error, parked_at
          FROM outbox WHERE parked_at IS NOT NULL
    """


@warning
def overdue() -> str:
    """Work is begun within ten minutes of its time."""
    return """
        SELECT 'outbox:' || id AS subject, task, attempts, available_at, last_error FROM outbox
         WHERE done_at IS NULL AND parked_at IS NULL AND available_at < now() - interval '10 minutes'
           AND (lease_until IS NULL OR lease_until < now())
    """
