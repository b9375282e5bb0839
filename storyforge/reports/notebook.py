"""How a notebook shows findings."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Self

from storyforge.language.source_map import Source
from storyforge.model.diagnostics import Diagnostic
from storyforge.reports.findings import as_text


class Findings(tuple[Diagnostic, ...]):
    """Findings about a storyboard, in file order; a notebook shows them with their places, excerpts and hints."""

    source: Source

    def __new__(cls, findings: Iterable[Diagnostic], source: Source) -> Self:
        """Findings, and the files that they are about."""
        made = super().__new__(cls, findings)
        made.source = source
        return made

    def _repr_html_(self) -> str:
        """The findings as text in a page."""
        return f"<pre>{escape(as_text(self, self.source))}</pre>" if self else "<p>nothing to say</p>"
