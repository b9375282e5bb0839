"""The one door to git: what stood in files at other times, which versions a file had, and who wrote a line.

Git runs as a program of its own, reads only, and runs nothing that a repository's settings name: no filters, no text
conversion, no hooks. Names of revisions are checked before they are used.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from storyforge.errors import UsageError


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
        return set(self.commit) != {"0"}


class Repository:
    """A git repository on this disk, by its top folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, path: Path) -> Repository | None:
        """The repository that a file or folder stands in; None where there is none, or no git on this machine."""
        place = path.resolve()
        try:
            top = _run(place if place.is_dir() else place.parent, "rev-parse", "--show-toplevel")
        except UsageError:
            return None
        return cls(Path(os.fsdecode(top.rstrip(b"\n"))))

    def commit(self, rev: str) -> str:
        """The full id of a commit; UsageError where nothing is called so."""
        try:
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
        place = self.inside(under) if under else "."
        only = ["--", place] if place != "." else []
        listed = self._bytes("ls-tree", "-r", "-z", "--full-tree", self.commit(rev), *only)
        found = {}
        for entry in listed.split(b"\0"):
            facts, _, name = entry.partition(b"\t")
            if name and facts.split()[1] == b"blob" and facts[:6] != b"120000":  # no links: they lead anywhere
                found[os.fsdecode(name)] = facts.split()[2].decode()
        return found

    def contents(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of some ids, one read after another; ids that git does not hold here are left out."""
        wanted = list(ids)
        if not wanted:
            return
        answered = _run(self.folder, "cat-file", "--batch", feed="\n".join(wanted).encode() + b"\n")
        at = 0
        for name in wanted:
            end = answered.index(b"\n", at)
            head, at = answered[at:end].split(), end + 1
            if head[-1] == b"missing":
                continue
            size = int(head[2])
            yield name, answered[at : at + size]
            at += size + 1

    def read(self, rev: str, path: Path) -> bytes | None:
        """What a file held at a commit; None where it was not there."""
        name = self.inside(path)
        found = self.tree(rev, path).get(name)
        return dict(self.contents([found])).get(found) if found else None

    def versions(self, pattern: str, since: str | None = None) -> dict[str, str]:
        """Every content that files of a pattern (`*.story.lock`) had on any branch, tag or stash, and in what git still
        remembers of moved ones: its id, and its path. `since` is a day (YYYY-MM-DD, UTC) or a commit: then what stood
        there, what came later, and what stands on any branch now."""
        span = ["--all", "--reflog"]
        found: dict[str, str] = {}
        if since:
            span += [f"--since={since}T00:00:00Z"] if _is_day(since) else [f"^{self.commit(since)}"]
            tips = self._text(
                "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes", "refs/stash"
            ).split()
            for tip in {*tips, *([] if _is_day(since) else [self.commit(since)])}:
                found |= {content: name for name, content in self.tree(tip).items() if Path(name).match(pattern)}
        raw = ["log", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=", *span]
        listed = self._bytes(*raw, "--", f":(glob)**/{pattern}").split(b"\0")
        for facts, name in pairwise(listed):
            if facts.startswith(b":"):
                before, after = facts.split()[2:4]
                # What stood before the first change in the span was in force until then.
                found |= {one.decode(): os.fsdecode(name) for one in (before, after) if one.strip(b"0")}
        return found

    def blame(self, path: Path, lines: Iterable[int]) -> Mapping[int, Blame]:
        """Who last changed some lines of a file as it is on the disk, by line from 1; nothing where git does not know
        the file."""
        spans = [part for line in sorted(set(lines)) for part in ("-L", f"{line},{line}")]
        if not spans:
            return {}
        try:
            told = self._text("blame", "--line-porcelain", "--no-textconv", *spans, "--", self.inside(path))
        except UsageError:
            return {}
        return dict(_blamed(told.split("\n")))

    def _text(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode("utf-8", "replace")

    def _bytes(self, *arguments: str) -> bytes:
        return _run(self.folder, *arguments)


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


def _run(folder: Path, *arguments: str, feed: bytes | None = None) -> bytes:
    """Runs git in a folder; UsageError with git's last words where it fails or is not there."""
    command = ["git", "--no-pager", "--literal-pathspecs", "-C", str(folder), *arguments]
    if any(part.startswith(":(") for part in arguments):
        command.remove("--literal-pathspecs")
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, input=feed or b"", capture_output=True, env=environment, check=False)
    except OSError:
        raise UsageError("git is not on this machine", "install git") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
        raise UsageError(f"git failed: {words[-1].removeprefix('fatal: ').rstrip('.')}", None)
    return done.stdout
