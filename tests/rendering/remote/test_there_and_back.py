"""Takes go to where colleagues share them and come back as they were, once, however often one is interrupted."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from buckets import bucket
from shares import PICTURE, Told, block, kept, rendered, three

from storyforge.model.errors import CredentialsError, StoryForgeError, UsageError
from storyforge.rendering import remote as share
from storyforge.rendering.remote import Choice, find_share, pull, push, read_choices
from storyforge.system.files import file_sha256
from storyforge.system.lock import Lock, lock_text, write_lock
from storyforge.system.object_store import PART, Folder, Objects
from storyforge.system.project import find_trust
from storyforge.system.settings import Settings
from storyforge.system.store import Store

# there and back


def test_takes_pictures_and_slates_come_back_byte_for_byte(place, ours, theirs):
    choices = three(ours)
    pushed = push(choices, ours, place, Told())
    assert (len(pushed.moved), pushed.there, pushed.failures) == (7, set(), {})
    pulled = pull(choices, theirs, place, Told())
    assert kept(theirs) == kept(ours)
    assert pulled.failures == {}
    assert all(theirs.find_take(choice.slate) == choice.take for choice in choices)


def test_what_is_there_is_not_sent_again_and_what_is_here_is_not_fetched(place, ours, theirs):
    choices = three(ours)
    push(choices[:2], ours, place, Told())
    again = push(choices, ours, place, Told())
    names = {f"takes/{choice.take}.mp4" for choice in choices}
    assert again.there == {f"takes/{choice.take}.mp4" for choice in choices[:2]}
    assert set(again.moved) == {f"takes/{choices[2].take}.mp4", f"slates/{choices[2].slate}.json"}
    pull(choices[:1], theirs, place, Told())
    then = pull(choices, theirs, place, Told())
    assert then.there == {f"takes/{choices[0].take}.mp4"}
    assert {name for name in then.moved if name.startswith("takes/")} == names - then.there


def test_with_nothing_to_fetch_nothing_is_asked_and_no_key_is_wanted(folder, ours):
    choices = three(ours)
    nowhere = bucket("http://127.0.0.1:1", "share", keys={})
    assert len(pull(choices, ours, nowhere, Told()).there) == 3


def test_everything_is_more_than_what_was_chosen(folder, ours, theirs):
    chosen, other = rendered(ours, "wait", b"one"), rendered(ours, "wait", b"another", slate="wait, but longer")
    ours.take("d" * 64).with_name("readme.txt").write_text("no take")
    push([chosen], ours, folder, Told())
    assert [path.stem for path in (folder.folder / "takes").iterdir()] == [chosen.take]
    push([], ours, folder, Told(), everything=True)
    assert {path.stem for path in (folder.folder / "takes").iterdir()} == {chosen.take, other.take}
    pull([other], theirs, folder, Told())
    assert theirs.find_take(other.slate) == other.take


def test_several_are_on_their_way_at_a_time_and_not_too_many(folder, ours, monkeypatch):
    meeting, put, inside, most = threading.Barrier(share.AT_ONCE), Objects.put, [], []

    def meet(self, name, parts, size):
        inside.append(name)
        most.append(len(inside))
        if not name.startswith("slates/"):
            meeting.wait(60)
        put(self, name, parts, size)
        inside.remove(name)

    monkeypatch.setattr(Objects, "put", meet)
    told = Told()
    choices = [rendered(ours, f"clip-{number}", b"film %d" % number) for number in range(4 * share.AT_ONCE - 1)]
    assert push(choices, ours, folder, told).failures == {}  # as many takes, and a picture
    assert max(most) == share.AT_ONCE
    assert sum(work.weight for work in told.steps.values()) == sum(
        path.stat().st_size for path in ours.path("takes").iterdir()
    ) + len(PICTURE)


# interrupted


def whole(there: Path) -> bool:
    """Whether everything under a final name is what it is called."""
    files = [path for kind in ("takes", "pictures") for path in there.joinpath(kind).glob("*") if "#" not in path.name]
    return all(file_sha256(path) == path.name.partition(".")[0] for path in files)


def test_a_push_that_is_interrupted_goes_on(folder, ours):
    choices = [rendered(ours, f"clip-{number}", b"film %d" % number) for number in range(12)]
    with pytest.raises(KeyboardInterrupt):
        push(choices, ours, folder, Told("sent"))
    sent = {path.stem for path in (folder.folder / "takes").iterdir()}
    assert 1 <= len(sent) < 12
    assert whole(folder.folder)
    tally = push(choices, ours, folder, Told())
    assert {name.partition(".")[0].removeprefix("takes/") for name in tally.there} >= sent
    assert len(list((folder.folder / "takes").iterdir())) == len(list((folder.folder / "slates").iterdir())) == 12


def test_a_pull_that_is_interrupted_goes_on(folder, ours, theirs):
    choices = [rendered(ours, f"clip-{number}", b"film %d" % number) for number in range(12)]
    push(choices, ours, folder, Told())
    with pytest.raises(KeyboardInterrupt):
        pull(choices, theirs, folder, Told("fetched"))
    fetched = {path.stem for path in theirs.path("takes").iterdir()}
    assert 1 <= len(fetched) < 12
    assert whole(theirs.folder)
    tally = pull(choices, theirs, folder, Told())
    assert len(tally.there) == len(fetched)
    assert kept(theirs) == kept(ours)


KILLED = """
import sys
from pathlib import Path
from storyforge.system.object_store import PART, Folder, Objects

parts = (bytes(PART) for _ in range(40))
Objects(Folder("share", Path(sys.argv[1]))).put(sys.argv[2], parts, 40 * PART)
"""


def test_a_push_that_is_killed_leaves_no_half_object(folder):
    name = f"takes/{'a' * 64}.mp4"
    with subprocess.Popen([sys.executable, "-c", KILLED, folder.folder, name]) as process:
        while process.poll() is None and not list(folder.folder.glob("takes/*")):
            time.sleep(0.001)
        process.kill()
    target = folder.folder / name
    assert not target.exists() or target.stat().st_size == 40 * PART
    Objects(folder).put(name, iter([b"film"]), 4)
    assert target.read_bytes() == b"film"
    assert list(Objects(folder).list_objects("takes")) == [name]
    for path in folder.folder.glob("takes/*"):
        path.unlink()


# what is pushed


def test_a_bucket_that_goes_away_meanwhile_stops_everything_at_once(folder, ours, monkeypatch):
    asked = []

    def gone(self, name, parts, size):
        asked.append(name)
        raise CredentialsError("the bucket is out of reach")

    monkeypatch.setattr(Objects, "put", gone)
    with pytest.raises(CredentialsError):
        push([rendered(ours, f"clip-{number}", b"%d" % number) for number in range(12)], ours, folder, Told())
    assert 1 <= len(asked) <= share.AT_ONCE


def test_a_damaged_take_is_not_sent_and_the_others_are(folder, ours):
    choices = three(ours)
    ours.take(choices[0].take).write_bytes(b"WAIT" * 1000)
    tally = push(choices, ours, folder, Told())
    assert list(tally.failures) == [f"takes/{choices[0].take}.mp4"]
    assert "damaged" in str(tally.failures[f"takes/{choices[0].take}.mp4"])
    assert {path.stem for path in (folder.folder / "takes").iterdir()} == {choice.take for choice in choices[1:]}
    assert {path.stem for path in (folder.folder / "slates").iterdir()} == {choice.slate for choice in choices[1:]}


def test_a_take_that_is_neither_here_nor_there_is_said(folder, ours, theirs):
    choices = three(ours)
    push(choices[:2], ours, folder, Told())
    tally = push(choices, theirs, folder, Told())
    assert len(tally.there) == 2
    assert list(tally.failures) == [f"takes/{choices[2].take}.mp4"]
    assert "neither here nor in the folder" in str(*tally.failures.values())


# two who rendered the same


def test_another_take_of_the_same_slate_keeps_its_record_and_both_takes_are_there(folder, ours, theirs, tmp_path):
    mine, yours = rendered(ours, "wait", b"mine"), rendered(theirs, "wait", b"yours, which is longer")
    assert mine.slate == yours.slate
    push([mine], ours, folder, Told())
    push([yours], theirs, folder, Told())
    third = Store(tmp_path / "third" / ".storyforge")
    assert pull([yours], third, folder, Told()).failures == {}
    assert third.find_take(yours.slate) == yours.take
    record = third.rendering(yours.slate)
    assert record["slate"] == theirs.rendering(yours.slate)["slate"]
    assert (record["notes"], "date" in record) == ([], False)


def test_a_take_of_ones_own_keeps_its_record_beside_the_chosen_one(folder, ours, theirs):
    mine, yours = rendered(ours, "wait", b"mine"), rendered(theirs, "wait", b"yours")
    push([yours], theirs, folder, Told())
    before = ours.rendering(mine.slate)
    for _ in range(2):
        assert pull([yours], ours, folder, Told()).failures == {}
        assert ours.take(yours.take).read_bytes() == b"yours"
        assert ours.rendering(mine.slate) == before


# locks


def test_a_lock_names_takes_and_the_slates_that_they_were_rendered_from(tmp_path, ours):
    one, other = three(ours)[:2]
    path = tmp_path / "a.story.lock"
    write_lock(path, Lock({"wait": block(one), "call": block(other, fingerprint="f" * 64, rendered=other.slate)}))
    assert set(read_choices(path)) == {one, other}


def test_both_sides_of_a_lock_that_a_merge_left_undecided_are_fetched(tmp_path, ours):
    one, other = three(ours)[:2]
    mine, yours = (lock_text(Lock({"wait": block(choice)})).partition("clips:\n") for choice in (one, other))
    path = tmp_path / "a.story.lock"
    path.write_text(f"{mine[0]}clips:\n<<<<<<< ours\n{mine[2]}=======\n{yours[2]}>>>>>>> theirs\n")
    assert {choice.take for choice in read_choices(path)} == {one.take, other.take}


def test_a_name_in_a_lock_gives_no_orders_to_a_terminal(tmp_path, ours):
    write_lock(tmp_path / "a.story.lock", Lock({"wait\x1b[2J": block(three(ours)[0])}))
    (choice,) = read_choices(tmp_path / "a.story.lock")
    assert choice.called.isprintable()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("storyforge: 1\nclips:\n  wait:\n    take\n", r"a\.story\.lock:4: this line is no"),
        (lock_text(Lock({"wait": block(Choice("wait", "../../x", "a" * 64))})), "`take` is no sha256"),
        (lock_text(Lock({"wait": block(Choice("wait", "a" * 64, "../x"))})), "is no sha256"),
        (lock_text(Lock({"wait": block(Choice("wait", "A" * 64, "a" * 64))})), "`take` is no sha256"),
        ("\xff", "is no UTF-8 text"),
    ],
)
def test_a_lock_that_is_broken_or_leads_elsewhere_is_refused(tmp_path, text, said):
    path = tmp_path / "a.story.lock"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(StoryForgeError, match=said) as fault:
        read_choices(path)
    assert fault.value.hint


def test_the_settings_name_a_folder_beside_the_project_or_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "storyforge.toml").write_text('[share]\nkind = "folder"\nfolder = "films"\nexpires = 60\n')
    find_trust(tmp_path).allow()
    with pytest.raises(UsageError, match=r"`share\.expires` is not known"):
        find_share(Settings(tmp_path / "a.story.yaml", tmp_path, {}), tmp_path)
    (tmp_path / "storyforge.toml").write_text('[share]\nkind = "folder"\nfolder = "films"\n')
    find_trust(tmp_path).allow()
    assert find_share(Settings(tmp_path / "a.story.yaml", tmp_path, {}), tmp_path) == Folder(
        "share", tmp_path / "films"
    )


def test_what_an_emulator_rendered_is_pulled_as_that_and_a_real_take_of_the_same_slate_is_none(
    folder, ours, theirs, tmp_path
):
    mine, yours = rendered(ours, "wait", b"mine"), rendered(theirs, "wait", b"yours, which is longer")
    path = ours.path("slates", f"{mine.slate}.json")
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "emulated": True}), encoding="utf-8")
    push([replace(mine, emulated=True)], ours, folder, Told())
    push([yours], theirs, folder, Told())
    for choice, emulated in ((replace(mine, emulated=True), True), (yours, None)):
        third = Store(tmp_path / choice.take / ".storyforge")
        assert pull([choice], third, folder, Told()).failures == {}
        assert third.rendering(choice.slate).get("emulated") == emulated
        assert third.find_take(choice.slate) == (None if emulated else choice.take)
