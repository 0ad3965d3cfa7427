"""Files at the desk: compared first, applied by job, watched, undone; and what goes out."""

import io
import re
from dataclasses import replace

import pytest
from flask import request
from sqlalchemy import select, text

from store.admin import imports as screen
from store.catalog.drafts import find_stored
from store.catalog.models import Product
from store.catalog.services import save_product
from store.core.db import session, transaction
from store.importer import jobs
from store.importer.models import ImportRun
from store.inventory.models import StockLevel
from tests.factories.payments import run_jobs

HEADER = "URL handle,Title,Vendor,Option1 name,Option1 value,SKU,Price\n"
MUG = HEADER + "mug,Mug,Nachtfalter,Size,S,M-1,19.00\n"


def upload(desk, content: str | bytes, **fields):
    """Send a file as the form does."""
    body = content.encode() if isinstance(content, str) else content
    data = {"kind": "products", "overwrite": "yes", "file": (io.BytesIO(body), "things.csv"), **fields}
    return desk.send("/admin/imports/", data, form_at="/admin/imports/")


def compare(desk, content: str | bytes, **fields) -> str:
    """Send a file and have it compared; return the address of its page."""
    answer = upload(desk, content, **fields)
    assert answer.status_code == 303, answer.text
    run_jobs(only="importer.")
    return answer.location


def take_in(desk, content: str | bytes, **fields) -> str:
    """Send a file, apply it and return the address of its page."""
    page = compare(desk, content, **fields)
    assert desk.send(f"{page}/application", form_at=page).status_code == 303
    run_jobs(only="importer.")
    session.expire_all()
    return page


def the_run() -> ImportRun:
    session.expire_all()
    return session.execute(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).scalar_one()


def product(handle: str):
    session.expire_all()
    return find_stored([handle])[handle].draft


def words(desk, path: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", desk.get(path).text).split())


def test_a_file_is_compared_row_by_row_applied_and_undone(desk):
    take_in(desk, MUG)
    assert product("mug").vendor == "Nachtfalter"
    page = compare(desk, HEADER + "mug,Big mug,,Size,L,M-1,21.00\ncup,Cup,,,,,x\njug,Jug,,,,,9.00\n")
    said = words(desk, page)
    assert "Rows: 1 new, 1 changed, 0 as they are, 1 refused." in said
    for sentence in ("title: Mug → Big mug", "vendor: Nachtfalter → —", "the variant S is taken off and made anew"):
        assert sentence in said
    assert "a blank cell erases" in said
    assert "made anew" in said
    assert product("mug").title == "Mug"
    only_erased = words(desk, f"{page}?only=erases")
    assert "Big mug" in only_erased
    assert "jug" not in only_erased
    assert "jug" not in words(desk, f"{page}?only=recreates")
    refused = words(desk, f"{page}?only=refused")
    assert "Price" in refused
    assert "Big mug" not in refused

    desk.send(f"{page}/application", form_at=page)
    run_jobs(only="importer.")
    assert (product("mug").title, product("mug").variants[0].values) == ("Big mug", ("L",))
    said = words(desk, page)
    assert "Applied" in said
    assert "Rows that stayed out Row 3, Price" in said

    desk.send(f"{page}/undo", form_at=page)
    run_jobs(only="importer.")
    assert (product("mug").title, product("mug").variants[0].values) == ("Mug", ("S",))
    assert session.execute(select(Product.handle)).scalars().all() == ["mug"]
    assert "Undone" in words(desk, page)


def test_what_somebody_edits_between_stays_and_the_page_says_so(desk):
    take_in(desk, MUG)
    page = take_in(desk, HEADER + "mug,Big mug,Other,Size,S,M-1,21.00\n")
    with transaction():
        stored = find_stored(["mug"])["mug"]
        save_product(replace(stored.draft, vendor="By hand"), expected_version=stored.version)
    desk.send(f"{page}/undo", form_at=page)
    run_jobs(only="importer.")
    assert (product("mug").title, product("mug").vendor) == ("Mug", "By hand")
    assert "Changed since and kept: vendor" in words(desk, page)
    assert "Changed since and kept" in words(desk, f"{page}?kept=1")


def test_a_long_file_is_worked_on_in_slices_and_shows_how_far_it_is(desk, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr("store.importer.batches.BATCH", 2)
    rows = "".join(f"thing-{number},Thing,,,,T-{number},9.00\n" for number in range(5))
    answer = upload(desk, HEADER + rows + "thing-9,Thing,,,,T-0,9.00\n")
    page = answer.location
    assert "Being compared" in words(desk, page)
    assert run_jobs(only="importer.") >= 3
    run = the_run()
    assert (run.status, run.rows_done, run.scan["check"]["create"]) == ("checked", 6, 5)
    # The SKU of a row in an earlier slice is still known.
    assert "has the same SKU" in words(desk, f"{page}?only=refused")
    desk.send(f"{page}/application", form_at=page)
    assert the_run().rows_done == 0
    progress = desk.get(f"{page}/progress")
    assert 'hx-trigger="every 1s"' in progress.text
    assert "HX-Refresh" not in progress.headers
    assert run_jobs(only="importer.") >= 3
    assert (the_run().status, the_run().rows_done) == ("done", 6)
    progress = desk.get(f"{page}/progress")
    assert "hx-trigger" not in progress.text
    assert progress.headers["HX-Refresh"] == "true"


def test_the_next_import_waits_until_the_one_before_is_through(desk):
    take_in(desk, MUG)
    with transaction():
        session.execute(text("UPDATE import_runs SET status = 'running', seen_at = now()"))
    page = compare(desk, HEADER + "cup,Cup,,,,,9.00\n")
    desk.send(f"{page}/application", form_at=page)
    run_jobs(only="importer.")
    assert the_run().status == "waiting"
    assert "Waits its turn" in words(desk, page)
    with transaction():
        session.execute(text("UPDATE import_runs SET status = 'done' WHERE id <> :id"), {"id": the_run().id})
        session.execute(text("UPDATE outbox SET available_at = now() - interval '1 minute' WHERE done_at IS NULL"))
    run_jobs(only="importer.")
    assert the_run().status == "done"


def test_a_file_cannot_be_applied_twice_nor_undone_before_it_was_applied(desk):
    page = compare(desk, MUG)
    assert desk.send(f"{page}/undo", form_at=page).status_code == 409
    desk.send(f"{page}/application", form_at=page)
    run_jobs(only="importer.")
    assert desk.send(f"{page}/application", form_at=page).status_code == 409
    assert desk.send("/admin/imports/4711/application").status_code == 404


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Choose a file first."),
        (b"PK\x03\x04" + b"\0" * 60, "archive or a spreadsheet"),
        (f"{HEADER}é,x\n".encode("latin-1"), "not in UTF-8"),
        (b"Handle;Title\nmug;Mug\n", "semicolons"),
        (b"Name,E-mail\nAna,a@example.com\n", "no product file"),
        (b"Handle,Title\n" + b"x" * 9_000_000, "longer than any product"),
        (b"Handle,Title\rmug,Mug\r", "old programs"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(desk, content, reason):
    answer = upload(desk, content)
    if answer.status_code == 303:
        run_jobs(only="importer.")
        answer = desk.get(answer.location)
        assert the_run().status == "failed"
    else:
        assert answer.status_code == 422
    assert reason in answer.text
    assert session.execute(select(Product.id)).all() == []


def test_a_file_above_the_limit_is_refused(desk, monkeypatch):
    monkeypatch.setattr("store.importer.services.MAX_BYTES", 100)
    answer = upload(desk, MUG * 10)
    assert answer.status_code == 422
    assert "larger than" in answer.text
    assert session.execute(select(ImportRun.id)).all() == []


def test_a_file_of_another_kind_than_chosen_is_refused(desk):
    page = compare(desk, "Redirect from,Redirect to\n/pages/a,/pages/b\n")
    assert "its columns are those of “redirects”" in words(desk, page)


def test_counts_and_redirects_go_in_and_come_back_at_the_desk(desk):
    header = HEADER.replace("Price", "Price,Inventory tracker,Inventory quantity")
    take_in(desk, header + "mug,Mug,,,,M-1,19.00,shopify,5\n")
    place = session.execute(text("SELECT name FROM locations")).scalar_one()
    stock = f"Handle,Location,On hand (current),On hand (new)\nmug,{place},5,9\n"
    page = compare(desk, stock, kind="inventory")
    assert "on hand: 5 → 9" in words(desk, page)
    desk.send(f"{page}/application", form_at=page)
    run_jobs(only="importer.")
    assert session.execute(select(StockLevel.on_hand)).scalar_one() == 9
    desk.send(f"{page}/undo", form_at=page)
    run_jobs(only="importer.")
    session.expire_all()
    assert session.execute(select(StockLevel.on_hand)).scalar_one() == 5
    page = take_in(desk, "Redirect from,Redirect to\n/pages/old,/pages/new\n", kind="redirects")
    assert session.execute(text("SELECT target FROM redirects WHERE path = '/pages/old'")).scalar_one() == "/pages/new"
    desk.send(f"{page}/undo", form_at=page)
    run_jobs(only="importer.")
    assert session.execute(text("SELECT count(*) FROM redirects WHERE path = '/pages/old'")).scalar_one() == 0


def test_a_mapping_is_written_into_the_form(desk):
    mapping = '[fields]\n"URL handle" = "art"\n"Title" = "name"\n"Price" = "preis"\n'
    take_in(desk, "art,name,preis\nmug,Mug,9.00\n", mapping_text=mapping)
    assert product("mug").title == "Mug"
    answer = upload(desk, "art,name\nmug,Mug\n", mapping_text="[fields]\n'Title' = 3\n")
    assert answer.status_code == 422
    assert "can’t be understood" in answer.text or "can&#39;t be understood" in answer.text


def test_exports_come_down_as_files_that_go_in_again_unchanged(desk):
    take_in(desk, MUG)
    for path in ("products.csv", "products.csv?generation=legacy", "inventory.csv", "redirects.csv"):
        answer = desk.get(f"/admin/imports/{path}")
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    body = desk.get("/admin/imports/products.csv").get_data()
    page = compare(desk, body)
    assert "Rows: 0 new, 0 changed, 1 as they are, 0 refused." in words(desk, page)
    assert "Nothing would change." in words(desk, page)


def test_files_need_the_right_to_do_the_same_by_hand(desk, desk_of):
    packer, reader = desk_of("fulfilment"), desk_of("read_only")
    assert upload(packer, MUG).status_code == 403
    assert "Bring in a file" not in reader.get("/admin/imports/").text
    page = compare(packer, "Handle,Location,On hand (new)\nmug,Main,3\n", kind="inventory")
    assert "Apply" in packer.get(page).text
    page = compare(desk, MUG)
    assert "Apply" not in reader.get(page).text
    assert packer.send(f"{page}/application", form_at="/admin/imports/").status_code == 403
    assert packer.send(f"{page}/undo", form_at="/admin/imports/").status_code == 403


def test_only_the_upload_may_be_long(app):
    with app.test_request_context("/admin/imports/", method="POST"):
        screen.raise_upload_limit("orders.index")
        short = request.max_content_length
        screen.raise_upload_limit("imports.create")
        assert (short or 0) < 10_000_000 < (request.max_content_length or 0)
