"""The verbs for Cloudflare in front of the shop: its rules, and throwing everything away."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from store.edge.cloudflare import Cloudflare
    from store.edge.rules import Difference


@click.group()
def edge() -> None:
    """Cloudflare in front of the shop: see docs/edge.md."""


@edge.command()
def diff() -> None:
    """Show how the zone's rules differ from deploy/cloudflare; exit 1 when they do."""
    _zone, differences = _compare()
    sys.exit(1 if any(one.changes for one in differences) else 0)


@edge.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
def apply(yes: bool) -> None:  # noqa: FBT001 - click passes its options like this
    """Make the zone's rules like deploy/cloudflare, after showing what differs. Rules of others stay."""
    zone, differences = _compare()
    count = sum(len(one.changes) for one in differences)
    if not count:
        click.echo("Nothing to do.")
        return
    if not yes:
        click.confirm(f"Change {count} in the zone?", abort=True)
    from store.core.errors import StoreError
    from store.edge import rules

    try:
        made = rules.apply(zone, differences)
    except StoreError as error:
        raise click.ClickException(f"{error.message} What was changed before stays; run it again.") from error
    click.echo(f"Done in {made} requests.")


@edge.command()
@click.confirmation_option(prompt="The shop answers everybody itself until the cache is full again. Throw all away?")
def purge() -> None:
    """Throw away all that Cloudflare keeps of the zone."""
    from store.core.errors import StoreError

    try:
        _zone().purge_everything()
    except StoreError as error:
        raise click.ClickException(error.message) from error
    click.echo("Thrown away.")


def _compare() -> "tuple[Cloudflare, list[Difference]]":
    from store.cli.context import read_settings
    from store.core.errors import StoreError
    from store.edge import rules
    from store.ops.refusal import Refusal

    zone = _zone()
    try:
        differences = rules.compare(zone, rules.read(read_settings().public_url))
    except ValueError as error:
        raise Refusal(f"PUBLIC_URL or deploy/cloudflare: {error}") from error
    except StoreError as error:
        raise click.ClickException(error.message) from error
    for line in rules.words(differences):
        click.echo(line)
    return zone, differences


def _zone() -> "Cloudflare":
    from store.cli.context import read_settings
    from store.edge.cloudflare import Cloudflare
    from store.ops.refusal import Refusal

    zone = Cloudflare.of(read_settings())
    if zone is None:
        raise Refusal("CLOUDFLARE_ZONE_ID and CLOUDFLARE_API_TOKEN are not set.")
    return zone
