"""The public API: the road, step by step, without the command line."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from projects import Faked, edited, project

import storyforge
from storyforge import api
from storyforge.model.errors import BudgetError, CredentialsError, StoryboardError
from storyforge.planning.saved_plan import write_plan
from storyforge.starter import write_starter

STARTER = Path(__file__).parents[1] / "storyforge/starter/film.story.yaml"


def test_a_film_is_compiled_and_planned() -> None:
    film = storyforge.compile(STARTER, provider="runware")
    assert [one.clip.id for one in film.planned] == ["shop-1", "shop-3", "shop-5"]
    assert storyforge.plan(film).usd == 3.64
    assert storyforge.check(STARTER) == ()
    board, _, _ = storyforge.load(STARTER)
    assert isinstance(board, storyforge.Storyboard)


def test_a_file_without_a_storyboard_is_an_error_that_says_why(tmp_path: Path) -> None:
    file = tmp_path / "film.story.yaml"
    file.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(
        storyforge.StoryForgeError, match=r"^film.story.yaml holds no storyboard: the file is not a map"
    ):
        storyforge.compile(file)
    assert [found.name for found in storyforge.check(file)] == ["not-a-mapping"]


def test_importing_it_brings_nothing_else() -> None:
    code = "import sys, storyforge; print(sorted(m for m in sys.modules if m.startswith('storyforge.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['storyforge.version']"


class Recorded:
    """Keeps the events of a render, with the names of their steps."""

    def __init__(self):
        self.steps, self.events = {}, []

    def begin(self, steps):
        self.steps.update(steps)

    def start(self, step, doing):
        self.events.append((self.steps[step].name, doing))

    def advance(self, step, share):
        assert step in self.steps

    def finish(self, step, done):
        self.events.append((self.steps[step].name, done))

    def fail(self, step, message):
        self.events.append((self.steps[step].name, message))


@pytest.mark.slow
def test_a_film_is_rendered_with_callbacks_and_nothing_is_printed(tmp_path: Path, capfd) -> None:
    write_starter(tmp_path)
    told, notes, path = Recorded(), [], tmp_path / "film.story.yaml"
    done = storyforge.render(path, out=tmp_path / "out.mp4", progress=told, note=notes.append)
    assert done.film == tmp_path / "out.mp4"
    assert done.film.stat().st_size > 100_000
    assert done.outcome is not None
    assert (done.outcome.failures, len(done.outcome.takes)) == ({}, 3)
    clips = [one.clip.id for one in done.plan.planned]
    assert sorted(name for name, done in told.events if done == "rendered") == sorted(clips)
    assert told.events[-2:] == [("film", "stitching"), ("film", "stitched")]
    # What was planned and is done already is not done again.
    again = storyforge.render(storyforge.plan(storyforge.compile(path)), out=tmp_path / "out.mp4")
    assert (again.outcome, again.moved) == (None, False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("confirm", [None, lambda bill: False])
def test_nothing_is_ordered_that_was_not_confirmed(tmp_path: Path, monkeypatch, capfd, confirm) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", "a-key")
    plan = storyforge.plan(storyforge.compile(project(tmp_path), provider="runware"))
    asked = {} if confirm is None else {"confirm": confirm}
    with pytest.raises(BudgetError, match="nothing was sent"):
        storyforge.render(plan, **asked)
    assert not (tmp_path / ".storyforge").exists()
    assert capfd.readouterr() == ("", "")


def test_the_bill_says_what_would_be_ordered(tmp_path: Path, monkeypatch) -> None:
    bills: list[storyforge.Bill] = []
    plan = storyforge.plan(storyforge.compile(project(tmp_path), provider="runware"))
    with pytest.raises(BudgetError):
        storyforge.render(plan, confirm=lambda bill: bool(bills.append(bill)))
    (bill,) = bills
    assert ([one.clip.id for one in bill.ordered], bill.usd) == (["wait", "call", "boat"], 1.26)


def test_a_plan_is_rendered_under_the_settings_as_they_are_when_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", "")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    plan = storyforge.plan(storyforge.compile(project(tmp_path), provider="runware"))
    with pytest.raises(CredentialsError):
        storyforge.render(plan, confirm=lambda bill: True)
    monkeypatch.setenv("STORYFORGE_BUDGET_PER_RUN", "1")
    with pytest.raises(BudgetError, match=r"over the \$1.00 of `budget.per_run`"):
        storyforge.render(plan, confirm=lambda bill: True)


def test_a_storyboard_with_errors_is_not_rendered(tmp_path: Path) -> None:
    path = project(tmp_path)
    edited(path, "@ana looks", "@anna looks")
    with pytest.raises(storyforge.StoryForgeError, match="anna") as caught:
        storyforge.render(path)
    assert isinstance(caught.value, StoryboardError)
    assert [found.name for found in caught.value.findings if found.severity == "error"] == ["unknown-character"]
    assert not (tmp_path / ".storyforge").exists()


def test_a_saved_plan_that_no_longer_holds_is_refused(tmp_path: Path) -> None:
    path, saved = project(tmp_path), tmp_path / "plan.json"
    write_plan(saved, path, storyforge.plan(storyforge.compile(path)), None, repack=False)
    edited(path, "looks over", "looks at")
    with pytest.raises(storyforge.StoryForgeError, match="the plan no longer holds: `wait` is another"):
        storyforge.render(saved)


def test_every_name_of_the_api_is_where_its_table_says() -> None:
    """The table imports a name when it is used; the imports above it are what type checkers read."""
    (block,) = (
        node for node in ast.parse(Path(api.__file__).read_text(encoding="utf-8")).body if isinstance(node, ast.If)
    )
    typed = {(node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert typed == {(module, name) for module, names in api.NAMES.items() for name in names}
    assert len(api.HOMES) == len(typed)
    for name in api.HOMES:
        assert getattr(api, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = api.nothing


def test_what_is_stable_is_small() -> None:
    functions = [name for name in storyforge.__all__ if name[0].islower()]
    assert functions == [
        "check",
        "choose",
        "compile",
        "diff",
        "load",
        "plan",
        "render",
        "render_async",
        "schema",
        "takes",
    ]


def test_takes_are_listed_and_chosen(tmp_path: Path) -> None:
    film = Faked(project(tmp_path))
    second = film.further("call", 2)
    found = storyforge.takes(storyforge.compile(film.path))
    assert {clip: [take.number for take in takes] for clip, takes in found.items()} == {
        "wait": [1],
        "call": [1, 2],
        "boat": [1],
    }
    first, other = found["call"]
    for named in (2, "2", second[:8], other):
        choice = storyforge.choose(film.path, "call", named)
        assert (choice.blocks["call"].take, [one.clip.id for one in choice.followers][:1]) == (second, ["boat"])
        storyforge.choose(film.path, "call", first)
    edited(film.path, "@ana looks", "@anna looks")
    with pytest.raises(StoryboardError, match="anna"):
        storyforge.choose(film.path, "call", 2)


def test_two_storyboards_are_compared(tmp_path: Path) -> None:
    path = project(tmp_path)
    before = tmp_path / "before.story.yaml"
    before.write_bytes(path.read_bytes())
    edited(path, "seconds: 3\n    clip: new", "seconds: 4\n    clip: new")
    versions = storyforge.diff(path, before, provider="runware")
    assert [str(one) for one in versions.revisions] == [str(one) for one in storyforge.diff(path, before).revisions]
    assert [row.clip.id for row in versions.comparison.rows if row.state != "kept"] == ["call", "boat"]
    assert storyforge.diff(path, path).same
    edited(path, "framing: wide shot", "framing: [wide shot]")
    with pytest.raises(StoryboardError):
        storyforge.diff(path, before)


def test_the_schema_is_that_of_the_editors() -> None:
    file = Path(__file__).parents[1] / "schemas/storyboard.schema.json"
    assert storyforge.schema() == json.loads(file.read_text(encoding="utf-8"))
