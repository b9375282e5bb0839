"""`doctor`: says what this machine has and what is missing, or what of a film's files is hurt."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import print_json, print_line, print_lines


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@formats("text", "json")
def doctor(file: Path | None, form: str) -> int:
    """Say what this machine has and what is missing.

    With FILE, a storyboard: read its lock, its ledger and its whole store, and say of each file that is hurt what the
    next render or `gc` would do about it. Nothing is changed. Ends with 1 if anything is hurt.
    """
    return _examine_machine(form) if file is None else _examine_film(file, form)


def _examine_film(file: Path, form: str) -> int:
    from storyforge.model.errors import UsageError
    from storyforge.reports.damage import examine_film

    if not file.is_file():
        raise UsageError(f"there is no file `{file}`", "without a file, this machine is examined")
    found = examine_film(file)
    if form == "json":
        rows = [{"file": str(one.file), "what": one.what, "next": one.next} for one in found.hurt]
        print_json({"storyforge": 1, "store": str(found.store), "files": found.files, "damaged": rows})
    else:
        for one in found.hurt:
            print_lines([f"damaged  {one.file}: {one.what}", f"         {one.next}"])
        count = f"{len(found.hurt)} damaged" if found.hurt else "nothing damaged"
        print_line(f"{found.files} files in {found.store}: {count}")
    return int(bool(found.hurt))


def _examine_machine(form: str) -> int:
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
