"""`providers`: lists the providers, what each takes and what it costs."""

from __future__ import annotations

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import print_json, print_text


@click.command()
@formats("text", "json")
def providers(form: str) -> int:
    """List the providers: what each takes, and what it costs."""
    from storyforge.reports.providers_text import providers_document, providers_text

    if form == "json":
        print_json(providers_document())
    else:
        print_text(providers_text())
    return 0
