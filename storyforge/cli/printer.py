"""The one place that prints, with what a text from outside would do to a terminal as escapes.

Such a text comes from a storyboard, a lock, git, a host or a file's name. Colour is put in here, behind the escapes.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from storyforge.model.printable import as_json_escape, escape_character, escape_lines, escape_text, format_json

if TYPE_CHECKING:
    from rich.progress import Progress

    from storyforge.model.errors import StoryForgeError

COLOURS = {"error": "1;31", "warning": "1;33", "hint": "1;36", "gutter": "1;34", "message": "1"}
"""The colour of each role that a part of a text can have."""

PLAIN = {"–": "-", "—": "-", "→": "->", "…": "...", "×": "x", "·": "-", "“": '"', "”": '"', "’": "'"}
"""Signs of ours for a console that has no other letters than ASCII or Latin-1."""


def print_line(line: str, err: bool = False) -> None:
    """Prints one line, whatever it holds, to stdout or stderr."""
    _write(f"{escape_text(line)}\n", err)


def print_lines(lines: Iterable[str], err: bool = False) -> None:
    """Prints lines, each of which stays one, in one write."""
    _write("".join(f"{escape_text(line)}\n" for line in lines), err)


def print_text(text: str, err: bool = False) -> None:
    """Prints a text whose line ends are its own, as a report's or a prompt's are, with a line end at its end; nothing
    of an empty one."""
    _write(_ended(escape_lines(text)), err)


def print_spans(spans: Sequence[tuple[str, str]], color: bool, err: bool = False) -> None:
    """Prints parts of a text, each with its role, which gives it a colour or is empty; else as `print_text`."""
    parts = [(escape_lines(text), COLOURS.get(role, "")) for text, role in spans]
    shown = "".join(f"\x1b[{code}m{text}\x1b[0m" if color and code else text for text, code in parts)
    _write(_ended(shown), err, color)


def print_json(document: Any) -> None:
    """Prints a document to stdout as `format_json` writes it."""
    print_json_text(format_json(document))


def print_json_text(text: str) -> None:
    """Prints what `format_json` wrote to stdout; letters that the console does not have as escapes of JSON."""
    click.echo(_encodable(text, sys.stdout, as_json_escape), nl=False)


def print_comment(text: str) -> None:
    """Prints a comment in Markdown to stdout; behind an `@` it keeps what lets nobody be called."""
    _write("@\u200b".join(map(escape_lines, text.split("@\u200b"))), err=False)


def print_content(content: bytes) -> None:
    """Prints bytes to stdout as they are: what another program reads, and no screen shows."""
    click.echo(content, nl=False)


def print_error(fault: StoryForgeError) -> None:
    """Prints what went wrong, and what to do, to stderr."""
    print_line(f"error: {fault}", err=True)
    print_hint(fault.hint)


def print_hint(hint: str | None) -> None:
    """Prints what to do, if that is known, to stderr."""
    if hint:
        print_line(f"  = hint: {hint}", err=True)


def ask(question: str) -> bool:
    """Asks a person at the terminal, on stderr, since stdout may be piped to a program and holds the result alone."""
    shown = _encodable(f"{escape_text(question)} [y/N]", sys.stderr, escape_character)
    return click.confirm(shown, prompt_suffix=" ", show_default=False, err=True)


def start_bar(total: int, color: bool) -> Progress:
    """A bar on stderr that grows to a total, with the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True, no_color=not color), transient=True)
    bar.add_task("", total=total)
    bar.start()
    return bar


def move_bar(bar: Progress, doing: str, completed: float) -> None:
    """Moves a bar, and says what is being done before it."""
    bar.update(bar.task_ids[0], completed=completed, description=_for_bar(doing))


def print_above(bar: Progress, line: str) -> None:
    """Prints one line above a bar that is shown."""
    # Words of a host or a storyboard may hold brackets and colons, which rich would take for markup and emoji.
    bar.console.print(_for_bar(line), markup=False, highlight=False, emoji=False)


def _for_bar(line: str) -> str:
    return _encodable(escape_text(line), sys.stderr, escape_character)


def open_streams() -> None:
    """Makes stdin, stdout and stderr usable for what runs in this process.

    One that the caller closed reads and writes nothing; else the next file that is opened would get its number, and
    what is printed would go into the ledger. A letter that a console does not have is printed as an escape.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, which is this one: those below it are open by now.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> None:
    """Lets nothing be left to be written when the process ends, where nobody takes it any more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _write(shown: str, err: bool, color: bool | None = None) -> None:
    """Writes a text in which nothing is left to be escaped."""
    stream = sys.stderr if err else sys.stdout
    click.echo(_encodable(shown, stream, escape_character), nl=False, err=err, color=color)


def _encodable(text: str, stream: Any, escape: Callable[[str], str]) -> str:
    """A text with what the letters of a stream cannot say as plainer signs or escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"

    def said(char: str) -> str:
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            return escape(char) if escape is as_json_escape else PLAIN.get(char) or escape(char)
        return char

    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(map(said, text))
    return text
