"""What a store may lose: proven with real git, on branches, tags, in stashes and in what git remembers."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from counting import counted
from hands import Hand
from projects import HEAD, SHOTS, Faked, edited, project, storyforge

from storyforge.compiler.compile import _compile
from storyforge.film.assembly import Assembly
from storyforge.language.load import load_storyboard
from storyforge.model.errors import UsageError
from storyforge.model.messages import Request
from storyforge.rendering.gc import BROKEN, HERE, ORDERED, PAST, WRITTEN, delete, find_rest
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import Lock, lock_path, read_lock
from storyforge.system.store import Store


class Kept(Faked):
    """A film in a repository; each `version` writes other words, renders them and keeps the lock in git."""

    def __init__(self, folder):
        self.hand = Hand(folder)
        super().__init__(project(folder))
        self.hand("add", ".")
        self.hand("commit", "--quiet", "--message", "begin")

    def write(self, words):
        text = (HEAD + SHOTS).replace("looks over the water", words)
        self.path.write_text(text, encoding="utf-8")
        self.render()
        self.further("wait", 1)
        return read_lock(lock_path(self.path))[0].blocks["wait"].take

    def commit(self):
        self.hand("add", "*.lock", "*.yaml")
        self.hand("commit", "--quiet", "--message", "write")
        self.hand.day += 1

    def version(self, words):
        take = self.write(words)
        self.commit()
        return take

    def lost(self, since=None):
        gone, _ = find_rest(self.store, since)
        return {rest.path.stem for rest in gone if rest.kind == "takes"}

    def why(self, take):
        gone, kept = find_rest(self.store, None)
        return {rest.why for rest in (*gone, *kept) if rest.path.stem == take}


@pytest.fixture
def film(tmp_path):
    (tmp_path / ".gitignore").write_text(".storyforge/\n", encoding="utf-8")
    return Kept(tmp_path)


def test_what_no_lock_ever_named_goes_and_says_why(film):
    forgotten = film.write("waits")
    film.write("sleeps")
    further = film.further("wait", 2)
    stray = film.take("e" * 64, {"model": "x"}, film="old.story.yaml", clip="wait")
    gone_clip = film.take("d" * 64, {"model": "x"}, film=film.path.name, clip="nobody")
    bare = film.store.path("takes", "a" * 64 + ".mp4")
    bare.write_bytes(b"?")
    gone, _ = find_rest(film.store, None)
    assert {(rest.path.stem, rest.why) for rest in gone if rest.kind == "takes"} == {
        (forgotten, "its words were changed"),
        (further, "another take of these words is chosen"),
        (stray, "its storyboard is not here any more"),
        (gone_clip, "no clip is called so any more"),
        ("a" * 64, "nothing tells what it was rendered from"),
    }
    assert {rest.path.stem for rest in gone if rest.kind == "slates"} >= {"e" * 64, "d" * 64}
    delete(gone)
    assert not film.store.take(forgotten).exists()
    assert film.stale() == set()
    assert film.lost() == set()


def test_what_a_lock_here_names_stays_however_broken_it_is(film):
    take = film.write("waits")
    other = film.path.with_name("other.story.lock")
    other.write_text(f"<<<<<<< what: [{take.upper()}\n", encoding="utf-8")
    film.write("sleeps")
    assert take not in film.lost()
    assert film.why(take) == {HERE}
    other.unlink()
    assert take in film.lost()


def test_what_is_written_and_what_the_lock_names_is_all_kept(film):
    film.version("waits")
    assert film.lost() == set()
    lock_path(film.path).unlink()
    film.hand("commit", "--quiet", "--all", "--amend", "--message", "no lock")
    film.hand("reflog", "expire", "--expire=now", "--all")
    film.hand("gc", "--quiet", "--prune=now")
    assert film.lost() == set()
    assert {rest.why for rest in find_rest(film.store, None)[1] if rest.kind == "takes"} <= {WRITTEN, PAST}


def test_what_history_names_stays(film):
    old = film.version("waits")
    film.version("sleeps")
    assert film.lost() == set()
    assert film.why(old) == {PAST}


def test_what_another_branch_or_a_tag_names_stays(film):
    film.hand("checkout", "--quiet", "-b", "side")
    branch = film.version("waits")
    film.hand("checkout", "--quiet", "--detach", "main")
    tag = film.version("dives")
    film.hand("tag", "v1")
    film.hand("checkout", "--quiet", "main")
    film.hand("reflog", "expire", "--expire=now", "--all")
    film.write("sleeps")
    assert film.lost() == set()
    assert film.why(branch) == film.why(tag) == {PAST}
    film.hand("branch", "--quiet", "-D", "side")
    film.hand("tag", "--delete", "v1")
    assert film.lost() == {branch, tag}


def test_what_a_deleted_branch_named_stays_while_git_remembers_it(film):
    film.hand("checkout", "--quiet", "-b", "side")
    take = film.version("waits")
    film.hand("checkout", "--quiet", "main")
    film.hand("branch", "--quiet", "-D", "side")
    film.write("sleeps")
    assert film.lost() == set()
    film.hand("reflog", "expire", "--expire=now", "--all")
    assert film.lost() == {take}


def test_what_a_stash_or_the_index_names_stays(film):
    stashed = film.write("waits")
    film.hand("stash", "--quiet")
    older = film.write("dives")
    film.hand("stash", "--quiet")
    staged = film.write("swims")
    film.hand("add", "*.lock")
    film.write("sleeps")
    assert film.lost() == set()
    film.hand("stash", "drop", "--quiet", "stash@{1}")
    assert film.lost() == {stashed}
    film.hand("reset", "--quiet")
    film.hand("stash", "clear")
    assert film.lost() == {stashed, older, staged}


@pytest.mark.slow
def test_history_counts_from_a_day_a_branch_or_a_tag_on(film):
    first = film.version("waits")
    second = film.version("dives")
    film.hand("tag", "v1")
    film.hand("branch", "old")
    third = film.version("swims")
    film.version("sleeps")
    begun = film.lost()
    assert film.lost("v1") - begun >= {first}
    assert film.lost("old") == film.lost("v1")
    assert not {second, third} & film.lost("v1")
    film.hand("branch", "--quiet", "-D", "old")
    assert not {second, third} & film.lost("2026-05-03")
    assert film.lost("2026-05-04") - film.lost("2026-05-03") == {second}
    assert film.lost("2026-06-01") >= {first, second, third}
    with pytest.raises(UsageError, match="git knows no commit `v2`"):
        find_rest(film.store, "v2")


def test_a_merge_that_is_undecided_keeps_both_sides(film):
    film.hand("checkout", "--quiet", "-b", "side")
    theirs = film.version("waits")
    film.hand("checkout", "--quiet", "main")
    ours = film.version("dives")
    with pytest.raises(subprocess.CalledProcessError):
        film.hand("merge", "side")
    film.hand("branch", "--quiet", "-D", "side")
    film.path.write_text(HEAD + SHOTS, encoding="utf-8")
    assert {ours, theirs} & film.lost() == set()


def test_a_film_in_a_repository_of_its_own_below_the_store_counts(tmp_path):
    store = Store(tmp_path / ".storyforge")
    store.folder.mkdir()
    (tmp_path / "films" / "one").mkdir(parents=True)
    film = Kept(tmp_path / "films" / "one")
    assert film.store.folder == store.folder
    film.path.parent.joinpath(".gitignore").write_text("", encoding="utf-8")
    old = film.version("waits")
    film.version("sleeps")
    assert old not in film.lost()
    shutil.rmtree(tmp_path / "films" / "one" / ".git")
    assert old in film.lost()


def test_where_git_cannot_tell_nothing_goes(film, monkeypatch, tmp_path):
    film.version("waits")
    film.version("sleeps")
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(tmp_path / "nothing"))
        with pytest.raises(UsageError, match="git cannot tell"):
            find_rest(film.store, None)
    (tmp_path / ".git" / "HEAD").write_text("nonsense", encoding="utf-8")
    with pytest.raises(UsageError, match="git cannot tell"):
        find_rest(film.store, None)


def test_a_missing_version_of_a_lock_is_no_leave(film, tmp_path):
    film.version("waits")
    film.version("sleeps")
    content = film.hand("rev-parse", "HEAD~1:ferry.story.lock").strip()
    (tmp_path / ".git/objects" / content[:2] / content[2:]).unlink()
    with pytest.raises(UsageError, match="does not hold every version"):
        find_rest(film.store, None)


def test_a_history_that_is_cut_off_needs_a_day_from_which_it_counts(film, tmp_path):
    old = film.version("waits")
    film.version("sleeps")
    film.hand("clone", "--quiet", "--depth", "1", f"file://{tmp_path}", str(tmp_path.parent / f"{tmp_path.name}-clone"))
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    shutil.copytree(film.store.folder, clone / ".storyforge")
    with pytest.raises(UsageError, match="is cut off") as told:
        find_rest(Store(clone / ".storyforge"), None)
    assert "--since" in told.value.hint
    gone, _ = find_rest(Store(clone / ".storyforge"), "2026-05-02")
    assert old in {rest.path.stem for rest in gone}


def test_an_order_under_way_keeps_what_was_rendered_from_its_slate(film):
    take = film.write("waits")
    slate = film.compiled().planned[0].job.fingerprint
    film.write("sleeps")
    assert take in film.lost()
    ledger = Ledger(film.store.path("ledger.db"))
    request = Request("POST", "u", {}, {}, b"{}")
    order = ledger.plan(Intent(slate, "runware", "m", "wait", "f", request, 3, 0.4, 1, {}), 1.0)
    assert take not in film.lost()
    assert film.why(take) == {ORDERED}
    ledger.mark_ended(order, "failed", 2.0)
    ledger.close()
    assert take in film.lost()


def test_a_ledger_that_cannot_be_read_is_no_leave(film):
    from storyforge.system.ledger import LedgerError

    film.store.path("ledger.db").write_bytes(b"no ledger" * 100)
    with pytest.raises(LedgerError):
        find_rest(film.store, None)


def test_of_a_storyboard_with_errors_every_take_stays(film):
    old = film.write("waits")
    film.write("sleeps")
    assert old in film.lost()
    edited(film.path, "@ana sleeps", "@anna sleeps")
    assert old not in film.lost()
    assert film.why(old) == {BROKEN}
    film.path.write_text("shots: [", encoding="utf-8")
    assert film.why(old) == {BROKEN}


def test_takes_of_what_is_written_stay_at_whatever_host_they_were_rendered(film):
    film.version("sleeps")
    film.provider = "wavespeed"
    (one, *_) = film.compiled().planned
    elsewhere = film.take(one.job.fingerprint, one.job.slate, film=film.path.name, clip="wait")
    film.lock(Lock())
    assert elsewhere not in film.lost()


def test_what_is_not_of_the_store_is_not_touched(film):
    for name in ("takes/notes.txt", "pieces/readme", "storyboard.schema.json", "records/x.json", f"{'a' * 64}.mp4"):
        film.store.path(name).parent.mkdir(exist_ok=True)
        film.store.path(name).write_text("mine", encoding="utf-8")
    before = {path for path in film.store.folder.rglob("*") if path.is_file()}
    left = film.store.path("pieces", ".sound-abc", "sound.mp4")
    left.parent.mkdir()
    left.write_bytes(b"x")
    gone, _ = find_rest(film.store, None)
    delete(gone)
    assert {path for path in film.store.folder.rglob("*") if path.is_file()} == before
    assert not left.parent.exists()


def contents(folder):
    kinds = ("takes", "slates", "pictures", "frames", "pieces", "films", "inspections")
    return {path.relative_to(folder) for kind in kinds for path in (folder / kind).rglob("*")}


@pytest.mark.slow
def test_what_is_left_of_an_old_film_is_what_a_new_one_would_have_made(tmp_path):
    """Pieces, windows, films, frames and pictures of a film that was changed go, and no other."""
    path = project(tmp_path / "film")
    assert storyforge("render", path, cwd=tmp_path).returncode == 0
    edited(path, "Take it.", "Take this.")
    edited(path, "dissolve 0.5", "wipe 0.25")
    (tmp_path / "film/refs/ana.png").write_bytes((tmp_path / "film/refs/bo.png").read_bytes())
    assert storyforge("render", path, cwd=tmp_path).returncode == 0
    shutil.copytree(tmp_path / "film", tmp_path / "new", ignore=shutil.ignore_patterns(".storyforge", "*.mp4"))
    assert storyforge("render", tmp_path / "new/ferry.story.yaml", cwd=tmp_path).returncode == 0
    done = storyforge("gc", "film", "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "film/.storyforge") == contents(tmp_path / "new/.storyforge")
    assert storyforge("gc", "film", cwd=tmp_path).stdout.endswith("nothing to delete\n")


def test_a_run_that_holds_the_store_lets_nothing_go(film):
    with film.store.hold():
        for options in ((), ("--yes",)):
            done = storyforge("gc", *options, cwd=film.path.parent)
            assert done.returncode == 2
            assert "another run" in done.stderr


@pytest.mark.parametrize(("provider", "compiled"), [("offline", 1), ("runware", 2)])
def test_a_storyboard_is_read_once_and_compiled_for_those_of_whom_anything_is_here(tmp_path, provider, compiled):
    film = Faked(project(tmp_path), provider)
    with counted(load_storyboard, _compile, Assembly.__init__) as calls:
        gone, kept = find_rest(film.store, None)
    assert calls == {"load_storyboard": 1, "_compile": compiled, "__init__": compiled}
    takes = {film.store.find_take(one.job.fingerprint) for one in film.compiled().planned}
    assert {rest.path.stem for rest in kept if rest.kind == "takes"} == takes
    assert not [rest for rest in gone if rest.kind in ("takes", "slates")]


def test_a_take_whose_host_is_not_told_is_kept_for_whatever_host_it_may_be(tmp_path):
    film = Faked(project(tmp_path), "runware")
    (one, *_) = film.compiled().planned
    lock_path(film.path).unlink()
    for path in film.store.path("slates").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**record, "slate": None}), encoding="utf-8")
    take = film.store.find_take(one.job.fingerprint)
    assert take
    _, kept = find_rest(film.store, None)
    assert take in {rest.path.stem for rest in kept if rest.kind == "takes"}
