"""Every file of ours hurt in every way: a told error or nothing, never a traceback, no take lost and none paid twice."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from projects import Faked, project, storyforge

from storyforge.cli import main
from storyforge.planning.film_plan import plan_film
from storyforge.reports.damage import examine_film
from storyforge.system import files
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import lock_path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def fold(path: Path) -> None:
    path.unlink()
    path.mkdir()


def retype(path: Path) -> None:
    """Numbers become texts and texts numbers, as far as a file is JSON."""

    def turn(value: Any) -> Any:
        match value:
            case dict():
                return {name: turn(one) for name, one in value.items()}
            case list():
                return {"0": [turn(one) for one in value]}
            case str():
                return 7
            case _:
                return str(value)

    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        path.write_text(json.dumps(turn(json.loads(text))), encoding="utf-8")
    except ValueError:
        path.write_text(
            text.replace('"', "").replace("take: ", "take: [] ").replace("seconds: ", "seconds: -"), "utf-8"
        )


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "flipped": flip,
    "retyped": retype,
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "half a character": lambda path: path.write_bytes(b'{"clips": {"\\ud800": "\\udfff"}, "take": "\\ud800"}'),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00\x01" * 50),
    "a folder": fold,
}

FILES = {
    "lock": "ferry.story.lock",
    "ledger": ".storyforge/ledger.db",
    "record": ".storyforge/records/*.json",
    "slate": ".storyforge/slates/*.json",
    "take": ".storyforge/takes/*.mp4",
    "list": ".storyforge/whole/takes.jsonl",
    "delivered": ".storyforge/delivered.json",
    "settings": "storyforge.toml",
}
UNTOLD = [("lock", "truncated"), ("take", "retyped")]
COMMANDS = ("plan", "takes", "use", "spend", "gc", "doctor")


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose three clips were ordered, paid and brought home."""
    folder = tmp_path_factory.mktemp("paid")
    (folder / "storyforge.toml").write_text('provider = "runware"\n', encoding="utf-8")
    film = Faked(project(folder), "runware")
    film.store.keep_record(film.compiled().project.record_name, film.record)
    film.store.write_file("{}", "delivered.json")
    with Ledger.from_store(film.store) as ledger:
        for one in film.compiled().planned:
            assert one.request is not None
            given = (one.request, one.clip.seconds, 0.5, 1, one.job.slate)
            intent = Intent(
                one.job.fingerprint, "runware", "m", one.clip.id, film.compiled().project.record_name, *given
            )
            order = ledger.plan(intent, 1_767_225_600.0)
            assert order is not None
            ledger.mark_sent(order, f"job-{one.clip.id}")
            ledger.mark_ended(order, "done", 1_767_225_660.0)
    return folder


@pytest.fixture
def copy(paid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "film"
    shutil.copytree(paid, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def say(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Runs a command as a user does, in this process; whatever is no exit is a traceback."""
    given = {
        "use": ["ferry.story.yaml", "wait", "1"],
        "spend": [],
        "gc": [],
        "doctor": ["ferry.story.yaml"],
        "render": ["ferry.story.yaml", "--locked"],
    }.get(command, ["ferry.story.yaml"])
    monkeypatch.setattr("sys.argv", ["storyforge", command, *given])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def hurt(folder: Path, file: str, damage: str) -> Path:
    path = sorted(folder.glob(FILES[file]))[0]
    DAMAGES[damage](path)
    return path


def check(folder: Path, file: str, damage: str, command: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hurt(folder, file, damage)
    takes = {one.name: one.stat().st_size for one in folder.glob(".storyforge/takes/*.mp4")}
    code = say(command, monkeypatch)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if code and command != "doctor":
        assert path.name in said.out + said.err or "ledger" in said.err, said.err
        assert "hint:" in said.err + said.out, said.err
    # A lock that is cut between two clips is whole as far as it goes; a take of a few letters has no types.
    told = file in ("lock", "ledger", "take", "slate", "record") and (file, damage) not in UNTOLD
    if command == "doctor" and told and damage != "flipped":
        assert code, said.out
    assert {one.name: one.stat().st_size for one in folder.glob(".storyforge/takes/*.mp4")} == takes
    if command == "plan" and not code and file not in ("lock", "settings"):
        # The ledger knows each job: nothing is ordered again.
        lines = [line.split() for line in said.out.splitlines()]
        assert [words for words in lines if words[:1] == ["render"] and words[1] != "film"] == [], said.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("file", "damage"),
    [("lock", "truncated"), ("ledger", "flipped"), ("record", "retyped"), ("slate", "deep"), ("take", "truncated")],
)
def test_a_hurt_file_is_told_or_made_good(
    copy: Path, file: str, damage: str, command: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(copy, file, damage, command, capsys, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_every_file_hurt_in_every_way_is_told_or_made_good(
    copy: Path, file: str, damage: str, command: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(copy, file, damage, command, capsys, monkeypatch)


@pytest.mark.parametrize("damage", ["emptied", "truncated", "flipped", "a folder"])
def test_a_hurt_take_is_fetched_again_where_its_order_is_known(
    copy: Path, damage: str, capsys: Any, monkeypatch: Any
) -> None:
    take = hurt(copy, "take", damage)
    assert say("plan", monkeypatch) == 0
    out = capsys.readouterr().out
    assert out.count("damaged: its take is no longer what was rendered; ordered already as job-") == 1
    assert say("doctor", monkeypatch) == 1
    out = capsys.readouterr().out
    assert f"{take.name}: is another file" in out or take.name in out
    assert "from runware again, for nothing" in out


def test_doctor_knows_the_takes_of_a_host_that_the_lock_alone_names(copy: Path, capsys: Any, monkeypatch: Any) -> None:
    (copy / "storyforge.toml").write_text("", encoding="utf-8")
    hurt(copy, "take", "truncated")
    assert say("doctor", monkeypatch) == 1
    assert "from runware again, for nothing" in capsys.readouterr().out


def test_without_an_order_a_hurt_take_is_planned_with_its_price(copy: Path, capsys: Any, monkeypatch: Any) -> None:
    hurt(copy, "take", "truncated")
    (copy / ".storyforge/ledger.db").unlink()
    assert say("plan", monkeypatch) == 0
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if "damaged: its take" in line]
    assert line.startswith("render")
    assert "$" in line


def test_doctor_of_a_whole_film_finds_nothing_and_changes_nothing(copy: Path, capsys: Any, monkeypatch: Any) -> None:
    def look() -> dict[str, int]:
        # But for what is remembered of comparing, and what a reader of the ledger leaves behind.
        files = [one for one in copy.rglob("*") if one.is_file() and one.parent.name != "whole"]
        return {str(one): one.stat().st_mtime_ns for one in files if not one.name.endswith(("-wal", "-shm"))}

    before = look()
    assert say("doctor", monkeypatch) == 0
    assert "nothing damaged" in capsys.readouterr().out
    assert look() == before
    assert examine_film(copy / "ferry.story.yaml").hurt == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fate", "gone"),
        ("fate", 7),
        ("slate", "{"),
        ("slate", '{"a": "\\ud800"}'),
        ("headers", "[" * 5000),
        ("planned_at", "noon"),
        ("sent_at", 1e30),
        ("usd_planned", "much"),
        ("attempt", "x"),
        ("number", b"\x00"),
    ],
)
def test_a_row_of_the_ledger_that_is_hurt_is_named_and_nothing_is_planned(
    copy: Path, column: str, value: object, capsys: Any, monkeypatch: Any
) -> None:
    with sqlite3.connect(copy / ".storyforge/ledger.db") as base:
        base.execute(f"update orders set {column} = ? where id = 2", (value,))
    base.close()
    take = sorted(copy.glob(".storyforge/takes/*.mp4"))[0]
    take.unlink()  # so that its order is asked for
    for command in ("plan", "spend", "doctor"):
        assert say(command, monkeypatch) == 1
        said = capsys.readouterr()
        assert f"row 2 of `orders` holds in `{column}` what cannot be there" in said.out + said.err
        assert "ledger.db" in said.out + said.err


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that was drawn here."""
    folder = tmp_path_factory.mktemp("drawn")
    done = storyforge("render", project(folder), cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


MADE = (
    "takes/*.mp4",
    "pieces/*.mp4",
    "pieces/*.wav",
    "films/*.mp4",
    "films/*.json",
    "inspections/*.json",
    "slates/*.json",
)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied", "a folder"])
@pytest.mark.parametrize("made", MADE)
def test_what_a_film_is_made_of_is_made_again_and_the_film_is_the_same(
    drawn: Path, tmp_path: Path, made: str, damage: str
) -> None:
    folder = tmp_path / "film"
    shutil.copytree(drawn, folder)
    film = (folder / "ferry.mp4").read_bytes()
    for path in sorted((folder / ".storyforge").glob(made))[:1]:
        if damage == "a folder" and not made.startswith("takes"):
            return
        DAMAGES[damage](path)
    for path in [*folder.glob(".storyforge/films/*")] if made.startswith("pieces") else []:
        path.unlink()
    (folder / "ferry.mp4").unlink()
    done = storyforge("render", "ferry.story.yaml", cwd=folder, uncached=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "ferry.mp4").read_bytes() == film
    if made.startswith("takes"):
        assert list((folder / ".storyforge/damaged").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_told_with_the_file(
    drawn: Path, tmp_path: Path, number: int, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "film"
    shutil.copytree(drawn, folder)
    monkeypatch.chdir(folder)
    for path in sorted((folder / ".storyforge").glob("takes/*.mp4")):
        path.unlink()

    def fail(scratch: Path) -> Any:
        raise OSError(number, os.strerror(number), str(scratch))

    monkeypatch.setattr(files, "open_scratch", fail)
    monkeypatch.setattr(files, "replace_atomically", lambda source, target: fail(target))
    monkeypatch.setattr("storyforge.system.store.replace_atomically", lambda source, target: fail(target))
    monkeypatch.setattr("sys.argv", ["storyforge", "render", "ferry.story.yaml"])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert end.value.code == 1
    assert os.strerror(number) in said.err + said.out
    assert "hint:" in said.err + said.out


def test_a_disk_without_locks_is_told(copy: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert say("use", monkeypatch) == 1
    said = capsys.readouterr().err
    assert "cannot be locked: No locks available" in said
    assert "hint: " in said


def test_a_take_that_is_hurt_is_not_lost_when_another_takes_its_place(copy: Path) -> None:
    film = Faked(copy / "ferry.story.yaml", "runware")
    store, (one, *_) = film.store, film.compiled().planned
    take = store.find_take(one.job.fingerprint)
    assert take
    os.truncate(store.take(take), 3)
    assert store.is_hurt(take)
    assert store.find_take(one.job.fingerprint) is None
    place = store.set_aside(take)
    assert place
    assert place.stat().st_size == 3
    assert store.is_hurt(take)
    film.take(one.job.fingerprint, one.job.slate)
    assert store.find_take(one.job.fingerprint) == take
    assert not store.is_hurt(take)
    assert store.set_aside(take) is None
    assert {one.state for one in plan_film(film.compiled()).planned} == {"cached"}
    assert lock_path(film.path).is_file()
