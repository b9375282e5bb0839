"""The small film that `storyforge init` writes, and everything a project needs around it."""

from __future__ import annotations

import json
from pathlib import Path

from storyforge.language.json_schema import schema_text
from storyforge.model.errors import UsageError
from storyforge.system.files import write_atomically

HERE = Path(__file__).parent

# Not the folder itself but what is in it: git knows no exceptions below a folder that is ignored.
GITIGNORE = """\
# takes, pieces, films: made again from the storyboard
.storyforge/*
!.storyforge/storyboard.schema.json
# finished films, their sound, and what they were made from
*.mp4
*.stems/
*.provenance.json
# keys
.env
"""

GITATTRIBUTES = """\
*.story.yaml text eol=lf diff=storyforge
*.story.lock text eol=lf merge=storyforge linguist-generated
*.png binary
*.jpg binary
*.webp binary
*.mp4 binary diff=storyforge-film
"""

EDITOR = {
    ".vscode/settings.json": {"yaml.schemas": {"./.storyforge/storyboard.schema.json": "*.story.yaml"}},
    ".vscode/extensions.json": {"recommendations": ["redhat.vscode-yaml"]},
}


def starter_files() -> dict[str, bytes]:
    """The files of a new project by their paths, with forward slashes."""
    drawn = {path.relative_to(HERE).as_posix(): path.read_bytes() for path in sorted((HERE / "refs").iterdir())}
    written = {
        "film.story.yaml": (HERE / "film.story.yaml").read_text(encoding="utf-8"),
        ".storyforge/storyboard.schema.json": schema_text(),
        ".gitignore": GITIGNORE,
        ".gitattributes": GITATTRIBUTES,
        **{path: json.dumps(settings, indent=2) + "\n" for path, settings in EDITOR.items()},
    }
    return {**{path: text.encode() for path, text in written.items()}, **drawn}


def write_starter(folder: Path) -> list[Path]:
    """Writes a new project; UsageError, and nothing written, where a file of it is there already."""
    files = starter_files()
    if taken := [path for path in files if (folder / path).exists()]:
        raise UsageError(f"`{taken[0]}` is there already", "name a new folder: `storyforge init my-film`")
    for path, content in files.items():
        write_atomically(folder / path, content)
    return [folder / path for path in files]
