"""Writes a plan as the one comment on a pull request, in GitHub's Markdown.

What a storyboard says is written only in code spans, where nothing is markup, a link, a picture or a person: who opens
a pull request chooses those words, and a robot that is trusted says them. A zero-width space parts an at sign from what
follows, because a reply by mail quotes the comment without its code spans and would call the people named there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from storyforge.model.printable import escape_text

LIMIT = 65_000
"""Characters of a comment, less a few to close what is open: GitHub refuses one of more than 65,536."""

LONGEST = 300
"""Characters of one text out of a storyboard."""

REASONS = 2
"""Reasons that stand in a row; more are folded away below it."""

UNCHANGED = "<!-- storyforge:unchanged -->"
"""The second line of a comment that need not be made where there is none yet."""

LEFT_OUT = "More is left out here, as GitHub takes no longer comment; `storyforge plan` prints all of it.\n"

TICKS = re.compile(r"`+")
EDGES = ("`", " ")
"""What a code span wants a space before or behind, which is not shown."""

PIPES = re.compile(r"(\\*)\|")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table."""

    clip: str
    state: str
    why: tuple[str, ...]
    cells: tuple[str, ...]
    """Numbers and sums, for the columns behind the reasons."""


@dataclass(frozen=True, slots=True)
class Comment:
    """All that a comment says; only `headline`, `notes`, states, columns and cells may hold Markdown."""

    file: str
    """The storyboard, from the top of its repository: by this the comment is found again."""
    title: str
    headline: str
    columns: tuple[str, ...]
    """Names of the columns behind the reasons."""
    entries: tuple[Entry, ...]
    findings: tuple[str, ...]
    """Errors in the storyboard."""
    kept: tuple[str, ...]
    """Clips that stay as they are."""
    notes: tuple[str, ...]
    unchanged: bool


def marker(file: str) -> str:
    """The line by which a storyboard's comment is found again."""
    return f"<!-- storyforge:plan {quote(file)} -->"


def code(text: str, cell: bool = False) -> str:
    """A text as a code span, in a cell of a table or elsewhere."""
    shown = escape_text(text)
    shown = f"{shown[:LONGEST]}…" if len(shown) > LONGEST else shown or " "
    shown = shown.replace("@", "@\u200b")
    if cell:
        # A table is cut into cells before code is looked for. Two backslashes are one there, so their number is odd.
        shown = PIPES.sub(lambda found: f"{found[1]}{found[1][: len(found[1]) % 2]}\\|", shown)
    ticks = "`" * (1 + max((len(run) for run in TICKS.findall(shown)), default=0))
    # Of a span that is nothing but spaces Markdown takes none away, so it gets none.
    room = " " if shown.strip(" ") and (shown[0] in EDGES or shown[-1] in EDGES) else ""
    return f"{ticks}{room}{shown}{room}{ticks}"


def comment_text(comment: Comment) -> str:
    """The comment as text, its marker in the first line; what does not fit is left out, from the end, and that said."""
    head = [marker(comment.file), *([UNCHANGED] if comment.unchanged else [])]
    head += [f"### Plan of {code(comment.title)}", "", comment.headline, ""]
    tail = "".join(f"\n{note}\n" for note in comment.notes)
    room = LIMIT - len(tail) - len(LEFT_OUT)
    text = "\n".join(head)
    for block in _blocks(comment):
        text, full = _filled(text, block, room)
        if full:
            return f"{text}\n{LEFT_OUT}{tail}"
    return text + tail


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that may be cut behind any of them."""

    begin: str
    lines: Iterator[str]
    end: str


def _blocks(comment: Comment) -> Iterator[_Block]:
    # What is needed most comes first: where a comment grows too long, it is cut from the end.
    if comment.findings:
        number = len(comment.findings)
        say = f"{number} error{'s' * (number > 1)} to fix before anything is rendered"
        yield _Block(f"\n**{say}**\n\n", (f"- {code(found)}\n" for found in comment.findings), "")
    if comment.entries:
        names = ("Clip", "State", "Why", *comment.columns)
        rule = "|---" * 3 + "|--:" * len(comment.columns)
        yield _Block(f"\n| {' | '.join(names)} |\n{rule}|\n", map(_row, comment.entries), "")
    if long := [entry for entry in comment.entries if len(entry.why) > REASONS]:
        lines = (line for entry in long for line in _reasons(entry))
        yield _folded("All reasons of clips with many", lines)
    if comment.kept:
        many = len(comment.kept) > 1
        stays = f"{len(comment.kept)} clip{'s stay as they are' if many else ' stays as it is'}"
        yield _folded(stays, (f"- {code(name)}\n" for name in comment.kept))


def _folded(summary: str, lines: Iterator[str]) -> _Block:
    return _Block(f"\n<details><summary>{summary}</summary>\n\n", lines, "\n</details>\n")


def _row(entry: Entry) -> str:
    told = [code(reason, cell=True) for reason in entry.why[:REASONS]]
    if len(entry.why) > REASONS:
        told.append(f"and {len(entry.why) - REASONS} more, below")
    cells = [code(entry.clip, cell=True), entry.state, "<br>".join(told), *entry.cells]
    return f"| {' | '.join(cells)} |\n"


def _reasons(entry: Entry) -> Iterator[str]:
    yield f"- {code(entry.clip)}\n"
    for reason in entry.why:
        yield f"  - {code(reason)}\n"


def _filled(text: str, block: _Block, room: int) -> tuple[str, bool]:
    """The text with as much of a block as there is room for; and whether something was left out."""
    parts = [text, block.begin]
    length = len(text) + len(block.begin)
    for line in block.lines:
        if length + len(line) > room:
            return "".join([*parts, block.end]), True
        parts.append(line)
        length += len(line)
    return "".join([*parts, block.end]), False
