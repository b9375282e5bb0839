"""A storyboard's store is found where takes are, is never a link, and holds none, but where the user's settings say so."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.rendering.gc import collect_garbage
from storyforge.system.project import Project
from storyforge.system.store_place import find_store, open_store, read_named


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A storyboard in an episode's folder of a project; there is no store yet."""
    (tmp_path / "project" / "ep1").mkdir(parents=True)
    return tmp_path / "project" / "ep1" / "film.story.yaml"


def make_store(folder: Path, ledger: bool = False) -> Path:
    store = folder / ".storyforge"
    store.mkdir(exist_ok=True)
    (store / "ledger.db").touch() if ledger else (store / "takes").mkdir()
    return store


def test_without_any_it_is_beside_the_storyboard(path):
    assert find_store(path) == (path.parent / ".storyforge", path.parent)
    assert not find_store(path)[0].exists()


@pytest.mark.parametrize("ledger", [True, False])
def test_it_is_in_the_nearest_parent_that_has_takes_or_a_ledger(path, ledger):
    top = path.parent.parent
    make_store(top, ledger)
    assert find_store(path) == (top / ".storyforge", top)
    make_store(path.parent)
    assert find_store(path) == (path.parent / ".storyforge", path.parent)


def test_a_folder_of_the_name_without_takes_cuts_no_film_off_from_its_takes(path):
    top = path.parent.parent
    make_store(top)
    (path.parent / ".storyforge").mkdir()
    (path.parent / ".storyforge" / "storyboard.schema.json").touch()
    assert find_store(path) == (top / ".storyforge", top)


def test_a_film_below_the_settings_has_its_store_beside_them(path):
    top = path.parent.parent
    (top / "storyforge.toml").touch()
    (path.parent / ".storyforge").mkdir()
    assert find_store(path) == (top / ".storyforge", top)
    make_store(path.parent)
    assert find_store(path)[1] == path.parent


@pytest.mark.parametrize("to", ["../..", "../../nothing", "../real", ".storyforge"])
def test_a_link_is_no_store(path, tmp_path, to):
    make_store(path.parent.parent)
    (path.parent / "real").mkdir()
    (path.parent / ".storyforge").symlink_to(to)
    with pytest.raises(UsageError, match=r"\.storyforge` is a link") as refused:
        open_store(path)
    assert "[store] path" in (refused.value.hint or "")


@pytest.mark.parametrize("how", ["file", "environment"])
def test_a_link_to_where_the_user_keeps_stores_is_one(path, tmp_path, monkeypatch, how):
    disk = tmp_path / "disk" / "mine"
    disk.mkdir(parents=True)
    (path.parent / ".storyforge").symlink_to(disk)
    name_stores(tmp_path, monkeypatch, how)
    store = open_store(path)
    assert (store.folder, store.top) == (disk, path.parent)
    assert Project(path).film_name == "film.story.yaml"
    (path.parent / ".storyforge").unlink()
    (path.parent / ".storyforge").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is a link"):
        open_store(path)


def name_stores(tmp_path, monkeypatch, how="file"):
    if how == "environment":
        monkeypatch.setenv("STORYFORGE_STORE_PATH", str(tmp_path / "disk"))
        return
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "storyforge").mkdir(parents=True)
    (tmp_path / "config" / "storyforge" / "storyforge.toml").write_text(f'[store]\npath = "{tmp_path / "disk"}"\n')


def test_a_project_without_a_store_gets_one_of_its_own_where_the_user_keeps_them(path, tmp_path, monkeypatch):
    other = tmp_path / "other" / "ep1" / "film.story.yaml"
    other.parent.mkdir(parents=True)
    name_stores(tmp_path, monkeypatch)
    store = open_store(path)
    assert store.folder.parent == tmp_path / "disk"
    assert store.folder.name.startswith("ep1-")
    assert store.top == path.parent
    assert open_store(other).folder != store.folder
    make_store(path.parent)  # takes that are here already stay here
    assert open_store(path).folder == path.parent / ".storyforge"


def test_no_garbage_is_seen_in_a_store_elsewhere_because_its_project_is_not_around_it(path, tmp_path, monkeypatch):
    name_stores(tmp_path, monkeypatch)
    store, take = open_store(path), "a" * 64
    store.write_file(b"film", "takes", f"{take}.mp4")
    path.with_name("film.story.lock").write_text(f"take: {take}\n")
    found = collect_garbage(path.parent)
    assert [one.why for one in found.kept] == ["named by a lock here"]
    assert found.gone == ()


def test_no_file_of_a_project_names_the_store(path, tmp_path):
    (path.parent / "storyforge.toml").write_text(f'[store]\npath = "{tmp_path}"\n')
    (path.parent / ".env").write_text(f"STORYFORGE_STORE_PATH={tmp_path}\n")
    assert read_named() is None
    assert open_store(path).folder == path.parent / ".storyforge"


@pytest.mark.parametrize(("text", "said"), [("stores", "not a whole path")])
def test_the_path_of_stores_is_a_whole_one(path, text, said):
    with pytest.raises(UsageError, match=said):
        open_store(path, {"STORYFORGE_STORE_PATH": text})


NAMES = ("tmp", "takes", "takes/x.mp4", "pictures/aa", "ledger.db", "ledger.db-wal", "lock", "told/x.json")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("to", ["../../../home", "../../home/file", "nothing"])
def test_a_store_holds_no_link(path, tmp_path, name, to):
    store = path.parent / ".storyforge"
    (store / "slates").mkdir(parents=True)
    (store / name).parent.mkdir(exist_ok=True)
    (store / name).symlink_to(to)
    (store / "takes").mkdir(exist_ok=True) if name != "takes" else (store / "ledger.db").touch()
    with pytest.raises(UsageError, match=f"{name}` is a link: a store holds none"):
        open_store(path)


def test_a_store_holds_no_pipe_and_no_socket(path, monkeypatch):
    store = make_store(path.parent)
    os.mkfifo(store / "takes" / "a.mp4")
    with pytest.raises(UsageError, match="is a pipe"):
        open_store(path)
    (store / "takes" / "a.mp4").unlink()
    monkeypatch.chdir(store)
    with socket.socket(socket.AF_UNIX) as heard:
        heard.bind("lock")
    with pytest.raises(UsageError, match="is a socket"):
        open_store(path)


def test_what_is_written_in_place_has_no_second_name(path):
    store = make_store(path.parent, ledger=True)
    (path.parent / "mine.db").write_bytes(b"precious")
    (store / "ledger.db").unlink()
    os.link(path.parent / "mine.db", store / "ledger.db")
    with pytest.raises(UsageError, match="a hard link"):
        open_store(path)


def test_a_disk_that_cannot_lock_is_told_with_the_file(path, monkeypatch):
    import filelock

    def fail(*_, **__):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", fail)
    store = open_store(path)
    for ask in (store.is_held, lambda: store.hold().__enter__()):
        with pytest.raises(StoryForgeError, match=r"lock` cannot be locked: No locks available"):
            ask()
