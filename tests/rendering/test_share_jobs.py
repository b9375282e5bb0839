"""What is pushed and pulled: the locks of the files that are named, or those of a whole project."""

from __future__ import annotations

import pytest
from projects import Faked, project

from storyforge.model.errors import UsageError
from storyforge.rendering.share_jobs import find_jobs, pull_takes, push_takes
from storyforge.system.project import find_trust

SHARE = '[share]\nkind = "folder"\nfolder = "shared"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with a film in each of two folders, another project inside it, and a place to share in."""
    (tmp_path / "storyforge.toml").write_text(SHARE, encoding="utf-8")
    (tmp_path / ".storyforge").mkdir()
    (tmp_path / "shared").mkdir()
    for name in ("one", "two", "inner"):
        (tmp_path / name).mkdir()
        if name == "inner":
            (tmp_path / name / "storyforge.toml").write_text(SHARE, encoding="utf-8")
        Faked(project(tmp_path / name))
    find_trust(tmp_path).allow()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_films_of_a_project_are_one_job_and_a_project_inside_it_is_none(folder):
    ((store, _, choices),) = find_jobs([])
    assert store.folder == folder / ".storyforge"
    assert sorted(choice.clip for choice in choices) == ["boat", "boat", "call", "call", "wait", "wait"]


def test_a_storyboard_and_its_lock_mean_the_same(folder):
    by_film, by_lock = (find_jobs([folder / "one" / name]) for name in ("ferry.story.yaml", "ferry.story.lock"))
    assert [choices for _, _, choices in by_film] == [choices for _, _, choices in by_lock]


def test_what_is_not_there_or_has_no_lock_is_a_usage_error(folder):
    with pytest.raises(UsageError, match=r"there is no file `nowhere\.story\.yaml`"):
        find_jobs([(folder / "nowhere.story.yaml").relative_to(folder)])
    (folder / "one/ferry.story.lock").unlink()
    with pytest.raises(UsageError, match="has no lock yet, so it has no takes"):
        find_jobs([folder / "one/ferry.story.yaml"])
    (folder / "two/ferry.story.lock").unlink()
    with pytest.raises(UsageError, match=r"no storyboard in .* has a lock"):
        find_jobs([])


def test_takes_go_there_once_and_come_back(folder):
    sent = push_takes()
    takes = {name for name in sent.moved if name.startswith("takes/")}
    assert (len(takes), sent.failures) == (3, {})
    assert push_takes().moved == {}
    for path in (folder / ".storyforge/takes").iterdir():
        path.unlink()
    back = pull_takes()
    assert {name for name in back.moved if name.startswith("takes/")} == takes
    assert pull_takes().there == takes
