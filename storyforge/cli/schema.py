"""`schema`: prints the JSON Schema of the storyboard language."""

from __future__ import annotations

import click

from storyforge.cli.printer import print_json_text, print_line


@click.command()
@click.option("--write", is_flag=True, help="Write it next to the takes of the project here, for editors.")
def schema(write: bool) -> int:
    """Print the JSON Schema of the storyboard language."""
    from storyforge.api import schema_text, write_project_schema

    if not write:
        print_json_text(schema_text())
        return 0
    # Where the editor settings and the storyboards that `init` writes look for it.
    print_line(write_project_schema().as_posix())
    return 0
