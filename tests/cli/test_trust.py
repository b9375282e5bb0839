"""`trust` at a terminal: it shows everything, then asks; elsewhere running it is the permission."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from storyforge.cli.trust import trust
from storyforge.system.project import find_trust
from storyforge.system.trust import list_allowed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / ".env").write_text("RUNWARE_BASE_URL=https://a.test/\x1b[2K\n", encoding="utf-8")
    monkeypatch.chdir(clone)
    return clone


def run(folder: Path, form: str = "text") -> int:
    assert trust.callback
    code = trust.callback(folder=folder, listed=False, revoke=False, form=form)
    assert isinstance(code, int)
    return code


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_at_a_terminal_it_asks_after_showing_what_it_is_about(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, agreed: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert run(folder) == int(not agreed)
    said = capsys.readouterr()
    assert said.out.startswith(".env:1: RUNWARE_BASE_URL = https://a.test/\\x1b[2K\n")
    assert f"hash {find_trust(folder).hash}\n" in said.out
    assert "Allow this? [y/N]" in said.err
    assert bool(list_allowed()) is agreed


def test_elsewhere_it_allows_and_what_is_allowed_is_not_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(folder) == 0
    assert capsys.readouterr().out.endswith("\nallowed\n")
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert run(folder) == 0
    assert capsys.readouterr().out.endswith("\nallowed already\n")
    assert len(list_allowed()) == 1
