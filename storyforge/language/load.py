"""Loads a storyboard: its file and those it uses become one `Storyboard`, a `Source` of places, and all findings."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath

from storyforge.language.source_map import Source
from storyforge.language.text_file import Page
from storyforge.language.validation import read_storyboard, unsupported_version
from storyforge.language.yaml_tree import Node, read_tree
from storyforge.model.diagnostics import Diagnostic, locate_findings
from storyforge.model.storyboard import Storyboard
from storyforge.system.inputs import UnreadableFile, open_file, read_file
from storyforge.system.project import FOLDER, MARKERS, project_root

__all__ = ["MARKERS", "Source", "is_address", "load_storyboard", "project_root"]

MAX_BYTES = 4 * 1024 * 1024
"""The largest file that is read: more than 10,000 shots."""

MAX_CHAIN = 32
"""How many files deep `use` may go."""

OWN = ("storyforge", "title", "use", "shots")
"""Keys that belong to a file itself and are not used by others."""

PATHS: tuple[tuple[str, ...], ...] = (
    ("cast", "*", "reference"),
    ("cast", "*", "looks", "*", "reference"),
    ("scenes", "*", "reference"),
    ("music", "file"),
)
"""Where paths stand in what others use."""


def load_storyboard(
    path: str | os.PathLike[str], texts: Mapping[str, str] | None = None
) -> tuple[Storyboard | None, Source, list[Diagnostic]]:
    """The storyboard in a file, the places of its parts, and every finding, in file order.

    With errors, the storyboard is what is left without the refused parts, so that other checks can go on; it is None
    where that would only mislead. `texts`, by real path, are read in the place of what the files hold.
    """
    main = Path(os.path.abspath(path))
    reader = _Reader(main.parent, Path(os.path.realpath(project_root(main))), texts or {})
    source = Source(main.parent, reader.pages)
    tree = reader.read_mapping(main)
    if tree is None:
        return None, source, locate_findings(reader.findings, source)
    source.root = reader.merge_used(tree, main, ())
    storyboard, findings = read_storyboard(source)
    return storyboard if reader.complete else None, source, locate_findings(reader.findings + findings, source)


def load_page(path: str | os.PathLike[str]) -> tuple[Page, list[Diagnostic]]:
    """The text of one file by itself, and the findings about its YAML; what it uses is not read."""
    main = Path(os.path.abspath(path))
    reader = _Reader(main.parent, Path(os.path.realpath(project_root(main))), {})
    reader.read_mapping(main)
    return reader.pages[main.name], locate_findings(reader.findings, Source(main.parent, reader.pages))


def is_address(text: str) -> bool:
    """Whether a reference is a URL or a provider's own id (`asset:…`, `uuid:…`), not a path."""
    # Two characters at least before the colon, so that `C:\a.png` is a path and is refused as one.
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text) is not None


@dataclass
class _Reader:
    """Reads a storyboard's files, each once."""

    folder: Path
    root: Path
    """The project's folder, links resolved; nothing outside is read."""
    texts: Mapping[str, str]
    """What is read in the place of files, by their real paths."""
    pages: dict[str, Page] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    used: dict[str, Node | None] = field(default_factory=dict)
    """What others take from a file, by its real path."""
    complete: bool = True
    """No used file is missing: what the storyboard does not know is really unknown."""

    def read_mapping(self, path: Path) -> Node | None:
        """The mapping in a file; None, with a finding, if there is none."""
        name = self.name(path)
        # Known before it is read: findings are placed in a file, also those that say it cannot be read.
        self.pages[name] = Page(name, "")
        given = self.texts.get(os.path.realpath(path)) if self.texts else None
        text = _text(path, name, self.root) if given is None else given
        if isinstance(text, Diagnostic):
            self.findings.append(text)
            return None
        page = self.pages[name] = Page(name, text)
        tree, findings = read_tree(page)
        self.findings += findings
        if tree is not None and tree.entries is not None:
            return tree
        hint = "begin it with `storyforge: 1` and `title: …`"
        if tree is not None and tree.value is not None:
            message = "the file is not a mapping of keys and values"
            self.findings.append(page.error("not-a-mapping", tree.start, tree.end, message, hint))
        elif not findings:
            self.findings.append(page.error("empty-file", 0, 0, "nothing is written in the file", hint))
        return None

    def name(self, path: Path) -> str:
        """A file as findings name it: relative to the main storyboard's folder."""
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def merge_used(self, tree: Node, path: Path, chain: tuple[str, ...]) -> Node:
        """The file's mapping over all that it uses; of two used files, the later one over the earlier."""
        chain = (*chain, os.path.realpath(path))
        result: Node | None = None
        for item in self.items(tree, main=len(chain) == 1):
            beneath = self.use(item, path, chain)
            if beneath is None:
                self.complete = False
            elif result is None:
                result = beneath
            else:
                self.findings += _clashes(item, result, beneath, tree)
                result = _over(result, beneath)
        return _over(result, tree) if result else tree

    def items(self, tree: Node, main: bool) -> list[Node]:
        """The files under `use`; in a used file the models do not see what else may stand there, so it is said here."""
        use = tree.child("use")
        items = [item for item in use.items or () if isinstance(item.value, str)] if use else []
        whole = use is None or use.value is None or (use.items is not None and len(items) == len(use.items))
        if use is not None and not whole:
            self.complete = False
            if not main:
                message, hint = "`use` is not a list of paths", "write each path on its own line after `- `"
                self.findings.append(use.page.error("wrong-type", use.start, use.end, message, hint))
        return items

    def use(self, item: Node, user: Path, chain: tuple[str, ...]) -> Node | None:
        """What the file that an item names gives to its user."""
        path = Path(os.path.normpath(user.parent / item.value.strip()))
        obstacle = self.obstacle(item.value.strip(), path, chain)
        if obstacle is not None:
            name, message, hint = obstacle
            self.findings.append(item.page.error(name, item.start, item.end, message, hint))
            return None
        real = os.path.realpath(path)
        if real not in self.used:
            tree = self.read_mapping(path)
            self.used[real] = self.read_given(tree, path, chain) if tree else None
        return self.used[real]

    def read_given(self, tree: Node, path: Path, chain: tuple[str, ...]) -> Node:
        """What a file that is used gives: all but its own, its paths written from the main storyboard's folder."""
        version = tree.child("storyforge")
        if version is not None and version.value not in (1, None):
            location = version.page.location(version.start, version.end)
            self.findings.append(replace(unsupported_version((), version.value), location=location))
            self.complete = False
        folder = posixpath.dirname(self.name(path))
        return self.merge_used(_moved(tree, PATHS, folder), path, chain).without(OWN)

    def obstacle(self, written: str, path: Path, chain: tuple[str, ...]) -> tuple[str, str, str] | None:
        """Why a file cannot be used: name, message and hint of the finding."""
        # On every system, so that nobody finds out on another machine that a storyboard names a drive.
        if PureWindowsPath(written).drive or written.startswith(("/", "\\")):
            hint = "write the path from this file, with forward slashes"
            return "path-outside-project", f"`{written}` is not a path from this file", hint
        real = os.path.realpath(path) if "\0" not in written else ""
        if real and not Path(real).is_relative_to(self.root):
            hint = f"keep what a storyboard uses inside its project, `{self.root.name}`"
            if (self.root / FOLDER).is_dir():
                hint += f", or move its `{FOLDER}` up to the folder that holds both"
            return "path-outside-project", f"`{written}` leads out of the project", hint
        # By real paths: through a link, a file could use itself under ever new names.
        if real in chain:
            names = " → ".join(f"`{self.name(Path(link))}`" for link in (*chain[chain.index(real) :], real))
            return "use-cycle", f"the files use each other in a cycle: {names}", "take one `use` out of the cycle"
        if len(chain) >= MAX_CHAIN:
            return "too-deep", f"files use each other more than {MAX_CHAIN} deep", "use fewer files"
        return _obstacle(path, written)


def _obstacle(path: Path, written: str) -> tuple[str, str, str] | None:
    """Why a file cannot be read, found without opening it: a pipe would never end."""
    try:
        open_file(path).close()
    except UnreadableFile as fault:
        return None if fault.obstacle == "unreadable" and _is_open(path) else _tell(fault, written)
    return None


def _is_open(path: Path) -> bool:
    """Whether the folder of a file can be entered: then the file itself is at fault."""
    with contextlib.suppress(OSError):
        os.stat(path)
        return True
    return False


def _tell(fault: UnreadableFile, written: str) -> tuple[str, str, str]:
    """Why a file cannot be read, in the author's words: name, message and hint of the finding."""
    match fault.obstacle:
        case "missing":
            return "missing-file", f"there is no file `{written}`", "check the path and the spelling"
        case "outside":
            hint = "put the file itself into the project"
            return "path-outside-project", f"`{written}` is a link that leads out of the project", hint
        case "folder":
            return "unreadable-file", f"`{written}` is a folder", "name a file in it"
        case "special":
            return "unreadable-file", f"`{written}` is not a file on disk", "save it as a file first"
        case "too-large":
            message = f"`{written}` is larger than {MAX_BYTES // 2**20} MiB"
            return "too-large", message, "split the film into several storyboards"
    hint = "check whether it may be read and its disk is there"
    return "unreadable-file", f"`{written}` cannot be read", hint


def _text(path: Path, name: str, root: Path) -> str | Diagnostic:
    """All of a file, every character as it is, or why it cannot be read."""
    beginning = Page(name, "").location(0, 0)
    try:
        read = read_file(path, root, MAX_BYTES)
    except UnreadableFile as fault:
        found, message, hint = _tell(fault, path.name)
        return Diagnostic(found, "error", message, hint, location=beginning)
    try:
        return read.decode()
    except UnicodeDecodeError as error:
        good = Page(name, read[: error.start].decode())
        message, hint = "the file is not UTF-8 text", "save it as UTF-8"
        return Diagnostic("not-utf8", "error", message, hint, location=good.location(len(good.text), len(good.text)))


def _over(under: Node, over: Node, whole: bool = False) -> Node:
    """One mapping over another: each key wins whole, in `cast` and `scenes` each id; an empty one does not count."""
    entries = dict(under.entries or {})
    for key, (start, end, node) in (over.entries or {}).items():
        beneath = under.child(key)
        if beneath is not None and node.value is None:
            continue
        if beneath is not None and not whole and key in ("cast", "scenes") and node.entries and beneath.entries:
            node = _over(beneath, node, whole=True)
        entries[key] = start, end, node
    return Node.mapping(over, entries)


def _moved(node: Node, paths: tuple[tuple[str, ...], ...], folder: str) -> Node:
    """The same tree with the texts at these paths, each a path from a folder, written from the main storyboard's."""
    if () in paths and isinstance(node.value, str) and not is_address(node.value.strip()):
        moved = posixpath.normpath(posixpath.join(folder, node.value.strip()))
        return Node(node.page, node.start, node.end, moved, node.style)
    if not node.entries:
        return node
    entries = {}
    for key, (start, end, inner) in node.entries.items():
        rest = tuple(path[1:] for path in paths if path and path[0] in ("*", key))
        entries[key] = start, end, _moved(inner, rest, folder) if rest else inner
    return Node.mapping(node, entries)


def _clashes(item: Node, earlier: Node, later: Node, user: Node) -> list[Diagnostic]:
    """An error for each character and scene that two used files describe differently and their user does not."""
    found = []
    for group in ("cast", "scenes"):
        ours, old, new = (tree.child(group) for tree in (user, earlier, later))
        for name in (old.entries or {}) if old and new else ():
            before, after = old and old.child(name), new and new.child(name)
            settled = ours is not None and ours.child(name) is not None
            if settled or before is None or after is None or before.value == after.value:
                continue
            found.append(
                Diagnostic(
                    "use-clash",
                    "error",
                    f"`{name}` is one thing in `{before.page.file}` and another in `{after.page.file}`",
                    f"describe `{name}` in the storyboard itself, or in one of the two alone",
                    location=item.page.location(item.start, item.end),
                )
            )
    return found
