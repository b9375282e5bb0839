"""The door to git: real repositories, made by hand and read back."""

from __future__ import annotations

import subprocess

import pytest
from hands import Hand

from storyforge.model.errors import UsageError
from storyforge.system.git import Repository, line_diff


@pytest.fixture
def hand(tmp_path):
    return Hand(tmp_path)


def test_a_file_is_read_as_it_was(hand, tmp_path):
    first = hand.commit("a/film.story.yaml", "one\n")
    hand.commit("a/film.story.yaml", "two\n")
    repository = Repository.find(tmp_path / "a")
    path = tmp_path / "a/film.story.yaml"
    assert repository.read_file(first, path) == b"one\n"
    assert repository.read_file("HEAD", path) == b"two\n"
    assert repository.read_file("main", tmp_path / "a/none.yaml") is None


def test_a_place_without_git_has_no_repository(tmp_path):
    assert Repository.find(tmp_path) is None


@pytest.mark.parametrize("name", ["none", "--output=x", "HEAD:a", ""])
def test_what_is_no_commit_is_said_to_be_none(name, hand, tmp_path):
    hand.commit("a", "one\n")
    with pytest.raises(UsageError, match="git knows no commit"):
        Repository.find(tmp_path).commit(name)
    assert not (tmp_path / "x").exists()


def test_links_and_names_that_lead_out_are_left_out_of_a_tree(hand, tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    hand("add", "link")
    hand.commit("ünï/a b.txt", "x")
    repository = Repository.find(tmp_path)
    assert list(repository.tree("HEAD")) == ["ünï/a b.txt"]
    assert repository.links("HEAD") == {"link": "/etc/passwd"}
    (content,) = repository.tree("HEAD").values()
    inner = hand("mktree", feed=f"100644 blob {content}\tx\n").strip()
    rows = [f"040000 tree {inner}\t{name}\n" for name in ("..", ".GIT", "C:", "ok")]
    hostile = hand("commit-tree", "-m", "x", hand("mktree", feed="".join(rows)).strip()).strip()
    assert list(repository.tree(hostile)) == ["ok/x"]


def test_every_version_of_a_file_is_found_on_whatever_branch(hand, tmp_path):
    first = hand.commit("film.story.lock", "one")
    hand("checkout", "--quiet", "-b", "side")
    hand.commit("deep/other.story.lock", "two")
    hand("checkout", "--quiet", "main")
    hand.commit("film.story.lock", "three")
    hand("branch", "--quiet", "-D", "side")
    repository = Repository.find(tmp_path)

    def texts(since: str | None) -> set[bytes]:
        found = repository.versions("*.story.lock", since)
        return {content for _, content in repository.contents(found)}

    assert texts(None) == {b"one", b"two", b"three"}
    assert texts("2026-05-03") == {b"one", b"three"}
    assert texts("2026-06-01") == {b"three"}
    assert texts(first) == {b"one", b"two", b"three"}
    assert texts("HEAD") == {b"two", b"three"}


def test_a_version_that_a_merge_did_not_take_is_found_in_a_clone(hand, tmp_path):
    hand.commit("film.story.lock", "one")
    hand("checkout", "--quiet", "-b", "side")
    hand.commit("film.story.lock", "two")
    hand("checkout", "--quiet", "main")
    hand.commit("other", "x")
    hand("merge", "--quiet", "--strategy", "ours", "side")
    hand("branch", "--quiet", "-D", "side")
    hand("clone", "--quiet", f"file://{tmp_path}", "clone")
    repository = Repository.find(tmp_path / "clone")
    found = repository.versions("*.story.lock")
    assert {content for _, content in repository.contents(found)} == {b"one", b"two"}
    assert not repository.is_shallow


def test_a_clone_whose_history_is_cut_off_says_so(hand, tmp_path):
    hand.commit("a", "one")
    hand.commit("a", "two")
    hand("clone", "--quiet", "--depth", "1", f"file://{tmp_path}", "clone")
    assert Repository.find(tmp_path / "clone").is_shallow


def test_what_is_staged_is_found_on_all_sides_of_a_merge(hand, tmp_path):
    hand.commit("deep/film.story.lock", "one")
    hand("checkout", "--quiet", "-b", "side")
    hand.commit("deep/film.story.lock", "two")
    hand("checkout", "--quiet", "main")
    hand.commit("deep/film.story.lock", "three")
    with pytest.raises(subprocess.CalledProcessError):
        hand("merge", "side")
    repository = Repository.find(tmp_path)
    staged = repository.read_staged("*.story.lock")
    assert set(staged.values()) == {"deep/film.story.lock"}
    assert {content for _, content in repository.contents(staged)} == {b"one", b"two", b"three"}


def test_lines_are_blamed_on_who_wrote_them(hand, tmp_path):
    hand.commit("film.yaml", "one\ntwo\n")
    hand.commit("film.yaml", "one\nzwei\n")
    (tmp_path / "film.yaml").write_text("one\nzwei\nthree\n", encoding="utf-8")
    repository = Repository.find(tmp_path)
    blamed = repository.blame(tmp_path / "film.yaml", [1, 2, 3])
    assert [(line, one.author, one.date, one.committed) for line, one in sorted(blamed.items())][:2] == [
        (1, "Ana", "2026-05-01", True),
        (2, "Ana", "2026-05-02", True),
    ]
    assert not blamed[3].committed
    (tmp_path / "new.yaml").write_text("x\n", encoding="utf-8")
    assert repository.blame(tmp_path / "new.yaml", [1]) == {}


def test_two_branches_meet_where_they_parted(hand, tmp_path):
    first = hand.commit("a", "1")
    hand("checkout", "--quiet", "-b", "side")
    hand.commit("b", "2")
    hand("checkout", "--quiet", "main")
    hand.commit("c", "3")
    repository = Repository.find(tmp_path)
    assert repository.merge_base("main", "side") == first
    hand("checkout", "--quiet", "--orphan", "alone")
    hand.commit("d", "4")
    with pytest.raises(UsageError, match="share no history"):
        repository.merge_base("main", "alone")


def test_large_and_missing_contents_are_left_out(hand, tmp_path):
    first = hand.commit("a", "small\n")
    hand.commit("b", "large " * 400_000)
    repository = Repository.find(tmp_path)
    ids = repository.tree("HEAD")
    wanted = [ids["b"], "0" * 40, first, ids["a"]]
    found = dict(repository.contents(wanted, largest=1000))
    assert found[ids["a"]] == b"small\n"
    assert ids["b"] not in found
    assert "0" * 40 not in found
    assert len(dict(repository.contents([ids["b"]]))[ids["b"]]) == 2_400_000


def test_nothing_that_a_repository_names_is_run_or_fetched(hand, tmp_path, monkeypatch):
    proof = tmp_path / "proof"
    trap = str(tmp_path / "trap")
    (tmp_path / "trap").write_text(f"#!/bin/sh\ntouch '{proof}'\n", encoding="utf-8")
    (tmp_path / "trap").chmod(0o755)
    hand.commit(".gitattributes", "*.yaml filter=trap diff=trap\n")
    hand.commit("film.yaml", "one\n")
    hand.commit("film.yaml", "two\n")
    signed = hand("cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n", 1
    )
    (tmp_path / "signed").write_text(signed, encoding="utf-8")
    hand("reset", "--quiet", hand("hash-object", "-t", "commit", "-w", "--no-filters", "signed").strip())
    for name in ("filter.trap.clean", "diff.trap.textconv", "diff.trap.command", "core.fsmonitor", "core.pager"):
        hand("config", name, trap)
    hand("config", "filter.trap.required", "true")
    hand("config", "log.showSignature", "true")
    hand("config", "gpg.program", trap)
    hand("config", "diff.external", trap)
    hand("config", "core.sshCommand", trap)
    hand("config", "remote.origin.url", "ssh://nowhere.invalid/film")
    hand("config", "remote.origin.promisor", "true")
    (tmp_path / "film.yaml").write_text("three\n", encoding="utf-8")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", trap)
    repository = Repository.find(tmp_path)
    assert repository.read_file("HEAD~1", tmp_path / "film.yaml") == b"one\n"
    assert not repository.blame(tmp_path / "film.yaml", [1])[1].committed
    assert len(repository.versions("*.yaml")) == 2
    assert dict(repository.contents(["1" * 40])) == {}
    assert repository.files("*.yaml", tmp_path) == [tmp_path / "film.yaml"]
    assert line_diff(tmp_path / "film.yaml", tmp_path / ".gitattributes")
    assert not proof.exists()


def test_a_program_that_git_calls_is_not_led_elsewhere(hand, tmp_path, monkeypatch):
    hand.commit("a", "one\n")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    assert Repository.find(tmp_path).read_file("HEAD", tmp_path / "a") == b"one\n"


def test_a_repository_of_somebody_else_is_said_to_be_one(hand, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match="belongs to somebody else") as told:
        Repository.find(tmp_path)
    assert str(tmp_path) in told.value.hint


def test_files_are_listed_without_what_git_ignores(hand, tmp_path):
    hand.commit(".gitignore", "scratch/\n")
    for name in ("a.story.yaml", "deep/er[1]/b.story.yaml", "scratch/c.story.yaml", "deep/er[1]/other.yaml"):
        hand.folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        hand.folder.joinpath(name).write_text("x", encoding="utf-8")
    repository = Repository.find(tmp_path)
    assert repository.files("*.story.yaml", tmp_path) == [
        tmp_path / "a.story.yaml",
        tmp_path / "deep/er[1]/b.story.yaml",
    ]
    assert repository.files("*.story.yaml", tmp_path / "deep/er[1]") == [tmp_path / "deep/er[1]/b.story.yaml"]


def test_settings_and_attributes_are_read_as_git_reads_them(hand, tmp_path):
    hand.commit("films/.gitattributes", "*.mp4 binary\n*.lock merge=storyforge\n")
    repository = Repository.find(tmp_path)
    assert repository.attribute("merge", tmp_path / "films/a.lock") == "storyforge"
    assert repository.attribute("diff", tmp_path / "films/a.mp4") == "unset"
    assert repository.attribute("diff", tmp_path / "a.mp4") == "unspecified"
    assert repository.setting("merge.storyforge.driver") is None
    repository.write_setting("merge.storyforge.driver", "'a b' %A")
    repository.write_setting("merge.storyforge.driver", "'c d' %A")
    assert repository.setting("merge.storyforge.driver") == "'c d' %A"
    assert hand("config", "--get-all", "merge.storyforge.driver") == "'c d' %A\n"


def test_lines_that_differ_are_shown_without_the_names_of_files(tmp_path):
    for name, text in (("a", "one\ntwo\n"), ("b", "one\nzwei\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert line_diff(tmp_path / "a", tmp_path / "b") == "@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n"
    assert line_diff(tmp_path / "a", tmp_path / "a") == ""
