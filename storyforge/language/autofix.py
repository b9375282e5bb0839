"""Fixes what has one certain fix, and leaves every other character of a file as it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from storyforge.language.source_map import Source
from storyforge.language.text_edits import splice_fixes
from storyforge.model.diagnostics import Diagnostic, Fix
from storyforge.system.files import write_texts


def apply_fixes(source: Source, diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    """The new texts of the files that have something to fix, by name. Of two fixes that overlap, the first is made."""
    fixes = [fix for found in diagnostics if (fix := found.fix or _true_case(source, found))]
    texts: dict[str, str] = {}
    for file in dict.fromkeys(fix.file for fix in fixes):
        text = source.text(file)
        if (new := splice_fixes(text, [fix for fix in fixes if fix.file == file])) != text:
            texts[file] = new
    return texts


def write_fixes(source: Source, diagnostics: Iterable[Diagnostic], folder: Path) -> list[Path]:
    """Fixes the files of a storyboard that lies in `folder`; returns those that changed, all written or none."""
    texts = {folder / name: text for name, text in apply_fixes(source, diagnostics).items()}
    write_texts(texts)
    return list(texts)


def _true_case(source: Source, found: Diagnostic) -> Fix | None:
    """The fix of a name written in the wrong case, where exactly that name is at the finding's place."""
    place = found.location
    if found.instead is None or place is None or place.file not in source.pages:
        return None
    page = source.pages[place.file]
    start = page.starts[place.line - 1] + place.column - 1
    end = start + place.length
    # Compared as written: a name with escapes reads alike and is spelt otherwise, so it is left to its author.
    alike = page.text[start:end].casefold() == found.instead.casefold()
    return Fix(place.file, start, end, found.instead) if alike else None
