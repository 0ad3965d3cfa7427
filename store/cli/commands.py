"""The operator's verbs."""

import importlib
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.cli.edge import edge

if TYPE_CHECKING:
    from store.core.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Vitrine: a complete shop that one person runs with one command."""


@commands.command()
@click.option("--no-seed", is_flag=True, help="Leave an empty database empty.")
def up(no_seed: bool) -> None:  # noqa: FBT001 - click passes its options like this
    """Run the whole shop here: servers, pages and jobs. Ctrl-C ends it."""
    from store.cli.context import read_settings
    from store.ops.supervisor import up as run

    run(read_settings(), seed=not no_seed)


@commands.command()
def web() -> None:
    """Serve pages; production unless STORE_ENV says otherwise."""
    settings = _checked_settings()
    from store.ops import ports

    ports.require_free(settings.host, settings.port)
    from store.ops.web import serve

    serve(settings)


@commands.command()
def worker() -> None:
    """Do jobs from the queue; start as many as there is work for."""
    _run_job_process("worker")


@commands.command()
def relay() -> None:
    """Hand jobs from the outbox to the queue."""
    _run_job_process("relay")


@commands.command()
def scheduler() -> None:
    """Write what is due by the clock into the outbox."""
    _run_job_process("scheduler")


@commands.command()
def migrate() -> None:
    """Bring the database to this program's schema."""
    from store.cli.context import lent_servers
    from store.core.schema import heads
    from store.ops import migrate as schema

    with lent_servers("migrate") as settings:
        schema.upgrade(settings.database_direct_url or settings.database_url)
        click.echo(f"The database is at revision {', '.join(sorted(heads()))}.")


@commands.command()
@click.option("--size", type=click.IntRange(1, 1_000_000), help="Grow the catalogue to this many products.")
def seed(size: int | None) -> None:
    """Fill an empty shop with the demo."""
    from store.cli.context import application, lent_servers
    from store.ops import migrate as schema

    with lent_servers("seed") as settings:
        schema.upgrade(settings.database_direct_url or settings.database_url)
        with application(settings):
            from store.ops.migrate import plain
            from store.seed.bulk import grow_large
            from store.seed.fill import fill

            url = plain(settings.database_direct_url or settings.database_url)
            fill(size, load=lambda products: grow_large(products, url, click.echo))


@commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say row by row what would change, and write nothing.")
@click.option("--mapping", help="What the columns are: a shipped mapping (spree, oscar-books) or a TOML file.")
@click.option("--keep", is_flag=True, help="Leave products that are there already as they are.")
def import_(file: Path, dry_run: bool, mapping: str | None, keep: bool) -> None:  # noqa: FBT001 - click's way
    """Take in a file (CSV) of products, stock counts or redirects, exported from this shop or another."""
    from store.cli.context import in_shop

    with in_shop("import"):
        from store.importer.running import run

        status = run(file, dry_run=dry_run, echo=click.echo, mapping=mapping, overwrite=not keep)
    sys.exit(status)


@commands.command()
@click.argument("kind", type=click.Choice(["products", "inventory", "redirects"]), default="products")
@click.option("--legacy", is_flag=True, help="Write products with the older column names.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not to the screen.")
def export(kind: str, legacy: bool, output: Path | None) -> None:  # noqa: FBT001 - click passes its options like this
    """Write products, stock counts or redirects as a file (CSV) that goes in again unchanged."""
    from store.cli.context import in_shop

    with in_shop("export") as settings:
        from store.importer.exporting import write_file

        click.echo(write_file(kind, output, legacy=legacy, base_url=settings.base_url), err=True)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def audit(as_json: bool) -> None:  # noqa: FBT001 - click passes its options like this
    """Check every invariant of the ledgers; exit 1 and list what is violated."""
    from store.cli.context import in_shop

    with in_shop("audit"):
        from store.audit import run

        status = run(as_json=as_json, echo=click.echo)
    sys.exit(status)


@commands.command()
@click.argument("email")
@click.option("--name", required=True, help="What colleagues call this person.")
@click.option("--role", default="owner", show_default=True, help="owner, manager, fulfilment, support or read_only.")
@click.password_option(help="Asked for when it is not given; better not given.")
def hire(email: str, name: str, role: str, password: str) -> None:
    """Open a back-office account, such as the first owner's of a new shop."""
    from store.cli.context import in_shop
    from store.core.errors import StoreError

    with in_shop("hire"):
        from store.core.db import transaction
        from store.staff.services import create_staff

        try:
            with transaction():
                create_staff(email=email, name=name, role=role, password=password)
        except StoreError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{name} can log in at /admin/ as {email}.")


commands.add_command(edge)


@commands.command()
def reindex() -> None:
    """Make anew what lists are filtered by and what search finds, while the shop goes on."""
    from store.cli.context import in_shop

    done = 0
    with in_shop("reindex"):
        from store.catalog import indexing
        from store.search import services

        for left in indexing.rebuild():
            click.echo(f"lists: {left:,} to look at")
        for done in services.rebuild():  # noqa: B007 - told at the end
            pass
    click.echo(f"{done:,} products looked at.")


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@click.option("--days", type=click.IntRange(1, 400), default=2, show_default=True, help="How far to look back.")
def reconcile(as_json: bool, days: int) -> None:  # noqa: FBT001 - click passes its options like this
    """Compare our payments with the providers'; exit 1 when something differs that was not mended."""
    from datetime import timedelta

    from store.cli.context import in_shop

    with in_shop("reconcile"):
        from store.payments.services import reports

        report = reports.run(timedelta(days=days))
    click.echo(report.as_json() if as_json else report.as_text())
    sys.exit(1 if report.open else 0)


@commands.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run every check there is; with arguments, run pytest alone with them."""
    from store.ops.checks import run_all, run_pytest

    sys.exit(run_pytest(list(arguments)) if arguments else run_all())


@commands.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure the shop and print a table."""
    sys.argv = ["store bench", *arguments]
    runpy.run_module("bench", run_name="__main__")


@commands.command()
def lock() -> None:
    """Resolve pyproject.toml into the hashed locks (done by ./bin/store itself)."""
    raise click.UsageError("Run it as ./bin/store lock.")


def _checked_settings() -> "Settings":
    from store.cli.context import read_settings
    from store.ops.preflight import require_production

    settings = read_settings()
    require_production(settings)
    return settings


def _run_job_process(name: str) -> None:
    _checked_settings()
    # By name: the shop never imports its job processes.
    importlib.import_module(f"jobs.{name}").main()
