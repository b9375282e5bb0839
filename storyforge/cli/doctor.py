"""`doctor`: says what this machine has and what is missing."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import print_json, print_lines


@click.command()
@formats("text", "json")
def doctor(form: str) -> int:
    """Say what this machine has and what is missing."""
    from storyforge.reports.machine import examine_machine

    findings = examine_machine(Path.cwd())
    if form == "json":
        print_json(
            {
                "storyforge": 1,
                "checks": [{"name": one.name, "state": one.state, "message": one.message} for one in findings],
            }
        )
    else:
        signs = {"fine": "ok     ", "note": "note   ", "missing": "missing"}
        print_lines(f"{signs[one.state]}  {one.name}: {one.message}" for one in findings)
    return int(any(one.state == "missing" for one in findings))
