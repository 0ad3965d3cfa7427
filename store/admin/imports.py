"""Files in and out: upload, dry run, apply, undo, the history of runs, and exports that stream."""

from collections.abc import Iterator
from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from store.admin.base import Screen, done
from store.admin.current import may, record, require, the_staff
from store.admin.queries.orders import staff_names
from store.core.clock import now
from store.core.db import transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.importer import exporting, mappings, queries, services
from store.importer.errors import UnusableFile
from store.importer.kinds import INVENTORY, PRODUCTS, REDIRECTS
from store.importer.models import ImportRun
from store.importer.reading import MAX_BYTES
from store.staff.roles import Permission
from store.web.pagination import page_number, paginate

KINDS = (
    (PRODUCTS, lazy_gettext("Products")),
    (INVENTORY, lazy_gettext("Stock counts")),
    (REDIRECTS, lazy_gettext("Redirects")),
)
FILTERS = (
    ("", lazy_gettext("All changes")),
    ("create", lazy_gettext("New")),
    ("update", lazy_gettext("Changed")),
    ("erases", lazy_gettext("Blank cells erase")),
    ("recreates", lazy_gettext("Variants made anew")),
    ("skipped", lazy_gettext("Skipped")),
    ("refused", lazy_gettext("Refused")),
)
STATUS = {
    "new": (lazy_gettext("Being read"), "warn"),
    "checking": (lazy_gettext("Being compared"), "warn"),
    "checked": (lazy_gettext("Ready to apply"), "open"),
    "waiting": (lazy_gettext("Waits its turn"), "warn"),
    "running": (lazy_gettext("Being applied"), "warn"),
    "done": (lazy_gettext("Applied"), "ok"),
    "failed": (lazy_gettext("Stopped"), "bad"),
    "undoing": (lazy_gettext("Being undone"), "warn"),
    "undone": (lazy_gettext("Undone"), "open"),
}
VERDICT = {
    "create": (lazy_gettext("New"), "ok"),
    "update": (lazy_gettext("Changed"), "warn"),
    "skipped": (lazy_gettext("Skipped"), "open"),
    "refused": (lazy_gettext("Refused"), "bad"),
}
FLAG = {"erases": lazy_gettext("a blank cell erases"), "recreates": lazy_gettext("made anew")}
MAPPINGS = {"oscar-books": lazy_gettext("Oscar: books without a header row"), "spree": lazy_gettext("Spree")}
BUSY = ("new", "checking", "waiting", "running", "undoing")

# Whoever changes something by file must be allowed to change it by hand.
_NEEDED = {
    PRODUCTS: Permission.EDIT_PRODUCTS,
    INVENTORY: Permission.ADJUST_STOCK,
    REDIRECTS: Permission.EDIT_CONTENT,
}
_UPLOAD_ENDPOINT = "imports.create"
_CHUNK = 1024 * 1024


class ImportsScreen(Screen):
    """What came in by file, and what goes out."""

    permission = Permission.VIEW_PRODUCTS
    icon = "list"

    @expose("/")
    def index(self) -> Response:
        """Show the form, the exports and the history."""
        return self._index_page()

    @expose("/", methods=("POST",))
    def create(self) -> Response:
        """Keep an uploaded file and have it compared with the shop."""
        kind = request.form.get("kind", PRODUCTS)
        require(_NEEDED.get(kind, Permission.EDIT_PRODUCTS))
        if kind not in _NEEDED:
            return self._index_page(problem=_("Choose what the file holds."), status=422)
        upload = request.files.get("file")
        mapping = request.form.get("mapping_text", "").strip()
        name = request.form.get("mapping", "")
        try:
            if not mapping and name and kind == PRODUCTS:
                if name not in mappings.shipped():
                    raise UnusableFile(_("There is no such mapping."))
                mapping = mappings.load(name).text
            with transaction():
                run_id = services.receive(
                    _chunks(upload),
                    filename=(upload.filename if upload else "") or "file.csv",
                    kind=kind,
                    actor=the_staff().actor,
                    overwrite=request.form.get("overwrite") != "no",
                    mapping=mapping if kind == PRODUCTS else "",
                )
        except (Invalid, UnusableFile) as error:
            message = error.message if isinstance(error, Invalid) else str(error)
            return self._index_page(problem=message, status=422)
        return done(_("Received. Nothing is changed before you say so."), url_for(".show", run_id=run_id))

    @expose("/<int:run_id>")
    def show(self, run_id: int) -> Response:
        """Show a run: what would change, how far it is, or what became of it."""
        return self.page("admin/imports/run.html", **self._run(run_id))

    @expose("/<int:run_id>/progress")
    def show_progress(self, run_id: int) -> Response:
        """Show how far a run is; htmx asks for it. When the run rests the whole page is due."""
        run = queries.get_run(run_id)
        response = self.page("admin/imports/_progress.html", run=run, busy=run.status in BUSY, statuses=STATUS)
        if run.status not in BUSY:
            response.headers["HX-Refresh"] = "true"
        return response

    @expose("/<int:run_id>/application", methods=("POST",))
    def create_application(self, run_id: int) -> Response:
        """Apply a checked run, or go on with one that was broken off."""
        _require_for(run_id)
        with transaction():
            run = queries.get_run(run_id, lock=True)
            services.start(run_id, actor=the_staff().actor)
            record("apply", "import", run_id, after={"file": run.filename})
        return done(_("It is being applied."), url_for(".show", run_id=run_id))

    @expose("/<int:run_id>/undo", methods=("POST",))
    def create_undo(self, run_id: int) -> Response:
        """Take a run back."""
        _require_for(run_id)
        with transaction():
            run = queries.get_run(run_id, lock=True)
            services.ask_to_undo(run_id)
            record("undo", "import", run_id, after={"file": run.filename})
        return done(_("It is being undone."), url_for(".show", run_id=run_id))

    @expose("/<any(products, inventory, redirects):kind>.csv")
    def export(self, kind: str) -> Response:
        """Send a file as it is being made; `generation=legacy` asks for the older header."""
        generation = exporting.LEGACY if request.args.get("generation") == "legacy" else exporting.CURRENT
        pieces: Iterator[bytes]
        if kind == PRODUCTS:
            pieces = exporting.export_products(generation=generation, base_url=current_app.config["BASE_URL"])
        else:
            require(Permission.VIEW_STOCK if kind == INVENTORY else Permission.VIEW_PRODUCTS)
            pieces = exporting.export_inventory() if kind == INVENTORY else exporting.export_redirects()
        response = FlaskResponse(_stream(pieces), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{kind}-{now():%Y-%m-%d}.csv"'
        return response

    def _index_page(self, *, problem: str = "", status: int = 200) -> Response:
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, queries.count_runs())
        return self.page(
            "admin/imports/list.html",
            status,
            problem=problem,
            kinds=[(code, label) for code, label in KINDS if may(_NEEDED[code])],
            mappings=[(name, MAPPINGS.get(name, name)) for name in mappings.shipped()],
            sent=request.form,
            runs=queries.list_runs(pages.page),
            pages=pages,
            statuses=STATUS,
            names=staff_names(),
            most=MAX_BYTES // 1024 // 1024,
            href_for=lambda page: url_for(".index", page=page if page > 1 else None),
        )

    def _run(self, run_id: int) -> dict[str, Any]:
        run: ImportRun = queries.get_run(run_id)
        applied = run.status in ("running", "done", "failed", "undoing", "undone") and bool(run.started_at)
        phase = "apply" if applied else "check"
        counts = queries.count_rows(run_id, phase)
        only = request.args.get("only", "")
        only = only if only in counts else ""
        kept_only = request.args.get("kept") == "1"
        total = queries.count_changes(run_id, kept_only=kept_only) if applied else counts.get(only, 0)
        pages = paginate(page_number(request.args), queries.PAGE_SIZE, total)
        return {
            "run": run,
            "busy": run.status in BUSY,
            "may_change": may(_NEEDED[run.kind]),
            "applied": applied,
            "counts": counts,
            "filters": [(code, label) for code, label in FILTERS if not code or counts.get(code)],
            "only": only,
            "kept_only": kept_only,
            "kept": queries.count_changes(run_id, kept_only=True),
            "rows": [] if applied else queries.list_rows(run_id, phase, only=only, page=pages.page),
            "refused": queries.list_rows(run_id, phase, only="refused") if applied else [],
            "changes": queries.list_changes(run_id, page=pages.page, kept_only=kept_only) if applied else [],
            "pages": pages,
            "statuses": STATUS,
            "verdicts": VERDICT,
            "flags": FLAG,
            "kinds": dict(KINDS),
            "names": staff_names(),
            "href_for": lambda page: url_for(
                ".show", run_id=run_id, only=only or None, kept="1" if kept_only else None,
                page=page if page > 1 else None,
            ),
        }  # fmt: skip


def _require_for(run_id: int) -> None:
    kind = queries.find_kind(run_id)
    require(_NEEDED.get(kind or "", Permission.EDIT_PRODUCTS))


def raise_upload_limit(endpoint: str | None) -> None:
    """Let the one route that takes files take more bytes than a form may have."""
    if endpoint == _UPLOAD_ENDPOINT:
        request.max_content_length = MAX_BYTES + 64 * 1024
        request.max_form_memory_size = 256 * 1024


def _stream(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Each piece has a context of its own: a download that is broken off leaves nothing open.
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001

    def stream() -> Iterator[bytes]:
        while True:
            with app.app_context():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    return stream()


def _chunks(upload: Any) -> Iterator[bytes]:
    while upload is not None and (chunk := upload.read(_CHUNK)):
        yield chunk
