"""A plan is rendered, delivered and inspected without a command line: callbacks get all that is reported."""

from __future__ import annotations

import json

import pytest
from orders import count_openings
from projects import Faked, project

from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.planning.open import open_storyboard
from storyforge.rendering.render import RenderOptions, film_path, render_plan
from storyforge.rendering.session import Callbacks
from storyforge.system.lock import Lock
from storyforge.system.project import Project

ONE_SHOT = '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n'


def render(path, told=None, **options):
    compiled = open_storyboard(path, None)
    note = (told if told is not None else []).append
    return render_plan(plan_film(compiled), RenderOptions(**options), Callbacks(note=note))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A film of one clip, rendered once with all that can be next to it; no test changes it."""
    path, told = project(tmp_path_factory.mktemp("film"), ONE_SHOT), []
    return path, told, render(path, told, sheet=True, stems=True)


@pytest.mark.slow
def test_the_film_and_its_sidecars_stand_next_to_the_storyboard(film):
    path, told, rendered = film
    folder = path.parent
    assert rendered.film == folder / "ferry.mp4" == film_path(rendered.plan.compiled, draft=False)
    assert rendered.moved
    assert rendered.sidecars == (folder / "ferry.sheet.jpg", folder / "ferry.stems" / "clips.wav")
    assert all(each.is_file() for each in (rendered.film, *rendered.sidecars))
    assert told == [f"contact sheet: {rendered.sidecars[0]}", f"stem: {rendered.sidecars[1]}"]
    (clip,) = json.loads((folder / "ferry.provenance.json").read_text(encoding="utf-8"))["clips"]
    assert rendered.outcome.takes[rendered.plan.planned[0].job.fingerprint].stem == clip["take"]


@pytest.mark.slow
def test_a_second_render_has_nothing_to_do(film):
    path, _, first = film
    again = render(path, locked=True)
    assert (again.outcome, again.moved, again.film) == (None, False, first.film)
    assert again.plan.state == "cached"
    assert again.findings == first.findings


@pytest.mark.slow
def test_what_lies_elsewhere_is_named_after_the_film(film, tmp_path):
    path, _, first = film
    rendered = render(path, out=tmp_path / "deep" / "small.mp4", sheet=True)
    assert rendered.film.read_bytes() == first.film.read_bytes()
    assert rendered.sidecars == (tmp_path / "deep" / "small.sheet.jpg",)


@pytest.mark.slow
def test_a_render_opens_the_ledger_once_to_write_and_once_to_read(tmp_path, monkeypatch):
    path, opened = project(tmp_path, ONE_SHOT), count_openings(monkeypatch)
    first = render(path)
    assert sorted(opened) == [False, True]
    assert {file.name for file in (tmp_path / ".storyforge").glob("ledger*")} == {"ledger.db"}
    opened.clear()
    again = render(path)
    assert (again.outcome, again.film) == (None, first.film)
    assert opened == [True, True]


@pytest.mark.slow
def test_a_render_finds_its_store_its_settings_and_its_names_once(tmp_path, monkeypatch):
    path, found = project(tmp_path, ONE_SHOT), []
    for name in ("root", "store", "settings", "film_name", "record_name"):
        fact = vars(Project)[name]

        def counted(self, name=name, find=fact.func):
            found.append(name)
            return find(self)

        monkeypatch.setattr(fact, "func", counted)
    render(path)
    assert sorted(found) == ["film_name", "record_name", "root", "settings", "store"]


def test_locked_forbids_to_render_and_leaves_everything_as_it_is(tmp_path):
    path = project(tmp_path)
    with pytest.raises(StoryForgeError, match="`--locked`, and 3 clips have no take here: `wait`, `call`, `boat`"):
        render(path, locked=True)
    assert not (tmp_path / ".storyforge").exists()


def test_a_shot_that_there_is_not_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="`harbour` is no shot of ferry"):
        render(project(tmp_path), only=("wait", "harbour"))


def test_a_storyboard_whose_lock_changed_since_it_was_planned_is_not_rendered(tmp_path):
    film = Faked(project(tmp_path, ONE_SHOT))
    compiled = open_storyboard(film.path, None)
    plan = plan_film(compiled)
    film.lock(Lock())
    with pytest.raises(UsageError, match=r"ferry\.story\.lock was changed meanwhile"):
        render_plan(plan, RenderOptions(), Callbacks())
    assert not film.path.with_name("ferry.mp4").exists()
