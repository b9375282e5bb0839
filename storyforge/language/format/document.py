"""A page to be laid out, and what both the order of its keys and its spacing ask of it."""

from __future__ import annotations

from functools import cached_property

from storyforge.language.text_file import Page
from storyforge.language.yaml_spans import Piece, read_outline


class Sheet(Page):
    """A page whose outline is read once."""

    @cached_property
    def root(self) -> Piece:
        """The outline of the whole file. The text must hold a mapping without findings; AssertionError otherwise."""
        root = read_outline(self)
        assert root is not None, "a page without findings holds a mapping"
        return root


def detect_indent(line: str) -> int:
    """Spaces before the first other character of a line."""
    return len(line) - len(line.lstrip(" "))
