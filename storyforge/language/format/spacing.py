"""Sets every line of a page as far in as its place asks for, and one space where one is usual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from storyforge.language.format.document import Sheet, detect_indent
from storyforge.language.text_edits import column, line_number
from storyforge.language.text_file import LINE_END
from storyforge.language.yaml_spans import Entry, Piece
from storyforge.model.diagnostics import Fix

STEP = 2
"""Characters by which each level is set in."""

SPACES = re.compile(r"[ \t]+")

Level = tuple[int, int]
"""The column of a mapping or list, as it is and as it shall be."""


def fix_spacing(page: Sheet) -> Iterator[Fix]:
    """The changes of a page's white space that lay it out."""
    return _Spacing(page).fixes()


@dataclass
class _Spacing:
    """Indents and spaces of a page, found by a walk over all that is in it."""

    page: Sheet
    indents: dict[int, int] = field(default_factory=dict)
    """By line on which an entry begins, its new column."""
    shifts: dict[int, int] = field(default_factory=dict)
    """By line that goes on with an entry, how far that moves."""
    levels: dict[int, tuple[Level, ...]] = field(default_factory=dict)
    """By line, the mappings and lists that its last entry is in, from outside."""
    inside: set[int] = field(default_factory=set)
    """Lines that begin inside a text or brackets."""
    literal: dict[int, int] = field(default_factory=dict)
    """Lines of text behind `|` and `>`: at how many spaces or fewer a line of spaces is empty."""
    ends: dict[int, int] = field(default_factory=dict)
    """Where the last value or key on a line ends, if nothing but a comment may follow."""
    spaces: dict[int, list[Fix]] = field(default_factory=dict)
    """By line, the changes within it."""

    def fixes(self) -> Iterator[Fix]:
        """The changes of all lines; of blank ones in a row one stays, and none at either end."""
        self.walk(self.page.root, 0, ())
        starts, raws = self.page.starts, [self.page.line(number + 1) for number in range(len(self.page.starts))]
        said = [number in self.inside or bool(raw.strip()) for number, raw in enumerate(raws)]
        last = max(number for number, says in enumerate(said) if says)
        yield from self.comments()
        below = self.below(raws)
        above: tuple[Level, ...] = ()
        for number, (begin, after) in enumerate(pairwise([*starts, len(self.page.text)])):
            above = self.levels.get(number, above)
            if said[number]:
                yield from self.line(number, begin, raws[number], (above, below[number]))
            elif number > last or number == 0 or not said[number - 1]:
                yield Fix(self.page.file, begin, after, "")
            else:
                yield Fix(self.page.file, begin, begin + len(raws[number]), "")

    def below(self, raws: Sequence[str]) -> list[Level | None]:
        """For each line, the column of the next entry on or below it."""
        found: list[Level | None] = [None]
        for number in range(len(raws) - 1, -1, -1):
            new = self.indents.get(number)
            found.append(found[-1] if new is None else (detect_indent(raws[number]), new))
        return found[:0:-1]

    def walk(self, piece: Piece, new: int, around: tuple[Level, ...]) -> None:
        """Places the entries of a mapping or list by indentation at a new column."""
        for entry in piece.entries:
            line, old, value = line_number(self.page, entry.start), column(self.page, entry.start), entry.value
            levels = (*around, (old, new))
            self.indents.setdefault(line, new)
            self.levels[line] = levels
            end = line_number(self.page, entry.value.end)
            self.shifts |= dict.fromkeys(range(line + 1, end + 1), new - old)
            self.head(piece, entry)
            if value.block and value.entries:
                if value.start == value.content and piece.kind == "mapping":
                    self.ends[line] = self.page.text.find(":", entry.head) + 1
                self.walk(value, new + STEP, levels)
                continue
            self.ends[end] = entry.value.end
            lines = range(line_number(self.page, value.start) + 1, end + 1)
            self.inside |= set(lines)
            if value.block:
                header, *text = LINE_END.split(self.page.text[value.content : value.end])
                empty = min((detect_indent(one) for one in text if one.strip(" ")), default=0)
                # After an indicator (`|2`) the lines do not say how far in the text begins,
                # and a line of spaces may be text, so it stays.
                self.literal |= dict.fromkeys(lines, -1 if re.search("[1-9]", header.split("#")[0]) else empty)
                # After the last line of such a text a `#` is no comment but more text.
                self.ends.pop(end)
            elif value.style in ("{", "["):
                self.brackets(value)

    def head(self, piece: Piece, entry: Entry) -> None:
        """One space between a key or dash and its value, and none before the colon."""
        value = entry.value
        at = line_number(self.page, entry.head)
        between = self.page.text[entry.head : value.start]
        if piece.kind == "list":
            if piece.block and value.start < value.end and not between.strip(" \t"):
                self.space(at, entry.head, value.start, " ")
        # `? key` may have its colon on a line of its own.
        elif entry.key is not None and self.page.text[entry.start] != "?":
            colon = entry.head + between.find(":") if ":" in between else entry.head
            if not self.page.text[entry.head : colon].strip(" \t"):
                self.space(at, entry.head, colon, "")
            if value.start < value.end and not self.page.text[colon + 1 : value.start].strip(" \t"):
                self.space(at, colon + 1, value.start, " ")

    def brackets(self, piece: Piece) -> None:
        """The spaces in brackets that stand on one line: one behind each comma and colon, no others."""
        line = line_number(self.page, piece.start)
        if line_number(self.page, piece.end) != line:
            return
        at = piece.content + len(piece.style)
        for number, entry in enumerate(piece.entries):
            self.gap(line, at, entry.start, ", " if number else "")
            self.head(piece, entry)
            self.brackets(entry.value)
            at = entry.value.end
        if piece.style:
            self.gap(line, at, piece.end - 1, "")

    def gap(self, line: int, start: int, end: int, wanted: str) -> None:
        """Only white space and commas are replaced, and not behind a colon: without a space it would be no colon."""
        if not self.page.text[start:end].strip(" \t,") and self.page.text[start - 1] != ":":
            self.space(line, start, end, wanted)

    def space(self, line: int, start: int, end: int, wanted: str) -> None:
        if self.page.text[start:end] != wanted:
            self.spaces.setdefault(line, []).append(Fix(self.page.file, start, end, wanted))

    def line(self, number: int, begin: int, raw: str, around: tuple[tuple[Level, ...], Level | None]) -> Iterator[Fix]:
        """The changes of a line that is not blank or belongs to a text; `around` is what a comment is set in like."""
        file, end = self.page.file, begin + len(raw)
        content = raw.lstrip(" ")
        old = len(raw) - len(content)
        if number in self.literal:
            if not raw:
                return
            empty = not content and old <= self.literal[number]
            new = 0 if empty else max(old + self.shifts[number], 0)
            yield Fix(file, begin, begin + old, " " * new)
            return
        alone = content.startswith("#") and number not in self.inside
        new = _column(old, *around) if alone else self.set_in(number, raw)
        yield Fix(file, begin, begin + old, " " * new)
        yield from self.spaces.get(number, ())
        kept = raw.rstrip(" \t")
        # In double quotes a backslash may escape the space after it. Without that space it would escape the line end.
        if not (number + 1 in self.inside and kept.endswith("\\")):
            yield Fix(file, max(begin + len(kept), begin + old), end, "")

    def comments(self) -> Iterator[Fix]:
        """The changes of the spaces before comments on the lines of entries: what is in one column stays in one."""
        text, starts = self.page.text, self.page.starts
        runs: list[list[tuple[int, int, int]]] = [[]]
        for number, end in sorted(self.ends.items()):
            found = SPACES.match(text, end)
            if found and text[found.end() : found.end() + 1] == "#":
                place = number, end - starts[number], found.end() - starts[number]
                if runs[-1] and (runs[-1][-1][0] + 1, runs[-1][-1][2]) != (number, place[2]):
                    runs.append([])
                runs[-1].append(place)
        for run in filter(None, runs):
            ends = [end + self.measure_move(number) for number, end, _ in run]
            column = max(ends) + min(begin - end for _, end, begin in run)
            for (number, end, begin), new in zip(run, ends, strict=True):
                yield Fix(self.page.file, starts[number] + end, starts[number] + begin, " " * (column - new))

    def measure_move(self, number: int) -> int:
        """By how many columns what ends on a line moves."""
        raw = self.page.line(number + 1)
        changes = self.spaces.get(number, [])
        return (
            self.set_in(number, raw)
            - detect_indent(raw)
            + sum(len(fix.text) - (fix.end - fix.start) for fix in changes)
        )

    def set_in(self, number: int, raw: str) -> int:
        """How far in a line of an entry is set now; one that begins with a tab stays."""
        old = detect_indent(raw)
        if raw[old : old + 1] == "\t":
            return old
        return self.indents.get(number, max(old + self.shifts.get(number, 0), 0))


def _column(old: int, above: tuple[Level, ...], below: Level | None) -> int:
    """The new column of a comment on a line of its own: as far in as what it is next to."""
    levels = [*([below] if below else []), *above]
    exact = [new for level, new in levels if level == old]
    if exact:
        return exact[0]
    level, new = max((level for level in levels if level[0] < old), default=min(levels))
    new = max(new + old - level, 0)
    if below is not None:
        new = min(new, below[1]) if old < below[0] else max(new, below[1] + 1)
    return new
