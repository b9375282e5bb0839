"""The templates that prompts are written from: a project's own over ours, each file read once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from storyforge.system.inputs import UnreadableFile, read_file
from storyforge.system.resources import resource_folder

MAX_TEMPLATE_BYTES = 65_536

NAMED = re.compile(r"""\{%[-+]?\s*(?:include|import|from|extends)\s+["']([^"']+)["']""")
"""How a template names another that it is made with."""


class Templates:
    """Finds templates by their names below `templates/`.

    `projects` are folders whose `templates/` shadow ours, nearest first; a file there that leads out of its folder, or
    is too large, is not read.
    """

    def __init__(self, projects: Sequence[Path] = ()) -> None:
        self._folders = [*(project / "templates" for project in projects), resource_folder("templates")]
        self._found: dict[str, tuple[str, Path] | None] = {}
        self._read: dict[Path, str | None] = {}

    @property
    def read(self) -> dict[Path, str | None]:
        """Where templates were looked for, with the sha256 of those that are used, None for others."""
        return dict(self._read)

    def find(self, name: str) -> tuple[str, Path] | None:
        """The text of a template and its file; None where there is no template of that name."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def is_own(self, name: str) -> bool:
        """Whether the template of that name is a project's own, and not ours."""
        found = self.find(name)
        return found is not None and not found[1].is_relative_to(self._folders[-1])

    def find_own(self, names: Iterable[str]) -> dict[str, str]:
        """The project's own templates among some and those that they are made with, each with the sha256 of its text,
        however its lines end."""
        own: dict[str, str] = {}
        waiting, seen = [*names], set[str]()
        while waiting:
            name = waiting.pop()
            found = None if name in seen else self.find(name)
            seen.add(name)
            if found is None:
                continue
            waiting += NAMED.findall(found[0])
            if self.is_own(name):
                own[name] = hashlib.sha256("\n".join(found[0].splitlines()).encode()).hexdigest()
        return dict(sorted(own.items()))

    def _look(self, name: str) -> tuple[str, Path] | None:
        for folder in self._folders:
            path = folder / name
            # What is not there is remembered too: a plan that was kept is stale as soon as a template appears.
            self._read[path] = None
            try:
                # What a template holds is sent to a host, so it must not be a link to a file from elsewhere.
                content = read_file(path, folder, MAX_TEMPLATE_BYTES)
            except UnreadableFile:
                continue
            self._read[path] = hashlib.sha256(content).hexdigest()
            return content.decode(errors="replace"), path
        return None
