"""Settings, nearest first: flag, environment `STORYFORGE_*`, `.env`, `storyforge.toml`, the user's own file, default.

`.env` and `storyforge.toml` stand beside the storyboard or above it, not above its project. Names in the files are
those of the environment in lower case without the prefix: `STORYFORGE_JOBS` is `jobs`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from storyforge.model.errors import UsageError
from storyforge.system.inputs import UnreadableFile, read_text
from storyforge.system.roots import project_root

PREFIX = "STORYFORGE_"


class Settings:
    """What stands around a storyboard: the environment with `.env` behind it, and the settings files."""

    def __init__(self, storyboard: Path, root: Path, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        folder = Path(os.path.realpath(storyboard)).parent
        folders = [above for above in (folder, *folder.parents) if above.is_relative_to(root)] or [folder]
        self._exported, self._dotenv = given, _dotenv(_nearest(folders, ".env"))
        self.environment: Mapping[str, str] = {**self._dotenv, **given}
        self._project, self._user = _toml(_nearest(folders, "storyforge.toml")), _toml(_user_file())
        self._files = [values for values in (self._project, self._user) if values is not None]

    @property
    def given(self) -> dict[str, Any]:
        """All that is set for StoryForge but keys, to see whether anything is set otherwise."""
        names = [name for name in self.environment if name.startswith(PREFIX) or name.endswith("_BASE_URL")]
        return {"environment": {name: self.environment[name] for name in names}, "files": self._files}

    def get(self, name: str, flag: Any = None) -> Any:
        """A setting by its name in the files (`jobs`); None where nobody gives it."""
        if flag is not None:
            return flag
        if written := self.environment.get(PREFIX + name.upper()):
            return written
        return next((values[name] for values in self._files if name in values), None)

    def table(self, *names: str) -> dict[str, Any]:
        """A table of the settings files by its path, the project's over the user's; UsageError if it is no table."""
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
            ("project", self._dotenv.get(_variable(name))),
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
    # A folder of the name is another's; what is no file, or leads nowhere, is told when it is opened.
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
    except ValueError as fault:
        raise UsageError(f"`{path.name}` cannot be read: {fault}", "mend the file") from None


def _dotenv(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    from io import StringIO

    from dotenv import dotenv_values

    try:
        text = StringIO(read_text(path, project_root(path)))
        # Not interpolated: a `$` in a key is a character of the key.
        return {
            name: value for name, value in dotenv_values(stream=text, interpolate=False).items() if value is not None
        }
    except UnreadableFile as fault:
        raise UsageError(f"`.env` cannot be read: {fault}", fault.hint) from None
    except ValueError:
        raise UsageError("`.env` cannot be read", "it holds lines of `NAME=value` in UTF-8") from None
