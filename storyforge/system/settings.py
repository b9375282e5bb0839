"""Settings, nearest first: flag, environment `STORYFORGE_*`, `.env`, `storyforge.toml`, the user's own file, default.

`.env` and `storyforge.toml` are next to the storyboard or above it, not above its project. Names in the files are
those of the environment in lower case without the prefix: `STORYFORGE_JOBS` is `jobs`.

The files of a project may come from a stranger. They give what `permissions.py` lets them give, and what leads
elsewhere only once the user has allowed it: before that it is as if it were not set, and who asks for it gets an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from storyforge.model.errors import UsageError
from storyforge.model.printable import escape_text
from storyforge.system.inputs import UnreadableFile, read_text
from storyforge.system.permissions import Permission, find_setting, find_variable, may_project_set
from storyforge.system.roots import project_root
from storyforge.system.trust import Redirect, Trust, displayed_path, find_line, find_lines, flatten

PREFIX = "STORYFORGE_"


class Settings:
    """The settings of a storyboard: the environment, then `.env`, then the settings files."""

    def __init__(self, storyboard: Path, root: Path, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        folder = Path(os.path.realpath(storyboard)).parent
        folders = [above for above in (folder, *folder.parents) if above.is_relative_to(root)] or [folder]
        self._folder, self._exported = folder, given
        self._dotenv_path, self._project_path = _nearest(folders, ".env"), _nearest(folders, "storyforge.toml")
        written = _dotenv(self._dotenv_path)
        self._dotenv = {name: one for name, one in written.items() if may_project_set(find_variable(name))}
        self._project, self._user = _toml(self._project_path), _toml(_user_file())
        if self._project is not None:
            self._project = {name: one for name, one in self._project.items() if may_project_set(find_setting(name))}
        self._files = [values for values in (self._project, self._user) if values is not None]

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """The environment with `.env` behind it; of that, what the user did not allow is left out."""
        kept = [name for name in self._dotenv if self.is_trusted or not _leads_elsewhere(find_variable(name))]
        return {**{name: self._dotenv[name].value for name in kept}, **self._exported}

    @cached_property
    def trust(self) -> Trust:
        """What the project's files redirect; the caller may allow it."""
        found = [
            Redirect(name, one.value, self._dotenv_path, one.line, row.reaches)
            for name, one in self._dotenv.items()
            if self._dotenv_path and (row := find_variable(name)) and row.by == "trusted"
        ]
        for table, value in (self._project or {}).items():
            if self._project_path and (row := find_setting(table)) and row.by == "trusted":
                found += [
                    Redirect(name, leaf, self._project_path, find_line(self._lines, name), row.reaches)
                    for name, leaf in flatten(table, value)
                ]
        folders = {one.path.parent.resolve() for one in found}
        return Trust(max(folders, key=lambda one: len(one.parts), default=self._folder), tuple(found))

    @cached_property
    def _lines(self) -> Mapping[str, int]:
        """The lines of the project's settings."""
        try:
            return find_lines(read_text(self._project_path)) if self._project_path else {}
        except UsageError:  # it was read before, and has gone meanwhile
            return {}

    @cached_property
    def is_trusted(self) -> bool:
        """Whether the project's files redirect nothing, or the user has allowed what they redirect."""
        return self.trust.is_allowed(self._exported)

    def require_trust(self, *names: str) -> None:
        """UsageError where the project's files set one of these and the user did not allow it.

        Names are those of the environment, where `*` matches any letters, or of settings and tables in files.
        """
        if self.is_trusted:
            return
        asked = [one for one in self.trust.redirects if self._is_effective(one) and _is_named(one.name, names)]
        if not asked:
            return
        # Of a table the line that says where it leads.
        first = next((one for one in asked if not one.name.endswith(".kind")), asked[0])
        raise UsageError(
            f"{escape_text(first.place)} sets `{escape_text(first.name)}`, which you have not allowed",
            f"`storyforge trust {escape_text(displayed_path(self._folder))}` shows where it leads and allows it; "
            "nothing was sent",
        )

    def _is_effective(self, one: Redirect) -> bool:
        """Whether what a project's file says counts: what the shell says goes before it."""
        return one.name not in self._exported and ("." in one.name or not self._exported.get(_variable(one.name)))

    @property
    def given(self) -> dict[str, Any]:
        """All that is set for StoryForge but keys, to see whether anything is set otherwise."""
        names = [name for name in self.environment if name.startswith(PREFIX) or name.endswith("_BASE_URL")]
        return {"environment": {name: self.environment[name] for name in names}, "files": self._files}

    def is_local(self, host: str) -> bool:
        """Whether a host is reached at an address of this machine, where an emulator of it may listen."""
        from urllib.parse import urlsplit

        from storyforge.system.http import is_loopback

        try:
            return is_loopback(urlsplit(self.environment.get(f"{host.upper()}_BASE_URL", "").strip()).hostname or "")
        except ValueError:  # no address
            return False

    def get(self, name: str, flag: Any = None) -> Any:
        """A setting by its name in the files (`jobs`); None where nobody gives it."""
        if flag is not None:
            return flag
        self.require_trust(PREFIX + name.upper(), name)
        if written := self.environment.get(PREFIX + name.upper()):
            return written
        return next((values[name] for values in self._files if name in values), None)

    def table(self, *names: str) -> dict[str, Any]:
        """A table of the settings files by its path, the project's over the user's; UsageError if it is no table, or
        the project's is not allowed."""
        self.require_trust(*names[:1])
        merged: dict[str, Any] = {}
        for values in reversed(self._files):
            merged |= _find_table(values, names)
        return merged

    def amount(self, name: str, flag: float | None = None) -> float | None:
        """A number from 0 that may have a fraction, by its name, or by its path in the files (`budget.per_run`)."""
        *tables, last = name.split(".")
        given = flag if flag is not None else self.environment.get(_variable(name))
        return _read_amount(name, self.table(*tables).get(last) if given is None else given)

    def amounts(self, name: str) -> list[tuple[Literal["project", "user"], float]]:
        """All numbers that are set by one name, with whose they are: the project's files say them, or the user's own
        file and environment."""
        *tables, last = name.split(".")
        given: list[tuple[Literal["project", "user"], Any]] = [
            ("user", self._exported.get(_variable(name))),
            ("project", written.value if (written := self._dotenv.get(_variable(name))) else None),
            ("project", _find_table(self._project, tables).get(last)),
            ("user", _find_table(self._user, tables).get(last)),
        ]
        return [(whose, number) for whose, value in given if (number := _read_amount(name, value)) is not None]

    def number(self, name: str, default: int, flag: int | None = None) -> int:
        """A whole number from 1; UsageError for anything else."""
        given = self.get(name, flag)
        try:
            number = default if given is None else int(str(given))
        except ValueError:
            number = 0
        if number < 1:
            raise UsageError(f"`{name}` is `{given}`, not a whole number from 1", f"give a number to `{name}`")
        return number

    def text(self, name: str, flag: str | None = None) -> str | None:
        """A text by its name, `flag` before all settings; None where it is not set. UsageError if it is no text."""
        given = self.get(name, flag)
        if given is not None and not isinstance(given, str):
            raise UsageError(f"`{name}` is `{given}`, not text", f"put quotes around the value of `{name}`")
        return given


class _Written(NamedTuple):
    """A value of `.env`, and its line."""

    value: str
    line: int


def _is_named(name: str, wanted: Sequence[str]) -> bool:
    """Whether a setting of a file is one of those, or is in one of those tables."""
    return any(fnmatchcase(name, one) or name.partition(".")[0] == one for one in wanted)


def _leads_elsewhere(row: Permission | None) -> bool:
    return row is not None and row.by == "trusted"


def read_own_text(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """A text that the user says, and no file of a project: by the environment, else by the user's own file. `name` is
    its path in the file (`store.path`); None where it is not set. UsageError if it is no text."""
    *tables, last = name.split(".")
    given = (os.environ if environment is None else environment).get(_variable(name))
    given = given or _find_table(_toml(_user_file()), tables).get(last)
    if given is not None and not isinstance(given, str):
        raise UsageError(f"`{name}` is `{given}`, not text", f"put quotes around the value of `{name}`")
    return given


def _variable(name: str) -> str:
    """The environment variable of a path in the files."""
    return PREFIX + name.upper().replace(".", "_")


def _find_table(values: Any, names: Sequence[str]) -> dict[str, Any]:
    """A table of a file by its path; empty where it is not there."""
    for name in names:
        values = values.get(name, {}) if isinstance(values, dict) else values
    if not isinstance(values, dict | None):
        raise UsageError(f"`{'.'.join(names)}` is no table", f"write it as `[{'.'.join(names)}]`")
    return values or {}


def _read_amount(name: str, given: Any) -> float | None:
    """A number from 0; None where nothing is given. UsageError for anything else, and for yes and no."""
    if given is None or given == "":
        return None
    try:
        number = -1.0 if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UsageError(f"`{name}` is `{given}`, not a number from 0", f"give a number to `{name}`")
    return number


def _nearest(folders: list[Path], name: str) -> Path | None:
    # A folder of the name is another's; what is no file, or leads nowhere, is reported when it is opened.
    paths = (folder / name for folder in folders)
    return next((path for path in paths if os.path.lexists(path) and not path.is_dir()), None)


def _user_file() -> Path | None:
    from platformdirs import user_config_path

    path = user_config_path("storyforge") / "storyforge.toml"
    return path if path.is_file() else None


def _toml(path: Path | None) -> dict[str, Any] | None:
    import tomllib

    if path is None:
        return None
    try:
        return tomllib.loads(read_text(path, None if path == _user_file() else project_root(path)))
    except UnreadableFile as fault:
        raise UsageError(f"`{path.name}` cannot be read: {fault}", fault.hint) from None
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"`{path.name}` cannot be read: {fault}", "fix the file") from None


def _dotenv(path: Path | None) -> dict[str, _Written]:
    """What a file of the environment sets, by name; the last of a name holds."""
    if path is None:
        return {}
    from io import StringIO

    from dotenv.main import with_warn_for_invalid_lines
    from dotenv.parser import parse_stream

    try:
        content = StringIO(read_text(path, project_root(path)))
        # Not interpolated: a `$` in a key is a character of the key.
        bindings = list(with_warn_for_invalid_lines(parse_stream(content)))
    except UnreadableFile as fault:
        raise UsageError(f"`.env` cannot be read: {fault}", fault.hint) from None
    except ValueError:
        raise UsageError("`.env` cannot be read", "it holds lines of `NAME=value` in UTF-8") from None
    found: dict[str, _Written] = {}
    for one in bindings:
        if one.key is not None and one.value is not None:
            # A binding begins with the empty lines above it.
            text = one.original.string
            above = text[: len(text) - len(text.lstrip())].count("\n")
            found[one.key] = _Written(one.value, one.original.line + above)
    return found
