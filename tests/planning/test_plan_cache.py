"""A plan is printed from the cache as long as nothing it was made from has changed; else it is made again."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from projects import HEAD, Faked, edited, project

import storyforge.compiler.compile
import storyforge.planning.film_plan
from storyforge.cli import cli
from storyforge.compiler.compile import compile_file, compile_loaded
from storyforge.compiler.jobs import further_take
from storyforge.model.messages import Request
from storyforge.planning import plan_cache as again
from storyforge.planning.film_plan import plan_film
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import lock_path
from storyforge.system.project import Project
from storyforge.system.resources import resource_folder

CAST = HEAD[HEAD.index("cast:") : HEAD.index("scenes:")]
MUSIC = "use: [bible.story.yaml]\nmusic: {file: audio/bed.ogg}\n"


class Desk:
    """A film that is whole, in a folder below its project's, and who plans it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.compiled = capsys, 0
        (folder / ".storyforge").mkdir(parents=True)
        self.path = project(folder / "film", head=HEAD.replace(CAST, MUSIC))
        self.put("bible.story.yaml", f"storyforge: 1\ntitle: Bible\n{CAST}")
        self.put("audio/bed.ogg", "a bed of strings")
        self.put("templates/style.jinja", (resource_folder("templates") / "style.jinja").read_text(encoding="utf-8"))
        self.store = Faked(self.path).store
        self.stitched()
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "no-config"))
        monkeypatch.setattr(storyforge.compiler.compile, "compile_loaded", self.compile)

    def compile(self, *given, **named):
        self.compiled += 1
        return compile_loaded(*given, **named)

    def put(self, name: str, text: str) -> None:
        path = self.path.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def stitched(self) -> None:
        """Puts a film in the place of the one that a render would stitch."""
        key = plan_film(compile_file(self.path)).key
        assert key
        film = self.store.path("films", f"{key}.mp4")
        film.parent.mkdir(exist_ok=True)
        film.write_bytes(b"film")
        self.store.keep_film(key)

    def plan(self, *flags: str) -> tuple[int, str, str]:
        code = cli.main(["plan", str(self.path), *flags], standalone_mode=False)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def forget(self) -> None:
        shutil.rmtree(self.store.path("told"), ignore_errors=True)


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    return Desk(tmp_path / "project", monkeypatch, capsys)


@pytest.mark.parametrize("flags", [(), ("--format", "json"), ("--strict",), ("--exit-code",), ("-q",)], ids=" ".join)
def test_an_unchanged_film_is_told_again_and_not_compiled(desk, flags):
    desk.forget()
    first = desk.plan(*flags)
    assert desk.compiled == 1
    assert first[1]
    assert bool(first[2]) == ("-q" not in flags)
    assert desk.plan(*flags) == first
    assert desk.compiled == 1


def test_it_is_told_again_where_the_project_was_moved_to(desk, monkeypatch):
    home = desk.path.parents[1]
    monkeypatch.chdir(home)
    desk.path = desk.path.relative_to(home)
    first = desk.plan()
    moved = home.rename(home.with_name("elsewhere"))
    monkeypatch.chdir(moved)
    assert desk.plan() == first
    assert desk.compiled == 1


def no_take(desk: Desk) -> None:
    next(desk.store.path("takes").iterdir()).unlink()


def torn_take(desk: Desk) -> None:
    next(desk.store.path("takes").iterdir()).write_bytes(b"")


def no_film(desk: Desk) -> None:
    next(desk.store.path("films").glob("*.mp4")).unlink()


def torn_film(desk: Desk) -> None:
    next(desk.store.path("films").glob("*.mp4")).write_bytes(b"fil")


def linked(desk: Desk) -> None:
    """The same picture, now behind a link."""
    picture = desk.path.parent / "refs/ana.png"
    picture.symlink_to(picture.rename(picture.with_name("other.png")))


CHANGES = {
    "a word of the storyboard": lambda desk: edited(desk.path, "wide shot", "full shot"),
    "a comment": lambda desk: edited(desk.path, "shots:", "shots: # from here on"),
    "a storyboard that is used": lambda desk: edited(desk.path.with_name("bible.story.yaml"), "the boy", "the lad"),
    "the lock": lambda desk: lock_path(desk.path).write_bytes(lock_path(desk.path).read_bytes() + b"# mine\n"),
    "no lock": lambda desk: lock_path(desk.path).unlink(),
    "a picture": lambda desk: shutil.copy(desk.path.parent / "refs/bo.png", desk.path.parent / "refs/ana.png"),
    "no picture": lambda desk: (desk.path.parent / "refs/ana.png").unlink(),
    "a link to the picture": linked,
    "music": lambda desk: desk.put("audio/bed.ogg", "a bed of reeds"),
    "no music": lambda desk: (desk.path.parent / "audio/bed.ogg").unlink(),
    "a template": lambda desk: desk.put("templates/style.jinja", "Drawn: {{ style }}."),
    "one more template": lambda desk: desk.put("templates/shot.jinja", "A shot: {{ shot.action }}"),
    "a template of the project": lambda desk: desk.put("../templates/shot.jinja", "A shot: {{ shot.action }}"),
    "no template": lambda desk: (desk.path.parent / "templates/style.jinja").unlink(),
    "a setting": lambda desk: desk.put("storyforge.toml", 'provider = "hiapi"\n'),
    "a file of the environment": lambda desk: desk.put(".env", "STORYFORGE_PROVIDER=hiapi\n"),
    "the top of the project": lambda desk: desk.put(".git/HEAD", ""),
    "the ledger": lambda desk: Ledger(desk.store.path("ledger.db")).close(),
    "no take": no_take,
    "a torn take": torn_take,
    "no film": no_film,
    "a torn film": torn_film,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_the_plan_is_made_anew(desk, change):
    desk.plan()
    change(desk)
    said = desk.plan()
    assert desk.compiled == 2
    desk.forget()
    assert desk.plan() == said


FLAGS = [
    ("--format", "json"),
    ("--strict",),
    ("-q",),
    ("--repack",),
    ("--provider", "offline"),
    ("--out", "plan.json"),
]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_another_question_has_another_answer(desk, monkeypatch, flags):
    monkeypatch.chdir(desk.path.parent)
    desk.plan()
    desk.plan(*flags)
    assert desk.compiled == 2


def test_colour_is_no_part_of_what_is_kept(desk, monkeypatch):
    monkeypatch.chdir(desk.path.parent)
    desk.plan()
    desk.plan("--color", "always")
    assert desk.compiled == 1


def test_other_settings_and_another_storyforge_have_another_answer(desk, monkeypatch):
    desk.plan()
    monkeypatch.setenv("STORYFORGE_PROVIDER", "runware")
    assert "3 of 3 clips to render" in desk.plan()[1]
    monkeypatch.delenv("STORYFORGE_PROVIDER")
    desk.plan()
    assert desk.compiled == 2
    monkeypatch.setattr(again, "_build", lambda: ["another"])
    desk.plan()
    assert desk.compiled == 3


def test_to_read_the_ledger_is_no_change(desk):
    ledger = desk.store.path("ledger.db")
    Ledger(ledger).close()
    first = desk.plan()
    Ledger(ledger, readonly=True).close()
    ledger.with_name("ledger.db-wal").touch()
    assert desk.plan() == first
    assert desk.compiled == 1


@pytest.mark.parametrize("change", ["a word of the storyboard", "the lock", "a picture", "music", "a template"])
def test_what_changes_while_a_plan_is_made_is_not_forgotten(desk, monkeypatch, change):
    """The plan is of what was read, and what is remembered has to be of the same."""

    def late(compiled):
        film = plan_film(compiled)
        CHANGES[change](desk)
        return film

    monkeypatch.setattr(storyforge.planning.film_plan, "plan_film", late)
    desk.plan()
    monkeypatch.setattr(storyforge.planning.film_plan, "plan_film", plan_film)
    desk.plan()
    assert desk.compiled == 2


def test_only_the_plan_of_a_whole_film_is_kept(desk):
    no_take(desk)
    desk.plan()
    assert not desk.store.path("told").exists()


def test_a_plan_with_a_take_to_come_is_not_kept(desk):
    one = further_take(compile_file(desk.path).planned[0], 2)
    job, request = one.job, Request("POST", "https://host.example/v1", {}, {}, b"{}")
    film = Project(desk.path).record_name
    with closing(Ledger(desk.store.path("ledger.db"))) as ledger:
        intent = Intent(job.fingerprint, "offline", "animatic-1", job.clip, film, request, 3, 0.0, job.take, job.slate)
        order = ledger.plan(intent, 1.0)
        ledger.sending(order, 2.0)
    assert "take 2" in desk.plan()[1]
    assert not desk.store.path("told").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"question": 1}', '{"files": 3}'])
def test_what_is_no_memory_is_none(desk, text):
    first = desk.plan()
    (kept,) = desk.store.path("told").iterdir()
    whole = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(text if '"files"' not in text else json.dumps({**whole, "files": 3}), encoding="utf-8")
    assert desk.plan() == first
    assert desk.compiled == 2


def test_a_store_that_takes_no_memory_is_no_hindrance(desk):
    desk.store.path("told").write_text("in the way", encoding="utf-8")
    assert desk.plan() == desk.plan()
    assert desk.compiled == 2
