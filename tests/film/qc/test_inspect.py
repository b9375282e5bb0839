"""What a render says of its film: takes of a host that are wrong, reported with their time, and not looked at twice."""

from __future__ import annotations

import asyncio
import json

import ffmpeg
import pytest
from projects import Faked, edited, project, storyforge

from storyforge.compiler.compile import compile_file
from storyforge.film.qc import inspect as inspection
from storyforge.film.qc.context import Thresholds
from storyforge.film.qc.inspect import inspect_alone, inspect_film, read_thresholds
from storyforge.film.qc.measure import measure, picture_distance
from storyforge.model.errors import UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.gc import find_rest
from storyforge.system.ffmpeg import run_ffmpeg
from storyforge.system.settings import Settings

FIRST = "    first_frame: refs/pier.png\n"


class Takes(Faked):
    """A storyboard of which every clip has a small film for a take, each made by ffmpeg's words."""

    def __init__(self, path, **films):
        self.films, self.made = films, dict[str, object]()
        super().__init__(path, "runware")

    def take(self, fingerprint, slate, **made):
        clip = next(one.clip.id for one in self.compiled().planned if one.job.fingerprint == fingerprint)
        film = self.store.path(f"{clip}.mp4")
        film.parent.mkdir(parents=True, exist_ok=True)
        picture = self.films.get(clip, "testsrc2=size=320x180:rate=24")
        hum = ffmpeg.input("sine=frequency=300", format="lavfi")["a:0"]
        shown = ffmpeg.input(picture, format="lavfi")["v:0"].filter("format", "yuv420p")
        options = {"vcodec": "libx264", "preset": "ultrafast", "threads": 1, "t": 3}
        asyncio.run(run_ffmpeg(ffmpeg.output(shown, hum, f"file:{film}", **options), timeout=60))
        return self.store.keep_take(film, fingerprint, slate, (), {"date": "2026-05-01"})


def command(takes, *options, **environment):
    return storyforge("render", takes.path, "--provider", "runware", *options, cwd=takes.path.parent, **environment)


@pytest.fixture(scope="module")
def flawed(tmp_path_factory):
    """A film whose second clip is black for a second, and whose third jumps where it goes on; rendered once."""
    path = project(tmp_path_factory.mktemp("flawed"))
    dark = "testsrc2=size=320x180:rate=24,drawbox=color=black:t=fill:enable='between(t,1,2)'"
    takes = Takes(path, call=dark, boat="color=white:size=320x180:rate=24,noise=alls=40:allf=t")
    return takes, command(takes)


def names(text):
    return [line.partition("[")[2].partition("]")[0] for line in text.splitlines() if line.startswith("warning[")]


@pytest.mark.slow
def test_a_render_tells_what_is_wrong_with_its_takes(flawed):
    takes, done = flawed
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{takes.path.parent / 'ferry.mp4'}\n"
    assert names(done.stderr) == ["other-size", "black-stretch", "seam-jump"]
    assert "clip `call` is black for 1.0 s from 00:00:04:00 of the film on" in done.stderr
    # the dissolve before `boat` takes half a second
    assert "differs from the frame of `call` that it goes on from by" in done.stderr
    assert "at 00:00:05:12 of the film" in done.stderr
    assert "ferry.story.yaml:23:9" in done.stderr


@pytest.mark.slow
def test_what_was_found_is_told_again_and_not_looked_for(flawed, monkeypatch):
    takes, before = flawed
    again = command(takes)
    assert names(again.stderr) == names(before.stderr)
    assert "8.5 s, unchanged" in again.stderr

    def look(*_):
        pytest.fail("it was looked at again")

    monkeypatch.setattr("storyforge.film.qc.measure.load_measures", look)
    monkeypatch.setattr(inspection, "measure_sound", look)
    plan = plan_film(takes.compiled())
    film = takes.store.film(plan.key)
    found = inspect_film(plan, film, Thresholds())
    assert [one.name for one in found] == names(before.stderr)
    with pytest.raises(pytest.fail.Exception, match="again"):
        inspect_film(plan, film, Thresholds(black=2))


@pytest.mark.slow
def test_strict_counts_what_was_found_as_an_error_and_leaves_the_film(flawed):
    takes, _ = flawed
    done = command(takes, "--strict", "--quiet", "-o", takes.path.parent / "strict.mp4")
    assert done.returncode == 1
    assert "black-stretch" in done.stderr
    assert (takes.path.parent / "strict.mp4").stat().st_size
    quiet = command(takes, "--quiet")
    assert (quiet.returncode, quiet.stderr) == (0, "")


@pytest.mark.slow
def test_the_document_holds_what_was_found(flawed):
    takes, _ = flawed
    found = json.loads(command(takes, "--format", "json").stdout)["diagnostics"]
    assert [one["name"] for one in found] == ["short-for-speech", "other-size", "black-stretch", "seam-jump"]
    assert found[2]["severity"] == "warning"
    assert (found[2]["file"], found[2]["line"], found[2]["path"]) == ("ferry.story.yaml", 23, ["shots", 1, "id"])


@pytest.mark.slow
def test_thresholds_are_settings(flawed):
    takes, _ = flawed
    done = command(takes, STORYFORGE_INSPECT_BLACK="1.5", STORYFORGE_INSPECT_SEAM="1")
    assert names(done.stderr) == ["other-size"]


def test_a_file_of_settings_sets_thresholds_and_says_what_is_none(tmp_path):
    written = tmp_path / "storyforge.toml"
    written.write_text("[inspect]\nblack = 1\nseam = 0.5\n", encoding="utf-8")
    read = lambda **environment: read_thresholds(Settings(tmp_path / "a.story.yaml", tmp_path, environment))  # noqa: E731
    assert read() == Thresholds(black=1, seam=0.5)
    assert read(STORYFORGE_INSPECT_BLACK="3") == Thresholds(black=3, seam=0.5)
    written.write_text("[inspect]\nblak = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"`inspect\.blak` is no threshold") as fault:
        read()
    assert fault.value.hint == "did you mean `black`?"
    written.write_text("[inspect]\nblack = -1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not a number from 0"):
        read()


@pytest.mark.slow
def test_a_take_is_held_against_the_picture_that_it_was_to_open_on(tmp_path):
    path = project(tmp_path)
    edited(path, "    framing: wide shot\n", f"    framing: wide shot\n{FIRST}")
    like = "color=0x283c5a:size=320x180:rate=24,drawbox=x=33:y=17:w=67:h=67:color=0xdcc8a0:t=fill"
    takes = Takes(path, wait=like)
    alone = lambda: inspect_alone(  # noqa: E731
        plan_film(board := compile_file(path, "runware")),
        [(board.planned[0], takes.store.find_take(board.planned[0].job.fingerprint))],
        Thresholds(frozen=3),
    )
    assert [one.name for one in alone()] == ["other-size"]
    other = Takes(path, wait="testsrc2=size=320x180:rate=24")
    assert other.store.folder == takes.store.folder
    found = alone()
    assert [one.name for one in found] == ["other-size", "unlike-first-frame"]
    assert "`refs/pier.png`" in found[1].message
    assert found[1].message.endswith("at 00:00:00:00 of the take")


@pytest.mark.slow
def test_a_clip_whose_colours_are_matched_jumps_no_more(tmp_path):
    """The third clip goes on in other colours than it was handed; only its piece is made again, and nothing is ordered."""
    bars = "smptebars=size=320x180:rate=24,format=yuv420p,lutyuv=y=val*0.6+40:u=val*0.4+77:v=val*0.4+77"
    takes = Takes(project(tmp_path), call=bars, boat=f"{bars},lutyuv=y=val*0.95+22:u=val-6:v=val+6")
    plain = command(takes)
    assert plain.returncode == 0, plain.stderr
    assert "seam-jump" in names(plain.stderr)
    pieces = set(takes.store.path("pieces").glob("*.wav"))
    edited(takes.path, "cast:\n", "format: {match: colour}\ncast:\n")
    assert takes.stale() == set()
    matched = command(takes)
    assert matched.returncode == 0, matched.stderr
    assert "seam-jump" not in names(matched.stderr)
    made = set(takes.store.path("pieces").glob("*.wav")) - pieces
    assert len(made) == 1
    call = next(one for one in takes.compiled().planned if one.clip.id == "call")
    handed = takes.store.take(takes.store.find_take(call.job.fingerprint) or "")
    assert picture_distance(measure(tmp_path / "ferry.mp4").last, measure(handed).last) < 0.01
    unused = {rest.path for rest in find_rest(takes.store, None)[0] if rest.kind == "pieces"}
    assert len(unused & pieces) == 1
    assert unused.isdisjoint(made)
