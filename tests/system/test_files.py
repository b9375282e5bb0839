"""Files are replaced in one step, each writer with a scratch file of its own, and nothing half-written is left."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storyforge.model.errors import explain_fault
from storyforge.system import files
from storyforge.system.files import (
    append_content,
    file_sha256,
    make_scratch,
    make_scratch_folder,
    open_scratch,
    replace_atomically,
    stage_file,
    write_atomically,
    write_new,
    write_text,
    write_texts,
)

WRITER = """
import sys
from pathlib import Path
from storyforge.system.files import write_atomically
for _ in range(100):
    write_atomically(Path(sys.argv[1]), sys.argv[2] * 50_000)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_only_when_it_is_whole(tmp_path):
    path = tmp_path / "made" / "film.mp4"
    with stage_file(path) as scratch:
        scratch.write_bytes(b"one")
        assert scratch.suffix == ".mp4"
        assert not path.exists()

    def fail():
        with stage_file(path) as scratch:
            scratch.write_bytes(b"half of two")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names(path.parent) == ["film.mp4"]
    assert path.read_bytes() == b"one"


def test_two_writers_of_one_file_have_a_scratch_file_each(tmp_path):
    path = tmp_path / "film.story.lock"
    with stage_file(path) as first, stage_file(path) as second:
        assert first != second
        first.write_bytes(b"first")
        second.write_bytes(b"second")
    assert path.read_bytes() == b"first"  # the last to end
    assert names(tmp_path) == ["film.story.lock"]


def test_processes_that_write_one_file_at_once_do_not_collide(tmp_path):
    path = tmp_path / "plan.json"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter], stderr=subprocess.PIPE) for letter in "abc"
    ]
    said = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    assert said == ["", "", ""]
    assert path.read_text() in [letter * 50_000 for letter in "abc"]
    assert names(tmp_path) == ["plan.json"]


def test_a_name_that_is_taken_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(files.secrets, "token_hex", lambda count: "0" * 2 * count)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    planted = tmp_path / f".film.{'0' * 12}.part.mp4"
    planted.symlink_to(victim)
    with pytest.raises(FileExistsError), make_scratch(tmp_path / "film.mp4"):
        pass
    planted.unlink()
    planted.symlink_to(tmp_path / "nowhere")  # a link to nothing would be made a file
    with pytest.raises(FileExistsError), make_scratch(tmp_path / "film.mp4"):
        pass
    assert victim.read_bytes() == b"precious"
    assert names(tmp_path) == [planted.name, "victim"]


def test_a_scratch_file_lies_where_it_is_told_and_goes_with_its_block(tmp_path):
    with make_scratch(tmp_path / "films" / "a.mp4", tmp_path / "tmp") as scratch:
        assert scratch.parent == tmp_path / "tmp"
        assert scratch.read_bytes() == b""
    assert names(tmp_path / "tmp") == []
    with make_scratch(tmp_path / "films" / "a.mp4") as scratch:
        scratch.unlink()
    assert names(tmp_path / "films") == []


@pytest.mark.parametrize("name", ["x" * 250 + ".png", "雪" * 80 + ".mp4", ".gitattributes", "no-suffix"])
def test_whatever_a_file_is_called_it_can_be_written(tmp_path, name):
    write_atomically(tmp_path / name, b"content")
    assert names(tmp_path) == [name]


def test_a_file_has_the_mode_that_every_new_file_has(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "written", b"")
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_text_is_written_as_it_is(tmp_path):
    path = tmp_path / "a.txt"
    write_atomically(path, "雪\r\n\ufeff\n")
    assert path.read_bytes() == "雪\r\n\ufeff\n".encode()


def test_a_file_is_synced_before_it_is_renamed_and_its_folder_after(tmp_path, monkeypatch):
    done = []
    sync, rename = os.fsync, os.replace

    def watched_sync(number):
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{number}") else "file")
        sync(number)

    def watched_rename(source, target):
        done.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "replace", watched_rename)
    (tmp_path / "new").write_bytes(b"new")
    replace_atomically(tmp_path / "new", tmp_path / "old")
    assert done == ["file", "rename", "folder"]
    assert names(tmp_path) == ["old"]


def test_a_text_that_is_there_already_is_not_written_again(tmp_path):
    path = tmp_path / "film.story.lock"
    assert write_text(path, "clips:\n")
    before = path.stat()
    assert not write_text(path, "clips:\n")
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert write_text(path, "clips: \n")
    assert path.read_bytes() == b"clips: \n"


def test_files_are_written_all_or_none(tmp_path):
    real, link, other = tmp_path / "real", tmp_path / "link", tmp_path / "other"
    for path in (real, other):
        path.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_texts({link: "new\r\n", other: "\ufeffnew"})
    assert (real.read_bytes(), other.read_text()) == (b"new\r\n", "\ufeffnew")
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    for order in ((real, tmp_path / "missing"), (tmp_path / "missing", real)):
        with pytest.raises(OSError, match="missing"):
            write_texts(dict.fromkeys(order, "newer"))
        assert real.read_bytes() == b"new\r\n"
    assert names(tmp_path) == ["link", "other", "real"]


def test_a_file_is_known_by_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"take")
    assert file_sha256(tmp_path / "a") == hashlib.sha256(b"take").hexdigest()


def test_a_scratch_folder_goes_with_its_block(tmp_path):
    with make_scratch_folder("sound", tmp_path / "pieces") as aside:
        (aside / "mix.f32").write_bytes(b"samples")
        assert files.SCRATCH.fullmatch(aside.name)
        assert aside.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path / "pieces") == []


def test_a_scratch_file_that_was_swapped_for_a_link_is_not_written(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    with make_scratch(tmp_path / "film.mp4") as scratch:
        scratch.unlink()
        scratch.symlink_to(victim)
        for write in (open_scratch, lambda path: append_content(path, b"more"), lambda path: write_new(path, b"new")):
            with pytest.raises(OSError, match=r"symbolic links|exists"):
                write(scratch)
    assert victim.read_bytes() == b"precious"


def test_a_full_disk_is_told_with_the_file(tmp_path):
    def fill():
        with stage_file(tmp_path / "film.mp4"):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space") as full:
        fill()
    assert explain_fault(full.value) == (
        f"No space left on device: {tmp_path / 'film.mp4'}",
        "make room on the disk, then run again",
    )
    assert explain_fault(OSError("odd")) == ("odd", "see to the disk, then run again")
