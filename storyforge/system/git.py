"""The one door to git: what stood in files at other times, which versions a file had, and who wrote a line.

Git runs as a program of its own, writes only the settings it is asked to write, fetches nothing, and runs nothing that
a repository's settings name: no filters, no text conversion, no hooks, no watchers. Names of revisions are checked
before they are used.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import IO

from storyforge.model.errors import UsageError

QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}
"""Nothing is asked, fetched or refreshed, whatever the repository's settings say."""

PLACES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
)
"""What git tells the programs that it calls, hooks and drivers among them: here a repository is found by its folder."""

LINK = b"120000"
"""Mode of a link in a tree."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Who last changed a line."""

    commit: str
    """Abbreviated; all zeros where the change is not committed yet."""
    author: str
    date: str
    """YYYY-MM-DD, in the author's own time."""
    summary: str

    @property
    def committed(self) -> bool:
        """Whether the line is in a commit and not only in the working tree."""
        return set(self.commit) != {"0"}


class Repository:
    """A git repository on this disk, by its top folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, path: Path) -> Repository | None:
        """The repository that a file or folder is in; None where there is none, or no git on this machine.
        UsageError where git does not trust it, because it belongs to somebody else."""
        place = path.resolve()
        try:
            top = _run(place if place.is_dir() else place.parent, "rev-parse", "--show-toplevel")
        except UsageError as fault:
            if owned := re.search("dubious ownership in repository at '(.*)'", str(fault)):
                hint = f"if you trust it: `git config --global --add safe.directory {owned[1]}`"
                raise UsageError(f"git does not read `{owned[1]}`, which belongs to somebody else", hint) from None
            return None
        return cls(Path(os.fsdecode(top.rstrip(b"\n"))))

    def commit(self, rev: str) -> str:
        """The full id of a commit; UsageError where nothing is called so."""
        try:
            # A name that begins with `-` is a name, and no option of git.
            return self._text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}").strip()
        except UsageError:
            raise UsageError(f"git knows no commit `{rev}`", "name a commit, a branch or a tag") from None

    def merge_base(self, one: str, other: str) -> str:
        """The last commit that two share; UsageError where they share none."""
        try:
            return self._text("merge-base", self.commit(one), self.commit(other)).strip()
        except UsageError as fault:
            hint = fault.hint or "in a shallow clone, fetch more: `git fetch --unshallow`"
            raise UsageError(f"`{one}` and `{other}` share no history here", hint) from None

    def inside(self, path: Path) -> str:
        """A path as git names it, from the repository's top with forward slashes."""
        return path.resolve().relative_to(self.folder.resolve()).as_posix()

    def tree(self, rev: str, under: Path | None = None) -> dict[str, str]:
        """All files of a commit at or below a folder, by their path from the top: the id of each content."""
        return {path: content for path, mode, content in self._entries(rev, under) if mode != LINK}

    def links(self, rev: str, under: Path | None = None) -> dict[str, str]:
        """Where the links of a commit lead, by their path from the top, as they are written."""
        ids = {path: content for path, mode, content in self._entries(rev, under) if mode == LINK}
        written = dict(self.contents(dict.fromkeys(ids.values()), largest=4096))
        return {path: os.fsdecode(written[content]) for path, content in ids.items() if content in written}

    def _entries(self, rev: str, under: Path | None) -> Iterator[tuple[str, bytes, str]]:
        """Path, mode and id of the files and links of a commit, without names that lead out of it."""
        place = self.inside(under) if under else "."
        only = ["--", place] if place != "." else []
        listed = self._bytes("ls-tree", "-r", "-z", "--full-tree", self.commit(rev), *only)
        for entry in listed.split(b"\0"):
            facts, _, name = entry.partition(b"\t")
            path = os.fsdecode(name)
            if path and facts.split()[1] == b"blob" and _is_inner(path):
                yield path, facts.split()[0], facts.split()[2].decode()

    def contents(self, ids: Iterable[str], largest: int | None = None) -> Iterator[tuple[str, bytes]]:
        """The contents of some ids, one read after another; ids that git does not hold here are left out, and those of
        more bytes than `largest`."""
        with _started(self.folder, "cat-file", "--batch") as (ask, answers):
            for name in ids:
                ask.write(name.encode() + b"\n")
                ask.flush()
                head = answers.readline().split()
                if len(head) != 3:  # missing; or nothing at all, where git gave up
                    continue
                left = int(head[2])
                kept = largest is None or left <= largest
                content = []
                while left and (block := answers.read(min(left, 1 << 20))):
                    left -= len(block)
                    content += [block] if kept else []
                answers.readline()
                if kept and not left:
                    yield name, b"".join(content)

    def read_file(self, rev: str, path: Path) -> bytes | None:
        """What a file held at a commit; None where it was not there."""
        name = self.inside(path)
        found = self.tree(rev, path).get(name)
        return dict(self.contents([found])).get(found) if found else None

    def versions(self, pattern: str, since: str | None = None) -> dict[str, str]:
        """Every content that files of a pattern (`*.story.lock`) had on any branch, tag or stash, and in what git still
        remembers of moved ones: its id, and its path. `since` is a day (YYYY-MM-DD, UTC) or a commit: then what was
        there, what came later, and what is on any branch now."""
        span = ["--full-history", "--all", "--reflog"]  # what a merge did not take was written all the same
        found: dict[str, str] = {}
        if since:
            span += [f"--since={since}T00:00:00Z"] if _is_day(since) else [f"^{self.commit(since)}"]
            tips = self._text(
                "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes", "refs/stash"
            ).split()
            for tip in {*tips, *([] if _is_day(since) else [self.commit(since)])}:
                found |= {content: name for name, content in self.tree(tip).items() if Path(name).match(pattern)}
        # Settings of the user must not add to what is read: signatures would be checked, renames and short ids shown.
        raw = ["log", "--no-show-signature", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames", "--format="]
        listed = self._bytes(*raw, *span, "--", f":(glob)**/{pattern}").split(b"\0")
        for facts, name in pairwise(listed):
            if facts.startswith(b":"):
                before, after = facts.split()[2:4]
                # What stood before the first change in the span was in force until then.
                found |= {one.decode(): os.fsdecode(name) for one in (before, after) if one.strip(b"0")}
        return found

    def read_staged(self, pattern: str) -> dict[str, str]:
        """The contents of files of a pattern in the index, on all sides of a merge that is not decided yet: the id of
        each, and its path."""
        listed = self._bytes("ls-files", "--stage", "-z", "--full-name", "--", f":(top,glob)**/{pattern}")
        entries = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry]
        return {facts.split()[1].decode(): os.fsdecode(name) for facts, _, name in entries}

    @property
    def is_shallow(self) -> bool:
        """Whether its history is cut off somewhere."""
        return self._text("rev-parse", "--is-shallow-repository").strip() == "true"

    def blame(self, path: Path, lines: Iterable[int]) -> Mapping[int, Blame]:
        """Who last changed some lines of a file as it is on the disk, by line from 1; nothing where git does not know
        the file."""
        spans = [part for line in sorted(set(lines)) for part in ("-L", f"{line},{line}")]
        if not spans:
            return {}
        lines_of = ["blame", "--line-porcelain", "--no-textconv", *spans, "--", self.inside(path)]
        try:
            told = _run(self.folder, *lines_of, over=self._no_filters())
        except UsageError:
            return {}
        return dict(_blamed(told.decode("utf-8", "replace").split("\n")))

    def files(self, pattern: str, under: Path) -> list[Path]:
        """The files of a pattern (`*.story.yaml`) at or below a folder that git keeps or would keep."""
        kept = ["ls-files", "-z", "--full-name", "--cached", "--others", "--exclude-standard"]
        place = "" if under.resolve() == self.folder.resolve() else f"{_literal(self.inside(under))}/"
        listed = self._bytes(*kept, "--", f":(top,glob){place}**/{pattern}").split(b"\0")
        return [self.folder / os.fsdecode(name) for name in sorted(set(listed)) if name]

    def attribute(self, name: str, path: Path) -> str:
        """What a file's attribute is set to, by all that says so; `unspecified` where nothing does."""
        told = self._bytes("check-attr", "-z", name, "--", os.fspath(path.resolve())).split(b"\0")
        return told[2].decode("utf-8", "replace")

    def setting(self, name: str) -> str | None:
        """One of the repository's own settings."""
        try:
            return self._text("config", "--local", "--get", name).removesuffix("\n")
        except UsageError:
            return None

    def write_setting(self, name: str, value: str) -> None:
        """Changes one of the repository's own settings, which a clone does not take along."""
        self._bytes("config", "--local", "--replace-all", name, value)

    def _no_filters(self) -> dict[str, str]:
        """Settings under which git reads files of the working tree as they are."""
        named = r"^filter\..*\.(clean|process|required)$"
        try:
            listed = self._text("config", "-z", "--name-only", "--get-regexp", named)
        except UsageError:
            return {}
        return {name: "false" if name.endswith(".required") else "" for name in listed.split("\0") if name}

    def _text(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode("utf-8", "replace")

    def _bytes(self, *arguments: str) -> bytes:
        return _run(self.folder, *arguments)


def line_diff(old: Path, new: Path) -> str:
    """Two files as git shows the difference of their lines, from the first hunk on; empty where they are alike."""
    plain = ["diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--text"]
    files = [os.fspath(path.resolve()) for path in (old, new)]
    # Not in a repository, whose filters would be run.
    told = _run(Path(old.resolve().anchor), *plain, "--", *files, fine=(0, 1))
    _, _, hunks = told.decode("utf-8", "replace").partition("\n@@")
    return f"@@{hunks}" if hunks else ""


def _is_inner(name: str) -> bool:
    """Whether a path stays in the folder that it starts from, on every system, and out of git's own."""
    path = PureWindowsPath(name)
    return not path.anchor and not {"..", ".git"} & {part.lower() for part in path.parts}


def _blamed(lines: list[str]) -> Iterator[tuple[int, Blame]]:
    number, facts = 0, dict[str, str]()
    for line in lines:
        if line.startswith("\t"):
            day = _day(int(facts.get("author-time", "0")), facts.get("author-tz", "+0000"))
            yield number, Blame(facts["commit"][:10], facts.get("author", ""), day, facts.get("summary", ""))
            continue
        word, _, rest = line.partition(" ")
        if len(word) >= 40 and set(word) <= set("0123456789abcdef"):
            number, facts = int(rest.split()[1]), {"commit": word}
        else:
            facts[word] = rest


def _day(seconds: int, zone: str) -> str:
    from datetime import UTC, datetime, timedelta

    offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:5]))
    return (datetime.fromtimestamp(seconds, UTC) + offset).date().isoformat()


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _literal(path: str) -> str:
    """A path in which git's patterns find nothing of their own."""
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path)


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    # A repository's own settings may name a program as its file monitor, and looking at a repository must run nothing.
    command = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    if not any(part.startswith(":(") for part in arguments):
        # A file called `*` is that file alone.
        command.insert(2, "--literal-pathspecs")
    return command


def _environment(over: Mapping[str, str]) -> dict[str, str]:
    """Where git runs, with some of its settings overruled."""
    overruled = {"GIT_CONFIG_COUNT": str(len(over))}
    for number, (name, value) in enumerate(over.items()):
        overruled |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {name: value for name, value in os.environ.items() if name not in PLACES} | QUIET | overruled


@contextmanager
def _started(folder: Path, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Git as a program to talk with: where it is asked, and where it answers."""
    try:
        process = subprocess.Popen(
            _command(folder, arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment({}),
        )
    except OSError:
        raise _no_git() from None
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdin, process.stdout
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()


def _run(
    folder: Path, *arguments: str, fine: Sequence[int] = (0,), over: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Runs git in a folder; UsageError with git's last words where it fails or is not there."""
    try:
        done = subprocess.run(
            _command(folder, arguments), input=b"", capture_output=True, env=_environment(over), check=False
        )
    except OSError:
        raise _no_git() from None
    if done.returncode not in fine:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
        fatal = next((line for line in words if line.startswith("fatal: ")), words[-1])
        raise UsageError(f"git failed: {fatal.removeprefix('fatal: ').rstrip('.')}", None)
    return done.stdout


def _no_git() -> UsageError:
    return UsageError("git is not on this machine", "install git")
