"""Options that several commands share, and how they speak to a terminal."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from storyforge.cli.printer import print_line, print_spans, print_text
from storyforge.model.printable import displayed_folder

if TYPE_CHECKING:
    from storyforge.api import Compilation, Outcome, Source
    from storyforge.model.diagnostics import Diagnostic
    from storyforge.reports.findings import Span

Command = TypeVar("Command", bound=Callable[..., Any])

STORYBOARD = click.Path(path_type=Path, readable=False)
"""Whether it can be read is a finding, not a matter of usage."""

FILE = click.argument("file", type=STORYBOARD, metavar="FILE")
PROVIDER = click.option("--provider", metavar="NAME", help="Where clips are rendered, over what the storyboard says.")
STRICT = click.option("--strict", is_flag=True, help="Count warnings as errors.")
REWORD = click.option("--reword", is_flag=True, help="Render clips again that an older release worded.")
REPACK = click.option("--repack", is_flag=True, help="Pack shots into clips as if none were paid for.")

RUN_FLAGS = ("jobs", "max_cost", "allow_unpriced", "retry", "deadline", "webhook")
"""Flags that are options of a run, by the names of `RunOptions`."""

PAYING = (
    click.option(
        "--jobs", type=int, metavar="N", help="Steps at a time; 1 is one after another. [default: one a core]"
    ),
    click.option("--max-cost", type=float, metavar="USD", help="Send nothing if the plan costs more."),
    click.option("--allow-unpriced", is_flag=True, help="Let `--max-cost` pass what has no price."),
    click.option("--yes", is_flag=True, help="Spend what the plan says without asking."),
    click.option("--retry", is_flag=True, help="Send again what a host refused."),
    click.option(
        "--deadline", type=float, metavar="SECONDS", help="How long this run waits for one job. [default: 3600]"
    ),
    click.option("--webhook", metavar="URL", help="Address at which hosts reach this run when a job ends."),
)


def paying(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the flags of a command that may cost money. It gets those of its run, but `yes`, as one mapping, `flags`."""

    # `wraps` also hands on the options written below `@paying`: click keeps them on the function until it is a command.
    @functools.wraps(command)
    def gather(**given: Any) -> int:
        return command(flags={name: given.pop(name) for name in RUN_FLAGS}, **given)

    decorated: Callable[..., int] = gather
    # Decorators are applied from the last to the first, and click lists in the order of the source.
    for option in reversed(PAYING):
        decorated = option(decorated)
    return decorated


def formats(*names: str) -> Callable[[Command], Command]:
    """Adds `--format` with these names, the first of which is the default; the command gets it as `form`."""
    return click.option(
        "--format", "form", type=click.Choice(names), default=names[0], show_default=True, help="What is printed."
    )


def speaking(command: Command) -> Command:
    """Adds `--color` and `--quiet`."""
    command = click.option("-q", "--quiet", is_flag=True, help="Print only the result and errors.")(command)
    choice = click.Choice(["auto", "always", "never"])
    return click.option("--color", type=choice, envvar="STORYFORGE_COLOR", default="auto", help="When to use colour.")(
        command
    )


@dataclass(frozen=True)
class Console:
    """How the command speaks: results go to stdout, everything else to stderr."""

    color: str = "auto"
    quiet: bool = False

    def has_colour(self, stream: Any) -> bool:
        """Whether a stream gets colour: by `--color`, else by NO_COLOR, TERM and FORCE_COLOR, else on a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()

    @property
    def animated(self) -> bool:
        """Whether progress may move: on a terminal that can, where nobody asked for quiet."""
        return not self.quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")

    def say(self, text: str) -> None:
        """Prints a message to stderr; nothing with `--quiet`."""
        if not self.quiet:
            print_line(text, err=True)


def exit_code(findings: tuple[Diagnostic, ...], strict: bool) -> int:
    """1 where an error was found, or a warning under `--strict`."""
    return int(any(found.severity == "error" or (strict and found.severity == "warning") for found in findings))


def show_findings(compiled: Compilation, console: Console, strict: bool) -> list[Span]:
    """Findings as text on stderr; under `--quiet` only what makes the command fail. Returns what was printed."""
    shown = [found for found in compiled.diagnostics if not console.quiet or exit_code((found,), strict)]
    return show_diagnostics(shown, compiled, console)


def show_diagnostics(found: Sequence[Diagnostic], compiled: Compilation, console: Console) -> list[Span]:
    """Located findings about a storyboard, as text on stderr. Returns what was printed."""
    if not found:
        return []
    from storyforge.reports.findings import as_spans

    spans = as_spans(found, compiled.source, prefix=displayed_folder(compiled.path))
    print_spans(spans, console.has_colour(sys.stderr), err=True)
    return spans


def show_inspection(found: Sequence[Diagnostic], compiled: Compilation, console: Console, strict: bool) -> int:
    """Says what an inspection found, under `--quiet` only what makes the command fail; gives the exit code for it."""
    code = exit_code(tuple(found), strict)
    show_diagnostics([one for one in found if not console.quiet or exit_code((one,), strict)], compiled, console)
    return code


def show_failures(outcome: Outcome) -> int:
    """Says what failed in a run, and gives the exit code for it: 0 if nothing did."""
    from storyforge.reports.run_text import failure_text

    if text := failure_text(outcome):
        print_text(text, err=True)
    # A key that is not taken (5) wins over clips that failed (1): nothing can be done before that is put right.
    return max((fault.exit_code for fault in outcome.failures.values()), default=0)


def show_errors(found: Sequence[Diagnostic], source: Source, path: Path, console: Console) -> None:
    """The errors of a file that was not compiled, as text on stderr."""
    from storyforge.reports.findings import as_spans

    errors = [one for one in found if one.severity == "error"]
    # `rename` finds other files of the project by their full paths; what the user typed stays as it was typed.
    seen = Path(relative_place(path)) if path.is_absolute() else path
    print_spans(as_spans(errors, source, prefix=displayed_folder(seen)), console.has_colour(sys.stderr), err=True)


def relative_place(path: Path) -> str:
    """A file as seen from the folder that the command runs in."""
    return Path(os.path.relpath(path)).as_posix()
