"""`schema`: prints the JSON Schema of the storyboard language."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.printer import print_json_text, print_line


@click.command()
@click.option("--write", is_flag=True, help="Write it to .storyforge/storyboard.schema.json here, for editors.")
def schema(write: bool) -> int:
    """Print the JSON Schema of the storyboard language."""
    from storyforge.api import schema_text, write_schema

    if not write:
        print_json_text(schema_text())
        return 0
    # Where the editor settings and the storyboards that `init` writes look for it.
    path = Path(".storyforge/storyboard.schema.json")
    write_schema(path)
    print_line(path.as_posix())
    return 0
