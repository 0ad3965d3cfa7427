"""What the shop could not finish by itself: refunds that hang, mails that failed, jobs that were given up."""

from typing import Any

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import select, text
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import record, require
from store.core import queue
from store.core.db import session, transaction
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.outbox import Outbox
from store.notifications.models import Message
from store.staff.roles import Permission

TABS = (
    ("refunds", lazy_gettext("Refunds to settle")),
    ("mails", lazy_gettext("Failed mails")),
    ("jobs", lazy_gettext("Jobs given up")),
)
_MOST = 200

_OPEN_REFUNDS = text("""
    SELECT r.id, r.amount_minor, r.currency, r.status, r.reason, r.failure, r.created_at, p.order_id, o.number
      FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
     WHERE r.status = 'requested' OR (r.status = 'failed' AND NOT EXISTS (
           SELECT 1 FROM refunds n WHERE n.payment_id = r.payment_id AND n.id > r.id))
     ORDER BY r.id LIMIT :most
""")


class WorkScreen(Screen):
    """What hangs."""

    permission = Permission.VIEW_ORDERS
    icon = "alert"

    @expose("/")
    def index(self) -> Response:
        """Show one kind of unfinished work."""
        kind = request.args.get("kind", "")
        kind = kind if kind in dict(TABS) else TABS[0][0]
        return self.page("admin/work.html", tabs=TABS, kind=kind, rows=_READERS[kind]())

    @expose("/jobs/<int:outbox_id>/attempts", methods=("POST",))
    def create_attempt(self, outbox_id: int) -> Response:
        """Let a job that was given up try again."""
        require(Permission.EDIT_SETTINGS)
        with transaction():
            if queue.unpark(outbox_id):
                record("retry", "outbox", outbox_id)
        return done(_("It is tried again within a few seconds."), url_for(".index", kind="jobs"))


def _refunds() -> Any:
    return session.execute(_OPEN_REFUNDS, {"most": _MOST}).all()


def _mails() -> Any:
    return (
        session.execute(select(Message).where(Message.status == "failed").order_by(Message.id.desc()).limit(_MOST))
        .scalars()
        .all()
    )


def _jobs() -> Any:
    return (
        session.execute(select(Outbox).where(Outbox.parked_at.is_not(None)).order_by(Outbox.id.desc()).limit(_MOST))
        .scalars()
        .all()
    )


_READERS = {"refunds": _refunds, "mails": _mails, "jobs": _jobs}
