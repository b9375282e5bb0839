"""Nothing that lies in a shared place is believed; what is not what it is called is refused, and the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from buckets import bucket
from shares import Told, kept, rendered, three

from storyforge.compiler.slates import fingerprint
from storyforge.rendering import remote as share
from storyforge.rendering.remote import Choice, pull, push, read_rendering
from storyforge.system.object_store import Objects


def spoil_take(there: Path, choice: Choice) -> None:
    there.joinpath(f"takes/{choice.take}.mp4").write_bytes(choice.clip.upper().encode() * 1000)


def cut_take(there: Path, choice: Choice) -> None:
    there.joinpath(f"takes/{choice.take}.mp4").write_bytes(b"w")


def empty_take(there: Path, choice: Choice) -> None:
    there.joinpath(f"takes/{choice.take}.mp4").write_bytes(b"")


def lose_take(there: Path, choice: Choice) -> None:
    there.joinpath(f"takes/{choice.take}.mp4").unlink()


def swell_take(there: Path, choice: Choice) -> None:
    with there.joinpath(f"takes/{choice.take}.mp4").open("wb") as file:
        file.truncate(share.MOST_FILM + 1)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_take, "is not what it is called"),
        (cut_take, "is not what it is called"),
        (empty_take, "is not what it is called"),
        (swell_take, ".mp4` has 4294967297 bytes in the folder"),
        (lose_take, "it is not in the folder"),
    ],
)
def test_a_take_that_is_not_what_it_is_called_is_refused_and_the_others_go_on(folder, ours, theirs, spoil, said):
    choices, told = three(ours), Told()
    push(choices, ours, folder, Told())
    spoil(folder.folder, choices[0])
    tally = pull(choices, theirs, folder, told)
    assert list(tally.failures) == [f"takes/{choices[0].take}.mp4"]
    (fault,) = tally.failures.values()
    assert said in str(fault)
    assert fault.hint
    assert fault.exit_code == 1
    assert f"take {choices[0].take[:8]} of wait: failed: {fault}" in told.lines
    assert {path.stem for path in theirs.path("takes").iterdir()} == {choice.take for choice in choices[1:]}
    assert theirs.rendering(choices[0].slate) is None
    assert list(theirs.path("tmp").iterdir()) == []
    # Once it is whole there, the next pull has it.
    if spoil is not spoil_take:
        push(choices, ours, folder, Told())
        pull(choices, theirs, folder, Told())
        assert kept(theirs) == kept(ours)


def test_a_spoilt_take_of_a_bucket_is_refused_too(ours, theirs, server, tmp_path):
    place = bucket(server, "share", tmp_path.name)
    choices = three(ours)
    push(choices, ours, place, Told())
    for content in (b"WAIT" * 1000, b"w"):
        Objects(place).put(f"takes/{choices[0].take}.mp4", iter([content]), len(content))
        tally = pull(choices, theirs, place, Told())
        assert list(tally.failures) == [f"takes/{choices[0].take}.mp4"]
        assert not theirs.take(choices[0].take).exists()
    push(choices, ours, place, Told())
    assert pull(choices, theirs, place, Told()).failures == {}
    assert kept(theirs) == kept(ours)


def altered(**values: object):
    return lambda record: json.dumps({**record, **values}).encode()


DEEP = b'{"slate": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_000 + b"}"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda record: b"", id="empty"),
        pytest.param(lambda record: json.dumps(record).encode()[:-9], id="cut short"),
        pytest.param(lambda record: b"[]", id="no object"),
        pytest.param(lambda record: DEEP, id="deep"),
        pytest.param(lambda record: b" " * share.LARGEST["slates"] + b"{}", id="large"),
        pytest.param(altered(slate={"prompt": "another"}), id="another slate"),
        pytest.param(altered(slate="wait"), id="slate of text"),
        pytest.param(altered(take="../../etc/passwd"), id="take elsewhere"),
        pytest.param(altered(take=None), id="no take"),
        pytest.param(altered(bytes=1), id="other size"),
        pytest.param(altered(bytes="4000"), id="size of text"),
        pytest.param(altered(bytes=-1), id="negative size"),
        pytest.param(altered(clip="wait\x1b[2J"), id="orders to a terminal"),
        pytest.param(altered(film=7), id="film of a number"),
        pytest.param(altered(date="yesterday"), id="date"),
        pytest.param(altered(notes="note"), id="notes of text"),
        pytest.param(altered(notes=["\ud800"]), id="half a character"),
    ],
)
def test_a_record_that_is_none_is_refused_and_the_take_plays_without_it(folder, ours, theirs, spoil):
    choices, told = three(ours), Told()
    push(choices, ours, folder, Told())
    name = f"slates/{choices[0].slate}.json"
    (folder.folder / name).write_bytes(spoil(ours.rendering(choices[0].slate)))
    tally = pull(choices, theirs, folder, told)
    assert list(tally.failures) == [name]
    assert any(line.startswith(f"slate of wait: failed: `{name}` ") for line in told.lines)
    assert theirs.rendering(choices[0].slate) is None
    assert theirs.take(choices[0].take).is_file()
    assert theirs.find_take(choices[1].slate) == choices[1].take
    (folder.folder / name).unlink()
    push(choices, ours, folder, Told())
    assert pull(choices, theirs, folder, Told()).failures == {}
    assert kept(theirs) == kept(ours)


def test_a_record_keeps_what_is_known_and_nothing_else(ours):
    choice = rendered(ours, "wait", b"film", command="rm -rf /")
    record = read_rendering(ours.path("slates", f"{choice.slate}.json").read_bytes(), choice.slate)
    assert "command" not in record.model_dump()
    assert record.clip == "wait"


@pytest.mark.parametrize(
    "extra", [7.5, 0.1 + 0.2, 1e22, -0.0, 2**70, True, None, "ä\u2028", {"b": [1, {}], "a": ""}], ids=repr
)
def test_a_slate_is_known_again_whatever_stands_in_it(extra):
    slate = {"extra": extra}
    content = json.dumps({"slate": slate, "take": "a" * 64, "bytes": 1}).encode()
    assert read_rendering(content, fingerprint(slate)).slate == slate


def test_a_picture_that_is_not_what_it_is_called_is_refused_and_the_takes_come(folder, ours, theirs):
    choices = three(ours)
    push(choices, ours, folder, Told())
    (picture,) = (folder.folder / "pictures").iterdir()
    picture.write_bytes(b"a Picture")
    tally = pull(choices, theirs, folder, Told())
    assert list(tally.failures) == [f"pictures/{picture.name}"]
    assert not theirs.path("pictures", picture.name).exists()
    assert all(theirs.find_take(choice.slate) == choice.take for choice in choices)


def test_names_that_are_none_are_not_seen(server, ours, theirs, tmp_path):
    place = bucket(server, "share", tmp_path.name)
    choices = three(ours)
    push(choices, ours, place, Told())
    strange = (
        "takes/",
        "takes/x.mp4",
        f"takes/{'A' * 64}.mp4",
        f"slates/x/{'a' * 64}.json",
        "takes/%2e%2e%2fescaped.mp4",
    )
    with httpx.Client(base_url=f"{server}/films/{tmp_path.name}/", trust_env=False) as client:
        for name in strange:
            assert client.put(name.replace("%", "%25"), content=b"x").status_code == 200
    tally = pull(choices, theirs, place, Told())
    assert tally.failures == {}
    assert kept(theirs) == kept(ours)
