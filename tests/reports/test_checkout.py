"""A storyboard of another time, laid out by itself: it compiles to what it was, and nothing else is there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hands import Hand
from projects import HEAD, SHOTS, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.model.errors import UsageError
from storyforge.reports.checkout import storyboard_at
from storyforge.reports.compiled_document import compiled_document

BIBLE = HEAD.replace("title: The Ferry", "title: A Bible").replace("shots:\n", "").replace("refs/", "../refs/")
SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")
FILM = "storyforge: 1\ntitle: The Ferry\nuse: [bibles/all.story.yaml]\nmusic: {file: audio/a.ogg}\nshots:\n"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of two files in a folder of a repository, with all that compiling reads, committed."""
    hand = Hand(tmp_path)
    path = project(tmp_path / "films", SILENT, FILM)
    for name, text in {
        "bibles/all.story.yaml": BIBLE,
        "audio/a.ogg": "OggS",
        "storyforge.toml": 'provider = "runware"\n',
        "templates/style.jinja": "Style of old: {{ style }}",
        "ferry.story.lock": "storyforge: 1\nclips:\n",
        "large.png": "x" * 200,
        "other.story.yaml": "never read",
    }.items():
        (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / name).write_text(text, encoding="utf-8")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "first")
    return path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_compiles_to_the_bytes_that_it_did(film):
    then = compiled_document(compile_file(film, "runware"))
    assert then["diagnostics"] == []
    edited(film.parent / "bibles/all.story.yaml", "a green oar", "a red oar")
    (film.parent / "refs/ana.png").write_bytes((film.parent / "refs/bo.png").read_bytes())
    (film.parent / "templates/style.jinja").unlink()
    with storyboard_at(film, "HEAD") as old:
        assert compiled_document(compile_file(old, "runware")) == then
    assert compiled_document(compile_file(film, "runware")) != then
    assert not old.exists()


def test_nothing_is_laid_out_that_is_not_read(film):
    with storyboard_at(film, "HEAD") as old:
        assert files(old.parent) == {
            "ferry.story.yaml",
            "bibles/all.story.yaml",
            "ferry.story.lock",
            "storyforge.toml",
            "templates/style.jinja",
            "audio/a.ogg",
            "refs/ana.png",
            "refs/bo.png",
            "refs/pier.png",
        }


def test_a_file_that_was_not_there_is_told_from_a_name_that_is_none(film, tmp_path):
    with storyboard_at(film.with_name("new.story.yaml"), "HEAD") as old:
        assert old is None
    with pytest.raises(UsageError, match="git knows no commit `yesterday`"), storyboard_at(film, "yesterday"):
        pass


def test_outside_of_git_there_is_no_other_time(tmp_path):
    with pytest.raises(UsageError, match="is in no git repository"), storyboard_at(project(tmp_path), "HEAD"):
        pass


def test_what_leads_out_of_the_project_is_not_laid_out(film):
    hand = Hand(film.parents[1])
    (film.parents[1] / "secret.png").write_bytes((film.parent / "refs/bo.png").read_bytes())
    edited(film.parent / "bibles/all.story.yaml", "../refs/ana.png", "../../secret.png")
    edited(film, "[bibles/all.story.yaml]", "[bibles/all.story.yaml, ../../up.story.yaml, ../films/ferry.story.yaml]")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "hostile")
    with storyboard_at(film, "HEAD") as old:
        assert "secret.png" not in files(old.parents[1])
        names = {found.name for found in compile_file(old).diagnostics}
    assert names >= {"path-outside-project", "use-cycle"}


def test_a_picture_in_git_lfs_is_the_same_picture(film):
    hand = Hand(film.parents[1])
    picture = film.parent / "refs/ana.png"
    content = picture.read_bytes()
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    picture.write_text(pointer, encoding="utf-8")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "into LFS")
    picture.write_bytes(content)
    now = [one.job.fingerprint for one in compile_file(film).planned]
    with storyboard_at(film, "HEAD") as old:
        assert [one.job.fingerprint for one in compile_file(old).planned] == now


def test_what_links_lead_to_in_the_project_stands_in_their_place(film):
    hand = Hand(film.parents[1])
    (film.parent / "refs").rename(film.parent / "pictures")
    (film.parent / "refs").symlink_to("pictures")
    (film.parent / "pictures/bo.png").rename(film.parent / "bo.png")
    (film.parent / "pictures/bo.png").symlink_to("../bo.png")
    (film.parent / "audio/a.ogg").unlink()
    (film.parent / "audio/a.ogg").symlink_to("a.ogg")
    then = compiled_document(compile_file(film))
    assert [found["name"] for found in then["diagnostics"]] == ["missing-music"]
    hand("add", ".")
    hand("commit", "--quiet", "-m", "links")
    with storyboard_at(film, "HEAD") as old:
        assert compiled_document(compile_file(old)) == then
        assert not any(path.is_symlink() for path in old.parents[1].rglob("*"))
    (film.parent / "pictures/bo.png").unlink()
    (film.parent / "pictures/bo.png").symlink_to("../../../secret.png")
    (film.parent / "pictures/ana.png").unlink()
    (film.parent / "pictures/ana.png").symlink_to("/etc/passwd")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "links that lead out")
    with storyboard_at(film, "HEAD") as old:
        assert {path.name for path in old.parent.rglob("*.png")} == {"pier.png"}


def test_the_top_of_the_project_is_where_it_is_now(tmp_path):
    hand = Hand(tmp_path)
    path = project(tmp_path / "series/one", SILENT, HEAD.replace("refs/ana", "../../refs/ana"))
    (tmp_path / "refs").mkdir()
    (path.parent / "refs/ana.png").rename(tmp_path / "refs/ana.png")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "first")
    with storyboard_at(path, "HEAD") as old:
        assert compile_file(old).diagnostics == ()
    (tmp_path / "series/.storyforge").mkdir()
    with storyboard_at(path, "HEAD") as old:
        assert {found.name for found in compile_file(old).diagnostics} == {"picture-outside-project"}
