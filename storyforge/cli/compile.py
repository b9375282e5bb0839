"""`compile`: shows the prompts and the exact requests, clip by clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    STRICT,
    Console,
    exit_code,
    formats,
    print_json,
    show_findings,
    speaking,
)
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.printable import format_usd

if TYPE_CHECKING:
    from storyforge.compiler.jobs import Planned


@click.command()
@FILE
@PROVIDER
@REPACK
@STRICT
@formats("text", "json")
@speaking
def compile(file: Path, provider: str | None, repack: bool, strict: bool, form: str, color: str, quiet: bool) -> int:
    """Show the prompts and the exact requests, clip by clip."""
    from storyforge.reports.compiled_document import compiled_document

    compiled, _ = open_storyboard(file, provider, repack=repack)
    show_findings(compiled, Console(color, quiet), strict)
    if form == "json":
        print_json(compiled_document(compiled))
    else:
        for one in compiled.planned:
            click.echo(_told(one))
    return exit_code(compiled.diagnostics, strict)


def _told(one: Planned) -> str:
    """A clip as a person reads it: its facts, its pictures, its prompt and its request."""
    import json

    clip = one.clip
    facts = [f"{clip.seconds} s", clip.mode, format_usd(one.usd), clip.why]
    lines = [f"{clip.id}  {' · '.join(facts)}"]
    lines += [
        f"  {ref.slot}. {ref.kind} {ref.id}{f'.{ref.look}' if ref.look else ''}: {ref.picture.source}"
        for ref in clip.references
    ]
    if clip.first_frame:
        lines.append(f"  first frame: {getattr(clip.first_frame, 'source', None) or 'the last of ' + clip.after[0]}")
    lines += ["", one.prompt.text, ""]
    if one.request:
        lines += [
            f"{one.request.method} {one.request.url}",
            json.dumps(one.request.json, ensure_ascii=False, indent=2),
            "",
        ]
    return "\n".join(lines)
