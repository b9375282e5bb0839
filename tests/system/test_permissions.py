"""Who may set what: the table has every setting and every name of the environment that the code reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from house import modules

from storyforge.providers import PROVIDERS
from storyforge.system.object_store import KEY_NAMES, TOKEN_NAME
from storyforge.system.permissions import PERMISSIONS, find_setting, find_variable, may_project_set
from storyforge.system.settings import Settings

NO_SETTING = {"--max-cost"}
"""What is read like a setting and is a flag."""

SETTERS = ("text", "number", "amount", "amounts", "table")
"""Methods of `Settings` that read a setting by its name in files."""


def literal(node: ast.expr) -> str | None:
    """A text, or the beginning of one that is put together up to its first part that is not written there."""
    if isinstance(node, ast.JoinedStr) and node.values:
        return literal(node.values[0])
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def calls() -> Iterator[tuple[str, str, ast.expr]]:
    """Each call of a method in the package: on what, the method, and its first argument."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                yield ast.unparse(node.func.value), node.func.attr, node.args[0]
            if isinstance(node, ast.Subscript):
                yield ast.unparse(node.value), "get", node.slice


def names_of_the_environment() -> set[str]:
    """The names of the environment that the package reads, as far as they are written out."""
    found = {
        name
        for on, method, argument in calls()
        if on.endswith("environ") or (on.endswith(("environment", "_exported")) and method == "get")
        if (name := literal(argument)) and name.isupper()
    }
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "envvar":
                found.add(literal(node.value) or "")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if node.value.isidentifier() and node.value.startswith("STORYFORGE_") else set()
    return found - {"STORYFORGE_"}


def names_in_files() -> set[str]:
    """The settings and tables that the package reads."""
    return {
        name.partition(".")[0]
        for on, method, argument in calls()
        if on.endswith("settings") and method in SETTERS and (name := literal(argument))
    }


def test_every_name_of_the_environment_that_the_code_reads_is_in_the_table() -> None:
    found = names_of_the_environment()
    assert {"STORYFORGE_FFMPEG", "STORYFORGE_COLOR", "SSL_CERT_FILE", "AWS_REGION"} <= found
    hosts = {name for kind in PROVIDERS for name in (*kind.settings, kind().base_url_setting)}
    every = found | hosts | {*KEY_NAMES, TOKEN_NAME}
    assert sorted(name for name in every if find_variable(name) is None) == []


def test_every_setting_that_the_code_reads_is_in_the_table() -> None:
    found = names_in_files() - NO_SETTING
    assert {"share", "publish", "budget", "limits", "inspect", "jobs", "webhook_listen"} <= found | {"share", "publish"}
    assert sorted(name for name in found if find_setting(name) is None) == []


def test_sections_of_places_are_in_the_table() -> None:
    sections = {
        literal(node.args[1])
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "read_section"
    }
    assert sections == {"share", "publish"}
    for name in sections:
        row = find_setting(name or "")
        assert row
        assert row.by == "trusted"


def test_settings_are_read_by_names_that_are_written_out() -> None:
    """Else nobody would see that one is not in the table."""
    unseen = [
        (on, method, ast.unparse(argument))
        for on, method, argument in calls()
        if on.endswith("settings") and method in SETTERS and literal(argument) is None
    ]
    assert unseen == [("settings", "table", "name")], unseen  # of `read_section`


def test_a_setting_of_a_file_has_its_name_in_the_environment() -> None:
    tables = {"budget", "limits", "inspect", "share", "publish", "store"}
    for row in PERMISSIONS:
        if row.file and row.file not in tables:
            assert row.variables == (f"STORYFORGE_{row.file.upper()}",)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        *((f"{host}_BASE_URL", "trusted") for host in ("RUNWARE", "FAL_API", "COMFY", "NEW_ONE")),
        *((name, "trusted") for name in ("STORYFORGE_FFMPEG", "AWS_REGION", "AWS_DEFAULT_REGION")),
        *((name, "trusted") for name in ("STORYFORGE_WEBHOOK_LISTEN", "STORYFORGE_SIGN_KEY")),
        *((name, "project") for name in ("RUNWARE_API_KEY", "AWS_SESSION_TOKEN", "STORYFORGE_BUDGET_PER_DAY")),
        *((name, "user") for name in ("STORYFORGE_TRUST", "PATH", "HTTPS_PROXY", "SSL_CERT_FILE", "XDG_DATA_HOME")),
    ],
)
def test_who_may_set_a_name(name: str, by: str) -> None:
    row = find_variable(name)
    assert row
    assert row.by == by


def test_what_is_not_in_the_table_is_not_read_from_a_project(tmp_path) -> None:
    names = ("LD_PRELOAD", "PYTHONPATH", "PATH", "HTTPS_PROXY", "SSL_CERT_FILE", "XDG_DATA_HOME", "STORYFORGE_TRUST")
    (tmp_path / ".env").write_text(
        "".join(f"{name}=theirs\n" for name in names) + "STORYFORGE_NEW=1\nRUNWARE_API_KEY=k\n"
    )
    (tmp_path / "storyforge.toml").write_text('new = "theirs"\njobs = 3\n[ledger]\nurl = "postgresql://theirs"\n')
    settings = Settings(tmp_path / "a.story.yaml", tmp_path, {})
    assert settings.environment == {"RUNWARE_API_KEY": "k"}
    assert (settings.text("new"), settings.table("ledger"), settings.number("jobs", 1)) == (None, {}, 3)


def test_the_table_is_whole() -> None:
    for row in PERMISSIONS:
        assert row.variables or row.file
        assert row.reaches
        assert may_project_set(row) == (row.by != "user")
