"""The mailbox of a shop in development: every mail that was written, as its reader would see it."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, request
from flask.blueprints import BlueprintSetupState

from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.notifications import emails, mailer
from store.notifications.queries import get_message, list_messages
from store.web.hypermedia import render
from store.web.policy import secret
from store.web.security import content_security_policy
from store.web.urls import public_base

blueprint = Blueprint("notifications", __name__, url_prefix="/-/mailbox")

# Its links may open pages of the shop in a tab of their own; nothing in it runs.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


@blueprint.record_once
def configure(state: BlueprintSetupState) -> None:
    """Bind mails to the settings."""
    settings: Settings = state.app.extensions["store.settings"]
    emails.configure(settings)
    mailer.configure(settings)


@blueprint.before_request
def refuse_in_production() -> None:
    """Keep shoppers' mails from everybody but a developer."""
    if current_app.config["IS_PRODUCTION"]:
        raise NotFound(_("This page is not here any more, or never was."))


@blueprint.get("")
@secret
def show_mailbox() -> Response:
    """List the mails, the newest first."""
    return render("notifications/mailbox.html", messages=list_messages(), message=None, view="html", sandbox=SANDBOX)


@blueprint.get("/<int:message_id>")
@secret
def show_message(message_id: int) -> Response:
    """Show a mail beside the list, as HTML or as text."""
    view = "text" if request.args.get("view") == "text" else "html"
    response = render(
        "notifications/mailbox.html",
        messages=list_messages(),
        message=get_message(message_id),
        view=view,
        sandbox=SANDBOX,
    )
    settings: Settings = current_app.extensions["store.settings"]
    response.headers["Content-Security-Policy"] = (
        f"{content_security_policy(settings.media_public_url)}; frame-src 'self'"
    )
    return response


@blueprint.get("/<int:message_id>/html")
@secret
def show_html(message_id: int) -> Response:
    """Send the HTML of a mail for the frame that shows it: its own styles and pictures, and nothing that runs."""
    html = get_message(message_id).html.replace("<head>", '<head><base target="_blank">', 1)
    response = make_response(html)
    settings: Settings = current_app.extensions["store.settings"]
    hosts = " ".join({_origin(public_base()), request.host_url.rstrip("/"), _origin(settings.media_public_url)} - {""})
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {hosts} data:; "
        f"frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
