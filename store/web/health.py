"""Whether the process lives, whether it can serve, and what browsers complain about."""

import redis
from flask import Blueprint, Response, current_app, jsonify, request
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from store.core import log
from store.core.db import session
from store.core.schema import heads
from store.web.limits import limit
from store.web.policy import machine

_MAX_REPORT_BYTES = 16 * 1024

blueprint = Blueprint("health", __name__)
logger = log.get_logger(__name__)


@blueprint.get("/healthz")
@blueprint.get("/health", endpoint="health")
@machine
def alive() -> Response:
    """Answer as long as the process does; it depends on nothing."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@machine
def ready() -> tuple[Response, int]:
    """Answer 200 when the database answers and its schema is this code's; Redis is reported and never decides."""
    database, schema = _database(), "unknown"
    if database == "ok":
        schema = _schema()
    fine = database == "ok" and schema == "ok"
    body = jsonify(status="ok" if fine else "unready", database=database, schema=schema, redis=_redis())
    return body, 200 if fine else 503


@blueprint.post("/csp")
@machine
@limit("60 per minute")
def report_violation() -> tuple[str, int]:
    """Log what a browser refused to load: the sign of a mistake of ours or of an injection."""
    if (request.content_length or 0) > _MAX_REPORT_BYTES:
        raise RequestEntityTooLarge
    sent = request.get_json(force=True, silent=True)
    report = sent.get("csp-report") if isinstance(sent, dict) else None
    if isinstance(report, dict):
        logger.warning(
            "content security policy violated",
            directive=str(report.get("effective-directive") or report.get("violated-directive"))[:100],
            blocked=str(report.get("blocked-uri"))[:200],
        )
    return "", 204


def _database() -> str:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        session.remove()
        return "down"
    return "ok"


def _schema() -> str:
    try:
        versions = set(session.execute(text("SELECT version_num FROM alembic_version")).scalars())
    except SQLAlchemyError:
        session.rollback()
        return "missing"
    return "ok" if versions == heads() else "other"


def _redis() -> str:
    url: str = current_app.config["REDIS_URL"]
    if not url:
        return "absent"
    client = redis.Redis.from_url(url, socket_timeout=0.1, socket_connect_timeout=0.1, retry=Retry(NoBackoff(), 0))
    try:
        client.ping()
    except redis.RedisError:
        return "down"
    finally:
        client.close()
    return "ok"
