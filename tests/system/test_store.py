"""What is kept in `.storyforge/`: whole or not there."""

import json
import os
import time

import pytest

from storyforge.model.errors import UsageError
from storyforge.system.store import Store


def test_who_asks_whether_a_store_is_held_does_not_hold_it(tmp_path):
    store = Store(tmp_path / ".storyforge")
    with store.hold():
        assert store.is_held()
    assert not store.is_held()
    with store.hold():
        pass


def kept(store, content=b"a film", fingerprint="f1"):
    film = store.folder / "made.mp4"
    film.parent.mkdir(parents=True, exist_ok=True)
    film.write_bytes(content)
    return store.keep_take(film, fingerprint, {"prompt": "x"})


def test_a_take_is_named_by_its_content_and_found_by_its_slate(tmp_path):
    store = Store(tmp_path / ".storyforge")
    sha256 = kept(store)
    assert store.find_take("f1") == sha256
    assert store.take(sha256).read_bytes() == b"a film"
    assert kept(store, fingerprint="f2") == sha256
    assert store.find_take("other") is None


def test_a_take_that_is_gone_or_cut_short_is_not_there(tmp_path):
    store = Store(tmp_path / ".storyforge")
    path = store.take(kept(store))
    path.write_bytes(b"a fi")
    assert store.find_take("f1") is None
    path.unlink()
    assert store.find_take("f1") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"take": 3}'])
def test_a_torn_record_is_as_good_as_none(tmp_path, text):
    store = Store(tmp_path / ".storyforge")
    kept(store)
    store.path("slates", "f1.json").write_text(text, encoding="utf-8")
    assert store.find_take("f1") is None


def test_a_file_that_was_not_finished_leaves_nothing(tmp_path):
    store = Store(tmp_path / ".storyforge")

    def fail():
        with store.stage("films", "x.mp4") as scratch:
            scratch.write_bytes(b"half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert not [path for path in (tmp_path / ".storyforge").rglob("*") if path.is_file()]


def test_one_writer_at_a_time(tmp_path):
    store = Store(tmp_path / ".storyforge")
    with store.hold(), pytest.raises(UsageError, match="another run"), Store(store.folder).hold():
        pass
    with store.hold():
        pass


def test_scratch_of_a_killed_run_is_swept_by_the_next(tmp_path):
    store = Store(tmp_path / ".storyforge")
    scratch, theirs = ".film.0123456789ab.part.mp4", ("left.mp4", ".film.0123456789ab.mp4", ".x.0123456789AB.part.mp4")
    for folder in ("tmp", "pieces", "films", "sketches"):
        store.path(folder, ".sound.0123456789ab.part").mkdir(parents=True)
        for name in (scratch, *theirs, ".sound.0123456789ab.part/mix.f32"):
            store.path(folder, name).write_bytes(b"half")
    with store.hold():
        for folder in ("tmp", "pieces", "films"):
            assert sorted(path.name for path in store.path(folder).iterdir()) == sorted(theirs)
        # somebody may be drawing there who does not hold the store
        assert store.path("sketches", scratch).exists()
    hour_ago = time.time() - 3700
    os.utime(store.path("sketches", scratch), (hour_ago, hour_ago))
    with store.hold():
        assert not store.path("sketches", scratch).exists()


def test_sweeping_follows_no_link(tmp_path):
    store, victim = Store(tmp_path / ".storyforge"), tmp_path / "mine"
    victim.mkdir()
    (victim / ".film.0123456789ab.part.mp4").write_bytes(b"precious")
    store.path("films").mkdir(parents=True)
    store.path("tmp").symlink_to(victim)
    store.path("films", ".x.0123456789ab.part").symlink_to(victim)
    with store.hold():
        pass
    assert (victim / ".film.0123456789ab.part.mp4").read_bytes() == b"precious"


def test_a_picture_that_changed_since_it_was_read_is_refused(tmp_path):
    store = Store(tmp_path / ".storyforge")
    picture = tmp_path / "a.png"
    picture.write_bytes(b"new content")
    with pytest.raises(UsageError, match="changed while"):
        store.keep_picture(picture, "0" * 64)
    assert not store.path("pictures", "0" * 64).exists()


def test_records_are_plain_sorted_json(tmp_path):
    store = Store(tmp_path / ".storyforge")
    store.keep_record("film", {"b": 1, "a": "é"})
    assert list(json.loads(store.path("records", "film.json").read_text(encoding="utf-8"))) == ["a", "b"]
    assert store.record("film") == {"a": "é", "b": 1}
    assert store.record("none") == {}
