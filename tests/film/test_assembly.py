"""The takes of a film as it plays them: how long each, and that all who ask mean the same pieces."""

import json

import pytest
from projects import HEAD, Hosted, edited, project, storyforge

from film.cards import card, codes
from storyforge.compiler.compile import compile_file
from storyforge.film.anchor import read_anchor
from storyforge.film.assembly import Assembly, draft_size
from storyforge.film.conform import Piece
from storyforge.model.storyboard import Format
from storyforge.rendering.gc import find_rest
from storyforge.system.decode import open_media, probe

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana rows.", dialogue: [{ana: It floats.}], seconds: 3, continues: wait}
  - {id: dusk, scene: hut, action: Dusk., seconds: 3, clip: new, transition: dissolve 0.25}
"""
TOP = HEAD.replace("scenes:\n", "format: {anchor: sharpest, fit: crop}\nscenes:\n  hut: {}\n")


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Three takes that all end in a blur, of nine frames each."""
    folder = tmp_path_factory.mktemp("takes")
    return [card(folder / f"{take}.mp4", take, frames=72, blurred=63) for take in (1, 2, 3)]


@pytest.fixture
def film(takes, tmp_path):
    return Hosted(project(tmp_path, SHOTS, TOP), takes)


@pytest.mark.slow
def test_a_clip_ends_on_its_sharpest_frame_and_the_film_is_timed_by_that_everywhere(film, tmp_path):
    done = film.stitched("--format", "json", "--subtitles", "srt", "--sheet", "--stems")
    told = json.loads(done.stdout)
    due = 63 + 72 + 72 - 6
    assert (told["film"]["frames"], told["film"]["seconds"]) == (due, round(due / 24, 3))
    assert not [one for one in told["diagnostics"] if one["name"] == "other-length"]
    seen = codes(tmp_path / "ferry.mp4")
    assert len(seen) == due
    assert seen[62:64] == [(1, 62), (2, 0)]
    assert seen[-1][0] == 3
    with open_media(tmp_path / "ferry.mp4") as made:
        assert [chapter["start"] * chapter["time_base"] * 24 for chapter in made.chapters()] == [0, 63 + 72 - 6]
    made_from = json.loads((tmp_path / "ferry.provenance.json").read_text())
    assert made_from["film"]["frames"] == due
    assert made_from["clips"][1]["first_frame"] == {"after": "wait", "anchor": "sharpest"}
    assert probe(tmp_path / "ferry.stems/clips.wav", "sound").seconds == due / 24
    first = (tmp_path / "ferry.srt").read_text().splitlines()[1]
    assert first >= f"00:00:{63 / 24:06.3f}".replace(".", ",")
    assert storyforge("plan", film.path, "--provider", "runware", "--exit-code", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_nothing_of_it_is_swept_and_its_frames_go_with_their_takes(film):
    film.stitched()
    gone, kept = find_rest(film.store, None)
    assert [rest.path.name for rest in gone] == []
    assert sorted(rest.path.suffix for rest in kept if rest.kind == "frames") == [".json", ".png"]


@pytest.mark.slow
def test_without_the_field_the_film_is_as_long_as_its_storyboard(film, tmp_path):
    film.stitched()
    edited(film.path, "anchor: sharpest, ", "")
    plan = storyforge("plan", film.path, "--provider", "runware", "--format", "json", cwd=tmp_path)
    (stale,) = [clip for clip in json.loads(plan.stdout)["clips"] if clip["state"] != "cached"]
    assert stale["id"] == "boat"
    assert stale["why"].startswith('format.anchor: "sharpest" → nothing (ferry.story.yaml:')
    done = storyforge("accept", film.path, "boat", "--provider", "runware", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    plan = storyforge("plan", film.path, "--provider", "runware", "--format", "json", cwd=tmp_path)
    assert json.loads(plan.stdout)["film"] == {"state": "render", "why": "format.anchor, anchor of boat changed"}
    film.stitched()
    assert probe(tmp_path / "ferry.mp4").frames == 3 * 72 - 6


@pytest.mark.slow
def test_the_frame_that_a_clip_repeats_is_left_out_behind_the_sharpest_too(film, tmp_path):
    edited(film.path, "anchor: sharpest", "anchor: sharpest, seam: drop")
    film.stitched()
    assert codes(tmp_path / "ferry.mp4")[62:64] == [(1, 62), (2, 1)]


def test_what_a_clip_hands_over_is_the_frame_that_it_ends_on(film):
    """Of one that is drawn here that is the last: what is drawn is sharp throughout."""
    hosted, drawn = film.compiled(), compile_file(film.path)
    takes = {one.clip.id: film.store.find_take(one.job.fingerprint) for one in hosted.planned}
    sharpest, last = (Assembly(one, one.planned, takes.get) for one in (hosted, drawn))
    assert sharpest.measures("wait").last != last.measures("wait").last
    assert sharpest.measures("boat") == last.measures("boat")
    assert sharpest.timeline().frames == last.timeline().frames - 9


def test_a_clip_without_a_take_is_as_long_as_its_storyboard_says(film):
    compiled = film.compiled()
    footage = Assembly(compiled, compiled.planned, {}.get)
    assert footage.timeline() == compiled.timeline
    assert footage.delivery(compiled.planned[0], ()).frames == 72
    assert read_anchor(film.store.find_take(compiled.planned[0].job.fingerprint), film.store) is None


def test_takes_fit_as_the_format_says(tmp_path):
    path = project(tmp_path, head=HEAD.replace("cast:", "format: {fit: blur, fit_time: stretch}\ncast:"))
    compiled = compile_file(path)
    footage = Assembly(compiled, compiled.planned, {}.get)
    for one in compiled.planned:
        made = footage.delivery(one, (), lambda sha256, drawn: tmp_path / sha256)
        assert (made.fit, made.fit_time) == ("blur", "stretch")


def test_a_draft_has_480_lines_on_its_short_side():
    assert draft_size(Format()) == (854, 480)
    assert draft_size(Format(aspect="9:16")) == (480, 854)


def test_pieces_are_placed_as_the_timeline_has_their_clips(tmp_path):
    compiled = compile_file(project(tmp_path, SHOTS, TOP))
    assembly = Assembly(compiled, compiled.planned, {}.get)
    pieces = {name: Piece(name, tmp_path, tmp_path, 72, 24) for name in ("dusk", "boat", "wait")}
    placed = assembly.place_pieces(pieces)
    assert [(one.piece.key, one.join.kind, one.join.frames, one.margin) for one in placed] == [
        ("wait", "cut", 0, (0, 0)),
        ("boat", "cut", 0, (0, 6)),
        ("dusk", "dissolve", 6, (6, 0)),
    ]
