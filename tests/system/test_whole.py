"""Files of a store are read once for each size, time and inode, and whatever was hurt is found."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from storyforge.system import whole
from storyforge.system.files import file_sha256
from storyforge.system.inputs import UnreadableFile
from storyforge.system.whole import Contents


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "takes" / "a.mp4"
    path.parent.mkdir()
    path.write_bytes(b"film" * 100)
    return path


def list_of(path: Path) -> Path:
    return path.parent.parent / "whole" / "takes.jsonl"


def change(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))  # a clock may be coarse


def test_a_file_is_read_once_and_again_when_it_changed(take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(whole, "file_sha256", lambda path: read.append(path.name) or file_sha256(path))
    first = Contents(take.parent).find_sha256("a.mp4")
    assert first == file_sha256(take)
    assert Contents(take.parent).find_sha256("a.mp4") == first
    assert read == ["a.mp4"]
    change(take, b"FILM" * 100)
    assert Contents(take.parent).find_sha256("a.mp4") == file_sha256(take) != first
    assert len(read) == 2


@pytest.mark.parametrize("hurt", [b"", b"film" * 99, b"fulm" * 100])
def test_what_was_made_and_is_another_now_is_hurt(take: Path, hurt: bytes) -> None:
    contents = Contents(take.parent)
    contents.note_made("a.mp4")
    assert contents.is_unchanged("a.mp4")
    assert not contents.is_hurt("a.mp4")
    change(take, hurt)
    for one in (contents, Contents(take.parent)):
        assert not one.is_unchanged("a.mp4")
        assert one.is_hurt("a.mp4")
    change(take, b"film" * 100)
    assert Contents(take.parent).is_unchanged("a.mp4")


def test_without_its_list_or_with_a_torn_one_a_file_is_read_again(take: Path) -> None:
    Contents(take.parent).note_made("a.mp4")
    for broken in (
        b"",
        b'["a.mp4", "ab',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
        b'{"a": 1}\n[1,2,3,4,5]\n',
        b'["a","b","\\ud800",1,1]',
    ):
        list_of(take).write_bytes(broken)
        assert Contents(take.parent).is_unchanged("a.mp4")
        assert Contents(take.parent).find_sha256("a.mp4") == file_sha256(take)
    list_of(take).unlink()
    assert Contents(take.parent).is_unchanged("a.mp4")


def test_a_list_that_says_much_twice_is_written_again(take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "SPARE", 2)
    contents = Contents(take.parent)
    for _ in range(9):
        contents.note_made("a.mp4")
    assert Contents(take.parent).is_unchanged("a.mp4")
    assert len(list_of(take).read_text(encoding="utf-8").splitlines()) == 1


def test_on_a_full_disk_nothing_is_remembered_and_all_is_found(take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(whole, "append_line", full)
    assert Contents(take.parent).find_sha256("a.mp4") == file_sha256(take)
    assert not list_of(take).exists()


def test_a_file_that_may_not_be_read_is_told_and_not_taken_for_hurt(
    take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise UnreadableFile("unreadable", f"`{path}` may not be read by you", "see to the rights of it")

    monkeypatch.setattr(whole, "file_sha256", refuse)
    with pytest.raises(UnreadableFile, match=r"a\.mp4"):
        Contents(take.parent).find_sha256("a.mp4")
    assert not Contents(take.parent).is_unchanged("a.mp4")


def test_a_folder_in_the_place_of_a_file_is_no_file(take: Path) -> None:
    take.unlink()
    take.mkdir()
    assert Contents(take.parent).find_sha256("a.mp4") is None
    assert not Contents(take.parent).is_unchanged("a.mp4")
