"""Renames a character, a look, a scene or a shot everywhere in a project, so that nothing changes but the name."""

from __future__ import annotations

import os
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from storyforge.language.load import MARKERS, load_storyboard, project_root
from storyforge.language.mentions import (
    Face,
    Mention,
    Names,
    collect_names,
    find_mentioning_texts,
    read_who,
    read_words,
)
from storyforge.language.source_map import Source
from storyforge.language.text_edits import format_scalar, set_value, splice_fixes
from storyforge.language.validation import ID_HINT, NUMBERED_ID_HINT
from storyforge.model.diagnostics import Diagnostic, Fix, Path, has_errors
from storyforge.model.errors import UsageError
from storyforge.model.spelling import nearest
from storyforge.model.storyboard import Id, NumberedId, Storyboard, id_words

Kind = Literal["cast", "scene", "shot"]

BEHIND = 200
"""Characters behind a mention that are read to see where its new name would end."""

WORDS = {"cast": "character", "scene": "scene", "shot": "shot"}


@dataclass(frozen=True)
class _Read:
    """A file that was read."""

    path: FilePath
    source: Source
    found: tuple[Diagnostic, ...]

    def real(self, file: str) -> str:
        return os.path.realpath(self.source.path(file))


@dataclass(frozen=True)
class Opened(_Read):
    """A storyboard without errors."""

    storyboard: Storyboard


@dataclass(frozen=True)
class Refused(_Read):
    """A file with errors."""


@dataclass(frozen=True)
class Renamed:
    """The change of a whole project, not yet written."""

    texts: Mapping[FilePath, tuple[str, str]]
    """Each file that changes: its text before and after."""
    places: Mapping[FilePath, int]
    """How many places change in each file."""
    name: str | None
    """The `name` that was written for one who was spoken of by its id."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What is called otherwise."""

    kind: Kind
    old: str
    new: str
    who: str | None = None
    """Of a look: whose it is."""

    @property
    def path(self) -> Path:
        """Where it is described; a shot has no such place of its own."""
        if self.who is not None:
            return "cast", self.who, "looks", self.old
        return "scenes" if self.kind == "scene" else self.kind, self.old

    def new_name(self, kind: Kind, name: str) -> str:
        """The new name of a thing, which is its old one but for the one that is renamed."""
        return self.new if self.who is None and (kind, name) == (self.kind, self.old) else name

    def face(self, who: str, look: str | None) -> Face:
        """The new character and look of a mention; what is not renamed stays as it is."""
        return self.new_name("cast", who), self.new if (who, look) == (self.who, self.old) else look


def rename_in_project(file: FilePath, old: str, new: str, kind: Kind | None = None) -> Renamed | Refused:
    """What has to change for `old` to be called `new`, or the file whose errors stand in the way.

    A look is written `mira.storm`. Prompts stay as they are: who was spoken of by its id is given that as `name`.
    UsageError where the new name is none, is in use, or would make something else of a text.
    """
    film = _opened(file)
    if isinstance(film, Refused):
        return film
    naming = _naming(film, old, new, kind)
    boards: list[Opened] = []
    for read in [film] if naming.kind == "shot" else _project(film, naming):
        if isinstance(read, Refused):
            return read
        boards.append(read)
    meant = [one for one in boards if _means(one, naming, film)]
    fixes = {fix for one in meant for fix in _places(one, naming)}
    name = _unwritten_name(film.storyboard, naming)
    if name is not None:
        fix = set_value(film.source, (*naming.path, "name"), name)
        fixes.add(Fix(film.real(fix.file), fix.start, fix.end, fix.text))
    before = {one.real(page): text.text for one in boards for page, text in one.source.pages.items()}
    after = {
        path: splice_fixes(before[path], [fix for fix in fixes if fix.file == path])
        for path in sorted({fix.file for fix in fixes})
    }
    for one in boards:
        # No list of places proves that it is complete, so what is read from the new texts is compared with the old.
        if any(one.real(page) in after for page in one.source.pages):
            _compare(one, _opened(one.path, after), naming, one in meant)
    return Renamed(
        {FilePath(path): (before[path], text) for path, text in after.items()},
        {FilePath(path): sum(fix.file == path for fix in fixes) for path in after},
        name,
    )


def _opened(path: FilePath, texts: Mapping[str, str] | None = None) -> Opened | Refused:
    board, source, found = load_storyboard(path, texts)
    if board is None or has_errors(found):
        return Refused(path, source, tuple(found))
    return Opened(path, source, tuple(found), board)


def _naming(film: Opened, old: str, new: str, kind: Kind | None) -> Naming:
    """What the words of the command mean; UsageError if they mean nothing."""
    board = film.storyboard
    (who, look), (new_who, new_look) = read_who(old), read_who(new)
    if look is not None:
        if kind not in (None, "cast") or who not in board.cast or look not in board.cast[who].looks:
            looks = [f"{name}.{worn}" for name, one in board.cast.items() for worn in one.looks]
            raise UsageError(f"no look is called `{old}`", _known(old, looks))
        if new_who != who or new_look is None:
            raise UsageError(f"`{new}` is not a look of `{who}`", f"write the new name as `{who}.…`")
        return _checked(film, Naming("cast", look, new_look, who), board.cast[who].looks)
    ids = _ids(board, kind)
    kinds: list[Kind] = [each for each in ids if who in ids[each]]
    if not kinds:
        thing = WORDS[kind] if kind else "character, scene or shot"
        raise UsageError(f"no {thing} is called `{old}`", _known(old, [name for each in ids.values() for name in each]))
    if len(kinds) > 1:
        things = " and ".join(f"a {WORDS[each]}" for each in kinds)
        raise UsageError(f"`{old}` is {things}", f"say which is meant: {', '.join(f'--kind {each}' for each in kinds)}")
    return _checked(film, Naming(kinds[0], who, unicodedata.normalize("NFC", new)), ids[kinds[0]])


def _ids(storyboard: Storyboard, kind: Kind | None) -> dict[Kind, list[str]]:
    shots = [shot.id for shot in storyboard.shots or ()]
    ids: dict[Kind, list[str]] = {"cast": list(storyboard.cast), "scene": list(storyboard.scenes), "shot": shots}
    return {each: names for each, names in ids.items() if kind in (None, each)}


def _known(old: str, names: Sequence[str]) -> str:
    near = nearest(old, names)
    return f"did you mean `{near}`?" if near else "write its id as it is in the storyboard"


def _checked(film: Opened, naming: Naming, taken: Iterable[str]) -> Naming:
    numbered = naming.kind != "cast"
    try:
        TypeAdapter(NumberedId if numbered else Id).validate_python(naming.new)
    except ValidationError:
        hint = NUMBERED_ID_HINT if numbered else ID_HINT
        raise UsageError(f"`{naming.new}` is not an id", hint) from None
    if naming.new == naming.old:
        raise UsageError(f"`{naming.old}` is called so already")
    _free(film, naming, taken)
    return naming


def _free(one: Opened, naming: Naming, taken: Iterable[str]) -> None:
    """UsageError where the new name is another's."""
    if naming.new in taken:
        thing = "look" if naming.who else WORDS[naming.kind]
        raise UsageError(f"`{one.path.name}` has a {thing} `{naming.new}` already", "choose another name")


def _project(film: Opened, naming: Naming) -> Iterator[Opened | Refused]:
    """The storyboards of a project and the files that they use, each once.

    One with errors is left out where neither the old name nor the new is written: it may say anything else.
    """
    own = os.path.realpath(film.path)
    where = film.real(film.source.part(naming.path, key=True).file)
    waiting = deque([own, *_storyboards(project_root(film.path), where)])
    seen: set[str] = set()
    while waiting:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        one = film if path == own else _opened(FilePath(path))
        waiting.extend(one.real(file) for file in one.source.pages)
        texts = [_composed(page.text) for page in one.source.pages.values()]
        if isinstance(one, Opened) or any(name in text for text in texts for name in (naming.old, naming.new)):
            yield one


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _storyboards(root: FilePath, where: str) -> Iterator[str]:
    """All storyboards of a project; another project below it counts if the file `where` is in it."""
    for folder, inner, files in os.walk(root):
        # In place: `os.walk` goes down into what is left in this very list.
        inner[:] = [
            name
            for name in sorted(inner)
            if not name.startswith(".")
            and (
                FilePath(where).is_relative_to(os.path.realpath(below := os.path.join(folder, name)))
                or not any(os.path.exists(os.path.join(below, marker)) for marker in MARKERS)
            )
        ]
        yield from (
            os.path.realpath(os.path.join(folder, name)) for name in sorted(files) if name.endswith(".story.yaml")
        )


def _means(one: Opened, naming: Naming, film: Opened) -> bool:
    """Whether a storyboard has the thing itself, and not another of that name; UsageError if the new name is taken."""
    if naming.kind == "shot":
        return True
    if not one.source.has(naming.path):
        return False
    here, there = (each.source.part(naming.path, key=True) for each in (one, film))
    if (one.real(here.file), here.start) != (film.real(there.file), there.start):
        return False
    board = one.storyboard
    _free(one, naming, board.cast[naming.who].looks if naming.who else _ids(board, naming.kind)[naming.kind])
    return True


def _unwritten_name(storyboard: Storyboard, naming: Naming) -> str | None:
    """How prompts speak of one without a `name`, if the new id would change that."""
    if naming.who is not None or naming.kind == "shot" or id_words(naming.old) == id_words(naming.new):
        return None
    noun = storyboard.cast[naming.old] if naming.kind == "cast" else storyboard.scenes[naming.old]
    return None if noun.name else id_words(naming.old)


def _places(one: Opened, naming: Naming) -> Iterator[Fix]:
    """Everywhere that a storyboard or a file it uses writes the id."""
    board, source = one.storyboard, one.source

    def fix(path: Path, span: tuple[int, int] | None = None, key: bool = False, text: str | None = None) -> Fix:
        file, start, end = source.part(path, span, key)
        if text is not None:
            return Fix(one.real(file), start, end, text)
        # Only a whole plain or quoted text may need other quotes now, as somebody who is called `null`.
        inside = span or (not key and source.raw(path)[:1] in ("|", ">"))
        return Fix(
            one.real(file),
            start,
            end,
            naming.new if inside else format_scalar(naming.new, source.text(file)[start:end]),
        )

    if naming.kind != "shot":
        yield fix(naming.path, key=True)
    names = collect_names(board)
    renamed = Names(
        (naming.new_name("cast", who), frozenset(naming.face(who, look)[1] or "" for look in looks))
        for who, looks in names.items()
    )
    for path, text in find_mentioning_texts(board):
        for word in read_words(text, names):
            if isinstance(word, Mention) and naming.face(*word.face) != word.face:
                braced = _brace(text, word, naming, renamed)
                span = (word.start, word.end) if braced else _part(text, *word.name_span, naming)
                yield fix(path, span, text=braced)
    for number, shot in enumerate(board.shots or ()):
        at: Path = ("shots", number)
        ids: tuple[tuple[str, Kind, str | None], ...] = (
            ("scene", "scene", shot.scene),
            ("id", "shot", shot.id),
            ("continues", "shot", shot.continues),
        )
        yield from (fix((*at, key)) for key, kind, name in ids if name and naming.new_name(kind, name) != name)
        for index, face in enumerate(map(read_who, shot.cast)):
            if naming.face(*face) != face:
                path = (*at, "cast", index)
                text = _written(source, path)
                yield fix(path, _part(text, 0, len(text), naming) if "." in text else None)
        for index, line in enumerate(shot.dialogue):
            if naming.face(line.who, line.look) != (line.who, line.look):
                file, start, end = source.part((*at, "dialogue", index, "look" if naming.who else "who"))
                yield Fix(one.real(file), start, end, naming.new)


def _brace(text: str, word: Mention, naming: Naming, names: Names) -> str | None:
    """The mention in braces, where its new name would run into the letters that follow; None where it does not."""
    who, look = naming.face(*word.face)
    name = f"{who}.{look}" if look else who
    said = None if word.braced else read_words(f"@{name}{text[word.end : word.end + BEHIND]}", names)[0]
    apart = said is None or (isinstance(said, Mention) and (said.face, said.end) == ((who, look), len(name) + 1))
    return None if apart else f"@{{{name}}}"


def _part(text: str, start: int, end: int, naming: Naming) -> tuple[int, int]:
    """The part of `mira.storm`, between two offsets, that is renamed."""
    dot = text.find(".", start, end)
    return (dot + 1, end) if naming.who is not None else (start, end if dot < 0 else dot)


def _written(source: Source, path: Path) -> str:
    node = source.root
    for part in path:
        node = node.child(part) if node else None
    return str(node.value) if node else ""


def _compare(before: Opened, after: Opened | Refused, naming: Naming, meant: bool) -> None:
    """UsageError unless a storyboard says the same as before, but for the name."""
    what = f"with `{naming.new}` for `{naming.old}`"
    if isinstance(after, Refused):
        wrong = next(found.message for found in after.found if found.severity == "error")
        raise UsageError(f"{what}, `{before.path.name}` would be wrong: {wrong}", "choose another name")
    # Where another has the old name, that stays; where nobody does, what speaks of it goes with the files that know.
    another = not meant and before.source.has(naming.path)
    said = _told(before.storyboard, None if another else naming)
    says = _told(after.storyboard, None if another or meant else naming)
    for group in ("cast", "scenes"):  # what a used file now gives as well is in no shot
        says[group] = {name: one for name, one in says[group].items() if name in said[group]}
    differs = _difference(said, says)
    if differs is not None:
        place = before.source.locate(tuple(naming.old if part == naming.new else part for part in differs))
        raise UsageError(
            f"{what}, `{place.file}` would not say the same in line {place.line}",
            "choose another name, or write that line in another way first",
        )


def _told(storyboard: Storyboard, naming: Naming | None) -> dict[str, Any]:
    """What a storyboard says, mentions as whom they mean, and the names in force."""
    naming = naming or Naming("shot", "", "")
    told: dict[str, Any] = storyboard.model_dump(mode="json")
    names = collect_names(storyboard)
    for path, text in find_mentioning_texts(storyboard):
        around: Any = told
        for part in path[:-1]:
            around = around[part]
        words = read_words(text, names)
        around[path[-1]] = [
            (*naming.face(*word.face), word.known) if isinstance(word, Mention) else word for word in words
        ]
    told["cast"] = {
        naming.new_name("cast", who): one
        | {"name": storyboard.character(who).name}
        | {"looks": {naming.face(who, look)[1]: worn for look, worn in one["looks"].items()}}
        for who, one in told["cast"].items()
    }
    told["scenes"] = {
        naming.new_name("scene", scene): one | {"name": storyboard.place(scene).name}
        for scene, one in told["scenes"].items()
    }
    for shot in told["shots"] or ():
        shot["id"], shot["scene"] = naming.new_name("shot", shot["id"]), naming.new_name("scene", shot["scene"])
        shot["continues"] = shot["continues"] and naming.new_name("shot", shot["continues"])
        shot["cast"] = [naming.face(*read_who(who)) for who in shot["cast"]]
        for line in shot["dialogue"]:
            line["who"], line["look"] = naming.face(line["who"], line["look"])
    return told


def _difference(one: Any, other: Any, path: Path = ()) -> Path | None:
    """The first place where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs: list[tuple[Any, Any, Any]] = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(index, one[index], other[index]) for index in range(len(one))]
    else:
        return None if one == other else path
    inner = (_difference(was, now, (*path, part)) for part, was, now in pairs)
    return next((found for found in inner if found is not None), None)
