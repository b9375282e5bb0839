"""What a film says of itself comes from its storyboard and its takes, and from no clock."""

from __future__ import annotations

import shutil
from itertools import repeat

import pytest
from projects import HEAD, Faked, Hosted, project

from film.cards import card
from storyforge.compiler.compile import compile_file
from storyforge.film.metadata import make_tags
from storyforge.film.tags import Tags
from storyforge.planning.film_key import chapters, metadata_fields

SHOTS = """\
  - {id: wait, scene: pier, action: Mist., seconds: 3}
  - {id: call, scene: pier, action: "@bo calls.", seconds: 3, clip: new, dialogue: [{bo: Hey!}]}
  - {id: hut, scene: hut, action: A lamp., seconds: 3, transition: dissolve 0.5}
  - {id: back, scene: pier, action: Night., seconds: 3}
"""
TOLD = HEAD.replace("scenes:\n", "format: {artist: A. Nobody}\nlanguage: fr\nscenes:\n  hut:\n")


def test_a_chapter_begins_where_the_scene_changes_and_bears_its_name(tmp_path):
    compiled = compile_file(project(tmp_path, SHOTS, TOLD))
    assert list(chapters(compiled, compiled.timeline)) == [(0, "The pier"), (132, "Hut"), (204, "The pier")]


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    return card(tmp_path_factory.mktemp("take") / "take.mp4", frames=12)


def test_a_film_of_a_host_bears_its_mark_and_the_day_of_its_latest_take(take, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), repeat(take))
    last = film.compiled().planned[-1]
    film.take(last.job.fingerprint, last.job.slate, date="2026-06-03")
    tags = make_tags(film.compiled(), film.timeline())
    assert (tags.title, tags.artist, tags.language) == ("The Ferry", "A. Nobody", "fra")
    assert (tags.date, tags.generated) == ("2026-06-03", True)


def test_a_film_that_is_drawn_here_bears_neither_mark_nor_day(tmp_path):
    film = Faked(project(tmp_path, SHOTS, TOLD))
    tags = make_tags(film.compiled(), film.timeline())
    assert (tags.date, tags.generated) == (None, False)


def test_the_tag_of_generated_media_goes_over_from_the_take_that_bears_it(take, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    tagged.write_bytes(take.read_bytes() + Tags("x", aigc="{}").box)
    film = Hosted(project(tmp_path, SHOTS, TOLD), [take, tagged, take, take])
    assert make_tags(film.compiled(), film.timeline()).aigc == "{}"


def test_a_clip_whose_take_is_not_here_is_as_old_as_the_lock_says(take, tmp_path):
    film = Hosted(project(tmp_path, SHOTS, TOLD), repeat(take))
    timeline = film.timeline()
    shutil.rmtree(film.store.folder)
    assert make_tags(film.compiled(), timeline).date == "2026-05-01"


def test_lines_change_the_film_only_where_it_is_to_show_them(tmp_path):
    path = project(tmp_path, SHOTS, TOLD)
    shown = metadata_fields(compile_file(path))["dialogue"]
    assert [bool(lines) for lines in shown] == [False, True, False, False]
    path.write_text(path.read_text(encoding="utf-8").replace("{artist:", "{subtitles: none, artist:"), encoding="utf-8")
    assert metadata_fields(compile_file(path))["dialogue"] == []
