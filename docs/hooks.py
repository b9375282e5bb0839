"""What MkDocs calls while it builds: generated parts are written into their pages, and links to files of the
repository lead to pages that show them, so that the site is whole without a network."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any

from generate import PAGES

ROOT = Path(__file__).parents[1]
COPIES = {
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "overview.md": "README.md",
    "security.md": "SECURITY.md",
}
"""Pages that are files of the repository's top."""

MARK = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?(?=\))")
LANGUAGES = {".py": "python", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".jinja": "jinja"}


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are copies, and one for each file of the repository that a page links to."""
    from mkdocs.structure.files import File

    texts = {file.src_uri: file.content_string for file in files if file.src_uri.endswith(".md")}
    for page, source in COPIES.items():
        texts[page] = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=texts[page]))
    shown = {path for page, text in texts.items() for path in linked_files(page, text)}
    for path in sorted(shown):
        if is_picture(path):
            files.append(File.generated(config, source_page(path), abs_src_path=str(ROOT / path)))
        else:
            files.append(File.generated(config, source_page(path), content=show_file(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **rest: Any) -> str:
    """Writes generated parts into a page, and turns its links to files of the repository."""
    turned = LINK.sub(lambda link: turn_link(page.file.src_uri, link), markdown)
    return MARK.sub(lambda mark: PAGES[mark[1]](), turned)


def linked_files(page: str, text: str) -> set[str]:
    """The files of the repository that a page links to and that are no pages, as paths from the top."""
    targets = {repository_path(page, link["target"]) for link in LINK.finditer(text)}
    return {path for path in targets if (ROOT / path).is_file() and not is_page(path)}


def is_page(path: str) -> bool:
    """Whether a file of the repository is a page of the site."""
    return path in COPIES.values() or (path.startswith("docs/") and path.endswith(".md"))


def is_picture(path: str) -> bool:
    """Whether a file is shown as it is."""
    return path.endswith((".jpg", ".png"))


def repository_path(page: str, target: str) -> str:
    """A link of a page as a path from the top of the repository."""
    folder = "" if page in COPIES else posixpath.join("docs", posixpath.dirname(page))
    return posixpath.normpath(posixpath.join(folder, target))


def turn_link(page: str, link: re.Match[str]) -> str:
    """A link as the site has it: to the page that shows a file, that is a copy of it, or to a page as it was."""
    path = repository_path(page, link["target"])
    copies = {source: copy for copy, source in COPIES.items()}
    if path in copies:
        target = copies[path]
    elif is_page(path):
        target = path.removeprefix("docs/")
    elif (ROOT / path).is_file():
        target = source_page(path)
    else:
        return link[0]
    return posixpath.relpath(target, posixpath.dirname(page) or ".") + (link["anchor"] or "")


def source_page(path: str) -> str:
    """The page that shows a file of the repository, or a picture's place in the site."""
    return f"source/{path}" if is_picture(path) else f"source/{path}.md"


def show_file(path: str) -> str:
    """A page with the text of a file; a search does not find it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    fence = "`" * (max((len(run) for run in re.findall("`{3,}", text)), default=2) + 1)
    language = LANGUAGES.get(PurePosixPath(path).suffix, "text")
    return f"---\nsearch: {{exclude: true}}\n---\n\n# {path}\n\n{fence}{language}\n{text}\n{fence}\n"
