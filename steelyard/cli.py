"""The commands."""

import click

from steelyard import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="steelyard")
def cli() -> None:
    """Weigh the opinions of many agents before trading on them."""
