"""The door of the back office."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField

from store.admin.current import current_staff, log_in
from store.core import log
from store.core.db import transaction
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.staff import services
from store.web import sessions
from store.web.forms import Form, Required, StringField
from store.web.limits import peer, spend
from store.web.policy import secret
from store.web.urls import safe_next

blueprint = Blueprint("desk", __name__, url_prefix="/admin")

logger = log.get_logger(__name__)


class LoginForm(Form):
    """E-mail and password."""

    email = StringField(lazy_gettext("E-mail"), validators=[Required()])
    password = PasswordField(lazy_gettext("Password"), validators=[Required()])


@blueprint.get("/login")
@secret
def show_login() -> BaseResponse:
    """Show the login form, or go on for whoever is in already."""
    if current_staff() is not None:
        return redirect(_next(), 303)
    return _page(LoginForm(formdata=None))


@blueprint.post("/login")
@secret
def create_login() -> BaseResponse:
    """Let somebody in; one answer for every way to fail, after the same time."""
    form = LoginForm.from_request()
    if not form.validate():
        return _page(form, 422)
    try:
        spend("20 per 15 minutes", "staff-login", peer())
        spend("5 per 15 minutes", "staff-login", f"{form.email.data.lower()} {peer()}")
    except TooManyRequests as limit:
        response = _page(form, 429, _("Too many attempts. Please wait a quarter of an hour and try again."))
        response.headers["Retry-After"] = str(limit.retry_after)
        return response
    with transaction():
        person = services.authenticate(form.email.data, form.password.data)
    if person is None:
        logger.warning("staff login refused")
        return _page(form, 422, _("This e-mail address and password don't fit together."))
    log_in(person)
    logger.info("staff login", staff_id=person.id)
    return redirect(_next(), 303)


@blueprint.post("/logout")
@secret
def create_logout() -> BaseResponse:
    """End the session."""
    sessions.sign_out()
    return redirect(url_for("desk.show_login"), 303)


def _page(form: LoginForm, status: int = 200, problem: str = "") -> Response:
    html = render_template("admin/login.html", form=form, problem=problem, next=request.values.get("next", ""))
    return make_response(html, status)


def _next() -> str:
    path = safe_next(request.values.get("next"), url_for("admin.index"))
    return path if path.startswith("/admin") else url_for("admin.index")
