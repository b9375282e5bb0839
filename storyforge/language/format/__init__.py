"""Lays a storyboard out as storyboards are laid out: the order of keys, indents, spaces. It goes on saying the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ruamel.yaml.error import YAMLError

from storyforge.language.format.document import Sheet
from storyforge.language.format.order import order_keys
from storyforge.language.format.spacing import fix_spacing
from storyforge.language.text_edits import detect_newline, splice_fixes
from storyforge.language.text_file import LINE_END, Page
from storyforge.language.yaml_spans import Piece
from storyforge.language.yaml_tree import read_tree
from storyforge.model.diagnostics import Diagnostic, Fix
from storyforge.model.errors import StoryForgeError

DEPTH = 4
"""Keys and indexes on the way to the deepest noun, a look."""

COMMENT = re.compile(r"#[^\r\n]*")


def format_page(page: Page, findings: Sequence[Diagnostic] = ()) -> str | None:
    """The text of a page in its layout; laid out again it stays as it is. None if its `findings` are not mere tabs.

    Only white space is changed, and the order of keys in characters, scenes, shots and the like. Comments go with what
    they are above or next to.
    """
    if findings:
        # A tab has one certain fix. Any other finding may hide what was meant, so such a file is not laid out.
        tabs = [found.fix for found in findings if found.fix and found.name == "tab-indentation"]
        mended = Page(page.file, splice_fixes(page.text, tabs))
        return None if len(tabs) < len(findings) or read_tree(mended)[1] else format_page(mended)
    newline = detect_newline(page.text)
    whole = page.text if LINE_END.search(page.text[-1:]) else page.text + newline
    before = Sheet(page.file, LINE_END.sub(newline, whole))
    try:
        after = first = _changed(before, fix_spacing(before))
        # Level by level, each read again: moved shots and moved keys in them would be changes that overlap.
        for depth in range(DEPTH + 1):
            after = _changed(after, order_keys(after, depth))
        if after is not first:
            # Moved keys have other neighbours now. Without a second look, a second run would find something to change.
            after = _changed(after, fix_spacing(after))
    except YAMLError:
        after = None
    # It is never relied on that nothing was lost: what would say something else is not written.
    if after is None or not _same(before, after):
        raise StoryForgeError(f"`{page.file}` cannot be laid out without a change of what it says")
    return after.text


def _changed(page: Sheet, fixes: Iterable[Fix]) -> Sheet:
    text = splice_fixes(page.text, fixes)
    return page if text == page.text else Sheet(page.file, text)


def _same(one: Sheet, other: Sheet) -> bool:
    trees = [read_tree(page) for page in (one, other)]
    values = [tree.value for tree, findings in trees if tree is not None and not findings]
    return len(values) == 2 and values[0] == values[1] and _comments(one) == _comments(other)


def _comments(page: Sheet) -> list[str]:
    """All comments of a page, sorted, without the spaces at their ends, which are no part of what they say."""
    said: list[tuple[int, int]] = []

    def collect(piece: Piece) -> None:
        for entry in piece.entries:
            said.append((entry.start, entry.head))
            collect(entry.value)
        if piece.kind in ("text", "alias"):
            header = LINE_END.search(page.text, piece.content) if piece.style in ("|", ">") else None
            said.append((header.end() if header else piece.start, piece.end))

    collect(page.root)
    ends = [0, *(end for _, end in said)]
    between = [page.text[end:start] for end, (start, _) in zip(ends, [*said, (len(page.text), 0)], strict=True)]
    # Only what is between keys and texts is searched, for within a text `#` begins no comment.
    return sorted(comment.rstrip(" \t") for text in between for comment in COMMENT.findall(text))
