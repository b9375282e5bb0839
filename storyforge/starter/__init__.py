"""The small film that `storyforge init` writes, and everything a project needs around it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from storyforge.language.json_schema import schema_path, schema_text
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

SCHEMA = ".storyforge/storyboard.schema.json"
"""Where the schema is in a project of its own."""


def starter_files(schema: str = SCHEMA) -> dict[str, bytes]:
    """The files of a new project by their paths, with forward slashes; `schema` is where the schema is."""
    seen = schema if schema.startswith("../") else f"./{schema}"
    editor = {
        ".vscode/settings.json": {"yaml.schemas": {seen: "*.story.yaml"}},
        ".vscode/extensions.json": {"recommendations": ["redhat.vscode-yaml"]},
    }
    drawn = {path.relative_to(HERE).as_posix(): path.read_bytes() for path in sorted((HERE / "refs").iterdir())}
    written = {
        "film.story.yaml": (HERE / "film.story.yaml").read_text(encoding="utf-8").replace(f"./{SCHEMA}", seen),
        schema: schema_text(),
        ".gitignore": GITIGNORE,
        ".gitattributes": GITATTRIBUTES,
        **{path: json.dumps(settings, indent=2) + "\n" for path, settings in editor.items()},
    }
    return {**{path: text.encode() for path, text in written.items()}, **drawn}


def write_starter(folder: Path) -> list[Path]:
    """Writes a new project, or an episode into one that is there: its store and schema are then above. UsageError, and
    nothing written, where a file of it is there already."""
    schema = schema_path(folder).as_posix()
    files = starter_files(schema)
    if schema != SCHEMA and (folder / schema).exists():
        del files[schema]
    if taken := [path for path in files if os.path.lexists(folder / path)]:
        raise UsageError(f"`{taken[0]}` is there already", "name a new folder: `storyforge init my-film`")
    for path, content in files.items():
        write_atomically(folder / path, content)
    return [folder / path for path in files]
