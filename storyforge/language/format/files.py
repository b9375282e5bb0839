"""A storyboard file laid out: read, its new text, or what keeps it from having one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storyforge.language.format import format_page
from storyforge.language.load import load_page
from storyforge.language.source_map import Source
from storyforge.model.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file and its layout. Nothing is written yet."""

    path: Path
    before: str
    after: str | None
    """None where YAML cannot read the file; `findings` say why."""
    source: Source
    findings: tuple[Diagnostic, ...]

    @property
    def changes(self) -> bool:
        """Whether the layout is another than the file has."""
        return self.after is not None and self.after != self.before


def format_file(path: Path) -> Formatted:
    """Lays a storyboard file out: the order of keys, indents and spaces. What it says stays the same."""
    page, found = load_page(path)
    source = Source(path.parent, {page.file: page})
    return Formatted(path, page.text, format_page(page, found), source, tuple(found))
