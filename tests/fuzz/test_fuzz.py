"""A thousand drawn cases of each generator; and that each kind of fault, once put into the code, is found."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from storyforge.language import load
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.system.secrets import Secrets

from . import run
from .watching import KEY, Watched, watch

CASES, PARTS = 1000, 10


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("generator", run.GENERATORS)
def test_no_drawn_case_finds_a_fault(generator: str, part: int) -> None:
    each = CASES // PARTS
    found = run.find_faults(generator, range(part * each, (part + 1) * each))
    told = [f"{run.REPEAT.format(generator=generator, seed=seed)}: {faults}" for seed, faults in found]
    assert told == []


@pytest.mark.parametrize("generator", run.GENERATORS)
def test_a_seed_draws_the_same_case_again(generator: str) -> None:
    make = import_module(f"fuzz.{generator}").make
    # By what is written of it: a case may hold what is not a number, which is not even itself.
    assert [repr(make(seed)) for seed in range(5)] == [repr(make(seed)) for seed in range(5)]
    assert len({repr(make(seed)) for seed in range(40)}) > 30


def test_the_command_names_the_seeds_and_how_to_repeat_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(*_: object) -> None:
        raise KeyError("title")

    assert run.main(["--generator", "storyboards", "--cases", "2", "--seed", "7"]) == 0
    monkeypatch.setattr(load, "load_storyboard", stumble)
    monkeypatch.setattr("storyforge.compiler.compile.load_storyboard", stumble)
    assert run.main(["--generator", "storyboards", "--cases", "2", "--seed", "7"]) == 1
    said = capsys.readouterr().out
    assert "storyboards 8: python tests/fuzz/run.py --generator storyboards --cases 1 --seed 8\n" in said
    assert "raises KeyError at " in said


def faults_of(folder: Path, work: object) -> list[str]:
    with watch(folder) as watched:
        assert callable(work)
        work(watched)
    return watched.faults


def fail(watched: Watched) -> None:
    with watched.allow_errors("a step"):
        raise ValueError("no digit")


def refuse(watched: Watched) -> None:
    with watched.allow_errors("a step"):
        raise UsageError("the file is none", "use another")


def tell(watched: Watched) -> None:
    with watched.allow_errors("a step"):
        raise StoryForgeError("refused", f"with {KEY}")


def keep(watched: Watched) -> None:
    (watched.project / "answer.json").write_text(f'{{"key": "{KEY}"}}', encoding="utf-8")


def change(watched: Watched) -> None:
    Path("../beside/canary.txt").write_text("as it was not\n", encoding="utf-8")


def add(watched: Watched) -> None:
    (Path.home() / "more.txt").parent.mkdir()
    (Path.home() / "more.txt").write_text("more\n", encoding="utf-8")


def remove(watched: Watched) -> None:
    (watched.beside / "canary.txt").unlink()


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        (fail, "`a step` raises ValueError"),
        (tell, "a step shows a key: "),
        (keep, "`answer.json` holds a key"),
        (change, "outside the project something was written: beside/canary.txt"),
        (add, "outside the project something was written: beside/home, beside/home/more.txt"),
        (remove, "outside the project something was written: beside/canary.txt"),
    ],
)
def test_each_kind_of_fault_is_found(work: object, fault: str, tmp_path: Path) -> None:
    (found,) = faults_of(tmp_path, work)
    assert found.startswith(fault)


def test_an_error_of_ours_and_what_is_written_into_the_project_are_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path, refuse) == []
    assert faults_of(tmp_path, lambda watched: watched.run("init", ".")) == []


def test_a_key_that_a_host_repeats_is_found_where_it_is_not_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(run.find_faults("answers", range(60))) == []
    monkeypatch.setattr(Secrets, "redact_bytes", lambda self, content: content)
    monkeypatch.setattr("storyforge.system.client.redact", lambda text: text)
    found = [fault for _, faults in run.find_faults("answers", range(60)) for fault in faults]
    assert any("shows a key" in fault for fault in found)
