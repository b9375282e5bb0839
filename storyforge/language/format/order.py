"""Brings the keys of characters, scenes, shots and the like into the order of the language, with their comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from storyforge.language.format.document import Sheet, detect_indent
from storyforge.language.text_edits import column, detect_newline, line_number
from storyforge.language.yaml_spans import Entry, Piece
from storyforge.model.diagnostics import Fix, Path
from storyforge.model.storyboard import noun_at


def order_keys(page: Sheet, depth: int) -> Iterator[Fix]:
    """The changes that bring the keys of all nouns at a depth into the order of the language."""

    def inside(piece: Piece, head: int | None, path: Path) -> Iterator[Fix]:
        if len(path) < depth:
            for number, entry in enumerate(piece.entries):
                key = number if piece.kind == "list" else entry.key
                if key is not None:
                    yield from inside(entry.value, entry.head, (*path, key))
            return
        noun = noun_at(path)
        keys = [entry.key for entry in piece.entries]
        # An unknown key, or one that is an alias, has no place in the order, so nothing around it moves.
        if noun is None or not set(keys) <= noun.model_fields.keys():
            return
        fields = list(noun.model_fields)
        order = sorted(range(len(keys)), key=lambda number: fields.index(str(keys[number])))
        if order != sorted(order) and not _crossed(piece, order):
            yield from _moved_lines(page, piece, head, order) if piece.block else _moved_words(page, piece, order)

    yield from inside(page.root, None, ())


def _crossed(piece: Piece, order: Sequence[int]) -> bool:
    """Whether an alias would come before the entry that defines its anchor: YAML wants the anchor first."""

    def aliases(inner: Piece) -> Iterator[Piece]:
        if inner.meant is not None:
            yield inner.meant
        for entry in inner.entries:
            yield from aliases(entry.value)

    entries = [piece.entries[number] for number in order]
    return any(
        later.start <= meant.start < later.value.end
        for place, entry in enumerate(entries)
        for meant in aliases(entry.value)
        for later in entries[place + 1 :]
    )


def _moved_words(page: Sheet, piece: Piece, order: Sequence[int]) -> Iterator[Fix]:
    """The entries in brackets, each in the place of another; comments between them would belong to nobody."""
    spans = [(entry.start, entry.value.end) for entry in piece.entries]
    ends = [piece.content, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), piece.end]
    if any("#" in page.text[end:start] for end, start in zip(ends, starts, strict=True)):
        return
    for (start, end), number in zip(spans, order, strict=True):
        words = page.text[slice(*spans[number])]
        # A key without a value ends in its colon, and `{a:, b: 1}` is no YAML to the parser.
        yield Fix(page.file, start, end, f"{words} " if words.endswith(":") else words)


def _moved_lines(page: Sheet, piece: Piece, head: int | None, order: Sequence[int]) -> Iterator[Fix]:
    """The lines of the entries of a mapping, each with the comments and blank lines above it."""
    text, entries = page.text, piece.entries
    begins = [page.starts[line_number(page, entry.start)] for entry in entries]
    behind_dash, *odd = [bool(text[begin : one.start].strip(" ")) for begin, one in zip(begins, entries, strict=True)]
    if any(odd) or (behind_dash and head is None):
        return
    tops = [_top(page, above, entry) for above, entry in pairwise(entries)]
    tops.insert(0, begins[0] if behind_dash or head is None else _below(page, piece, head))
    ends = [*tops[1:], _bottom(page, entries[-1], head is None)]
    leads = [text[top:begin] for top, begin in zip(tops, begins, strict=True)]
    bodies = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    dash = text[begins[0] : entries[0].start] if behind_dash else ""
    if behind_dash:
        # The dash is no part of the entry after it: it stays, whichever entry comes first now.
        bodies[0] = " " * len(dash) + bodies[0][len(dash) :]
    first, *others = order
    lead = leads[first].lstrip("\r\n")
    if behind_dash:
        newline, outer = detect_newline(text), dash[: detect_indent(dash)]
        lead = "".join(outer + line.lstrip(" ") + newline for line in lead.split(newline) if line.strip())
    moved = [leads[number] + bodies[number] for number in others]
    yield Fix(page.file, tops[0], ends[-1], "".join([lead, dash, bodies[first][len(dash) :], *moved]))


def _below(page: Sheet, piece: Piece, head: int) -> int:
    """Where the lines of a mapping begin: below the key that it belongs to, and its anchor."""
    return page.starts[line_number(page, max(head, piece.start if piece.start < piece.content else 0)) + 1]


def _top(page: Sheet, above: Entry, entry: Entry) -> int:
    """Where the lines of an entry begin, with the comments that belong to it and not to the entry above.

    To the one above belong comments that are set in deeper, and those that follow it at once and are parted from this
    one by a blank line.
    """
    low, high = line_number(page, above.value.end) + 1, line_number(page, entry.start)
    lines = [page.line(number + 1) for number in range(low, high)]
    deep = [at for at, line in enumerate(lines) if line.strip() and detect_indent(line) > column(page, entry.start)]
    follow = next((at for at, line in enumerate(lines) if not line.strip()), 0)
    return page.starts[low + (deep[-1] + 1 if deep else follow)]


def _bottom(page: Sheet, last: Entry, whole: bool) -> int:
    """Where the lines of the last entry of a mapping end; of a file, before what follows after a blank line."""
    low = at = line_number(page, last.value.end) + 1
    for number in range(low, len(page.starts)):
        line = page.line(number + 1).strip()
        if line and not (line.startswith("#") and detect_indent(page.line(number + 1)) >= column(page, last.start)):
            break
        if not line and whole:
            break
        if line:
            at = number + 1
    return page.starts[at]
