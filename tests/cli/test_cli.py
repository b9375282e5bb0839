"""The command line as a whole: it starts at once, and every command says how it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from projects import storyforge

from storyforge.cli import cli

HEAVY = ("pydantic", "jinja2", "ruamel", "httpx", "networkx", "av", "PIL", "rich", "numpy", "ffmpeg", "asyncio")


def test_the_command_line_imports_nothing_heavy_before_a_command_runs() -> None:
    code = f"import sys, storyforge.cli; print(sorted(set({HEAVY!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_a_command_says_how_it_is_used(name: str, tmp_path: Path) -> None:
    done = storyforge(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: storyforge {name} ")
    assert done.stderr == ""


def test_nothing_is_spent_by_any_command_but_two() -> None:
    spends = {name for name, command in cli.commands.items() if any(option.name == "yes" for option in command.params)}
    assert spends == {"render", "retake"}


HELPERS = {"__init__", "choices", "consent", "options", "printer", "progress", "sharing", "storyboard"}
"""Modules of the command line that several commands share."""


def test_a_command_is_in_the_file_of_its_name() -> None:
    files = {path.stem for path in (Path(__file__).parents[2] / "storyforge/cli").glob("*.py")}
    assert files - HELPERS == {name.replace("-", "_") for name in cli.commands}


def test_a_command_loads_no_other(tmp_path: Path) -> None:
    code = "import sys; from storyforge.cli import cli, MODULES; cli.get_command(None, 'spend'); print([m for m in MODULES.values() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['storyforge.cli.spend']\n"
