"""The dialogue of a film to be read: when it is heard, in the track, in the picture, and in files."""

from __future__ import annotations

import json
import shutil
from copy import copy

import pytest
from PIL import ImageChops
from projects import HEAD, Hosted, edited, project, storyforge

from film.cards import card
from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import Planned
from storyforge.film.cues import Cue
from storyforge.film.dialogue import burned_cues, clip_cues, due_lines, film_cues, unreadable
from storyforge.system.decode import open_media, picture
from storyforge.system.store import Store

SHOTS = """\
  - id: call
    scene: pier
    action: "@bo holds out his boat."
    dialogue:
      - bo: Take it.
      - ana (V.O.): It floats.
    seconds: 4
  - id: boat
    scene: pier
    action: The boat floats away.
    dialogue:
      - bo: There it goes!
    seconds: 3
    clip: new
    transition: dissolve 0.5
"""
BURNED = HEAD.replace("cast:", "format: {subtitles: burned}\ncast:", 1)
VOICE = "between(t,2,2.6)*0.4*sin(2*PI*220*t)+between(t,3.1,3.6)*0.4*sin(2*PI*180*t)"
"""Two lines, later than they are due."""


def pieces(film):
    return {path.name: path.stat().st_mtime_ns for path in film.store.path("pieces").glob("*.*")}


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    return [
        card(folder / "call.mp4", take=1, frames=96, sound=VOICE),
        card(folder / "boat.mp4", take=2, frames=72, sound="0"),
    ]


@pytest.fixture(scope="module")
def rendered(takes, tmp_path_factory):
    """The film with its soft track, stitched once; tests that change it work on a copy."""
    film = Hosted(project(tmp_path_factory.mktemp("rendered"), SHOTS), takes)
    film.stitched("--subtitles", "srt", "--subtitles", "vtt", "--subtitles", "ass")
    return film


def said(path):
    """Start in seconds and text of each cue in the film's track."""
    with open_media(path) as film:
        return [
            (
                round(float(packet.pts * packet.time_base), 2),
                content[2 : 2 + int.from_bytes(content[:2], "big")].decode(),
            )
            for packet in film.demux(film.streams.subtitles[0])
            if len(content := bytes(packet)) > 2
        ]


def test_lines_are_due_in_their_shots_and_name_who_speaks(tmp_path):
    compiled = compile_file(project(tmp_path, SHOTS))
    first, second = (due_lines(one, compiled.storyboard) for one in compiled.planned)
    assert [(line.who, line.text, line.kind) for line in (*first, *second)] == [
        ("the boy", "Take it.", "seen"),
        ("the ferry woman", "It floats.", "over"),
        ("the boy", "There it goes!", "seen"),
    ]
    assert 0 < first[0].start < first[0].end < first[1].start < first[1].end < 4
    assert 0 < second[0].start < second[0].end < 3


def test_a_take_that_is_heard_times_its_lines_and_a_silent_one_does_not(tmp_path, takes):
    compiled = compile_file(project(tmp_path, SHOTS))
    call, boat = compiled.planned
    heard = clip_cues(call, compiled.storyboard, takes[0], 96)
    assert [cue.first / 24 for cue in heard] == pytest.approx([2.0, 3.1], abs=0.06)
    assert clip_cues(boat, compiled.storyboard, takes[1], 72) == clip_cues(boat, compiled.storyboard, None, 72) != []


def test_a_line_is_gone_where_its_clip_ends_before_its_time(tmp_path):
    compiled = compile_file(project(tmp_path, SHOTS))
    (whole,) = clip_cues(compiled.planned[1], compiled.storyboard, None, 72)
    (less,) = clip_cues(compiled.planned[1], compiled.storyboard, None, whole.end - 5)
    assert (less.rows, less.end) == (whole.rows, whole.end - 5)


@pytest.mark.slow
def test_a_clip_is_read_where_the_film_plays_it(rendered):
    compiled = compile_file(rendered.path, "runware")
    cues = film_cues(compiled, rendered.timeline())
    (last,) = clip_cues(compiled.planned[1], compiled.storyboard, None, 72)
    assert (cues[-1].first, cues[-1].rows) == (84 + last.first, ("There it goes!",))


def test_the_film_carries_its_lines_as_a_track_in_its_language(rendered):
    found = said(rendered.path.with_name("ferry.mp4"))
    assert [text for _, text in found] == ["Take it.", "It floats.", "There it goes!"]
    assert [start for start, _ in found[:2]] == pytest.approx([2.0, 3.1], abs=0.06)
    with open_media(rendered.path.with_name("ferry.mp4")) as film:
        assert film.streams.subtitles[0].metadata["language"] == "eng"


def test_files_beside_the_film_say_the_same(rendered):
    texts = {
        form: rendered.path.with_name(f"ferry.{form}").read_text(encoding="utf-8") for form in ("srt", "vtt", "ass")
    }
    for text in texts.values():
        assert text.index("Take it.") < text.index("It floats.") < text.index("There it goes!")
    assert "<i>It floats.</i>" in texts["srt"]
    assert "Default,the boy,0,0,0,,Take it." in texts["ass"]


def test_another_word_or_title_stitches_the_film_again_but_encodes_no_picture(rendered, tmp_path):
    shutil.copytree(rendered.path.parent, tmp_path / "copy")
    film = copy(rendered)
    film.path, film.store = tmp_path / "copy" / "ferry.story.yaml", Store(tmp_path / "copy" / ".storyforge")
    edited(film.path, "There it goes!", "There it sails!")
    edited(film.path, "title: The Ferry", "title: The Boat")
    done = storyforge("accept", film.path, "boat", "--provider", "runware", cwd=film.path.parent)
    assert done.returncode == 0, done.stderr
    plan = storyforge("plan", film.path, "--provider", "runware", "--format", "json", cwd=film.path.parent)
    assert json.loads(plan.stdout)["film"] == {"state": "render", "why": "dialogue changed"}
    before = pieces(film)
    film.stitched()
    assert pieces(film) == before
    assert said(film.path.with_name("ferry.mp4"))[2][1] == "There it sails!"
    with open_media(film.path.with_name("ferry.mp4")) as made:
        assert made.metadata["title"] == "The Boat"


def frames(path, numbers):
    with open_media(path) as film:
        return {number: picture(frame) for number, frame in enumerate(film.decode(video=0)) if number in numbers}


@pytest.mark.slow
def test_burned_lines_stand_in_the_picture_while_they_are_said_and_nowhere_else(rendered, takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, BURNED), takes)
    film.stitched("-o", "film.mp4")
    compiled = compile_file(film.path, "runware")
    first, second = burned_cues(compiled.planned[0], compiled, takes[0], 96)
    seen = (first.first - 1, first.first, second.first + 2, 90)
    plain, burned = (frames(path, seen) for path in (rendered.path.with_name("ferry.mp4"), tmp_path / "film.mp4"))
    changed = {}
    for number in seen:
        apart = (
            ImageChops.difference(plain[number], burned[number]).convert("L").point(lambda value: 255 * (value > 60))
        )
        changed[number] = apart.getbbox()
    assert changed[first.first - 1] is None
    for number in (first.first, second.first + 2):
        left, top, right, bottom = changed[number]
        assert top > 720 * 0.8
        assert bottom < 720 * 0.96
        assert left + right == pytest.approx(1280, abs=30)
    with open_media(tmp_path / "film.mp4") as made:
        assert not made.streams.subtitles
    keep = storyforge("gc", cwd=tmp_path)
    assert "nothing" in keep.stdout, keep.stdout


def test_letters_that_no_font_has_are_told():
    assert unreadable([Cue(0, 9, ("Take it, 米拉.",))]) == []
    (told,) = unreadable([Cue(0, 9, ("שלום",))])
    assert told == "the subtitles have no letters for HEBREW: boxes stand in their place"


def test_an_animatic_shows_its_lines_already(tmp_path):
    compiled = compile_file(project(tmp_path, SHOTS, BURNED))
    one = compiled.planned[0]
    assert isinstance(one, Planned)
    assert burned_cues(one, compiled, None, 96) == []
    assert clip_cues(one, compiled.storyboard, None, 96) != []


def test_a_film_without_a_word_has_no_track_and_no_file(takes, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, BURNED.replace("burned", "none")), takes)
    film.stitched()
    with open_media(tmp_path / "ferry.mp4") as made:
        assert not made.streams.subtitles
    for line in ("      - bo: Take it.\n", "      - ana (V.O.): It floats.\n", "      - bo: There it goes!\n"):
        edited(film.path, line, "")
    film.path.write_text(film.path.read_text(encoding="utf-8").replace("    dialogue:\n", ""), encoding="utf-8")
    storyforge("accept", film.path, "--all", "--provider", "runware", cwd=tmp_path)
    done = film.stitched("--subtitles", "srt")
    assert "no subtitles: nobody says a word" in done.stderr
    assert not (tmp_path / "ferry.srt").exists()
