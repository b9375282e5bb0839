"""A film's takes: which there are and how they differ."""

from __future__ import annotations

import json

import pytest
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import further_take
from storyforge.planning.lock_update import choose_take
from storyforge.planning.takes import find_take, list_takes, misfit
from storyforge.system.lock import Lock


def paid(fingerprint):
    return f"job-{fingerprint[:4]}", 0.5


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


class Shelf(Faked):
    """A film whose takes were rendered with all that is written down of them."""

    def render(self):
        super().render()
        for one in self.compiled().planned:
            self.further(one.clip.id, one.job.take)

    def takes(self, clip, undecided=()):
        return list_takes(self.compiled(), paid, undecided)[clip]

    def choose(self, clip, take):
        (one,) = (one for one in self.compiled().planned if one.clip.id == clip)
        choose_take(self.compiled(), one, take)


@pytest.fixture
def film(path):
    return Shelf(path, "runware")


def test_takes_of_the_same_words_are_told_by_their_numbers(film):
    film.further("wait", 3)
    film.further("wait", 2)
    takes = film.takes("wait")
    assert [(take.number, take.chosen, take.current, take.here) for take in takes] == [
        (1, True, True, True),
        (2, False, True, True),
        (3, False, True, True),
    ]
    assert len({take.seed for take in takes}) == 3
    assert {(take.provider, take.seconds, take.usd, take.date) for take in takes} == {("runware", 3, 0.5, "2026-05-01")}
    assert takes[2].order == f"job-{takes[2].slate[:4]}"
    assert len(film.takes("call")) == 1


def test_numbers_tell_takes_that_show_the_same(film):
    """An animatic of pictures alone is the same whatever its seed."""
    for number in (2, 3):
        one = further_take(film.compiled().planned[0], number)
        film.store.path("made.mp4").write_bytes(b"the same")
        film.store.keep_take(film.store.path("made.mp4"), one.job.fingerprint, one.job.slate)
    _, second, third = film.takes("wait")
    assert second.sha256 == third.sha256
    film.choose("wait", third)
    assert [(take.number, take.chosen) for take in film.takes("wait")] == [(1, False), (2, False), (3, True)]
    assert find_take([second, third], second.sha256[:8]) == [second]
    assert find_take([second, third], "3") == [third]


def test_a_take_of_other_words_tells_how_they_differ(film):
    edited(film.path, "looks over", "looks at")
    (old,) = film.takes("wait")
    assert (old.chosen, old.current) == (True, False)
    assert [str(one) for one in old.differs] == [
        'action: "@ana looks over the water." → "@ana looks at the water." (ferry.story.yaml:21)'
    ]
    new = film.further("wait", 1)
    assert [(take.sha256, take.current, take.chosen) for take in film.takes("wait")] == [
        (new, True, True),
        (old.sha256, False, False),
    ]


def test_where_only_the_lock_is_there_its_digests_tell(film):
    edited(film.path, "wide shot", "full shot")
    for record in film.store.path("slates").iterdir():
        record.unlink()
    (old,) = film.takes("wait")
    assert [str(one) for one in old.differs] == ["framing changed (ferry.story.yaml:20)"]
    film.store.take(old.sha256).unlink()
    assert [take.here for take in film.takes("wait")] == [False]


def test_an_authors_seed_is_no_other_words_for_further_takes(film):
    edited(film.path, 'water."', 'water."\n    seed: 7')
    film.render()
    film.further("wait", 2)
    assert [(take.number, take.seed == 7, take.current) for take in film.takes("wait")] == [
        (1, True, True),
        (2, False, True),
        (1, False, False),
    ]


def test_a_take_that_the_author_asks_for_is_the_further_one_of_that_number(film):
    second = film.further("wait", 2)
    edited(film.path, 'water."', 'water."\n    take: 2')
    assert [(take.sha256, take.number, take.current) for take in film.takes("wait")][1] == (second, 2, True)
    assert film.judged()[0].take == second


def test_a_renamed_clip_and_a_renamed_film_keep_their_takes(film):
    edited(film.path, "looks over", "looks at")
    film.render()
    edited(film.path, "id: wait", "id: waiting")
    assert [(take.clip, take.current) for take in film.takes("waiting")] == [("wait", True), ("wait", False)]
    film.path = film.path.rename(film.path.with_name("river.story.yaml"))
    assert len(film.takes("waiting")) == 2


def test_what_was_rendered_for_another_film_is_its_own(film):
    edited(film.path, "looks over", "looks at")
    film.render()
    other = film.path.with_name("other.story.yaml")
    other.write_bytes(film.path.read_bytes())
    found = list_takes(compile_file(other, "runware"), paid)
    assert [take.current for take in found["wait"]] == [True]
    edited(film.path, "id: wait", "id: waiting")
    edited(film.path, "id: call", "id: wait")
    edited(film.path, "continues: call", "continues: wait")
    assert [take.current for take in film.takes("wait")] == [True, False, False]


def test_a_clip_that_shows_the_same_as_another_has_no_share_in_its_past(tmp_path):
    shots = "".join(
        f'  - {{id: {name}, scene: pier, action: "@ana {name}s.", seconds: 3, clip: new}}\n' for name in "ab"
    )
    film = Shelf(project(tmp_path, shots), "runware")
    edited(film.path, "@ana as.", "@ana rows.")
    film.render()
    edited(film.path, "@ana bs.", "@ana rows.")
    assert [(take.clip, take.current) for take in film.takes("b")] == [("a", True), ("b", False)]


def test_of_an_undecided_lock_both_sides_are_there_and_none_is_chosen(film):
    second = film.further("wait", 2)
    first, other = film.takes("wait")
    film.choose("wait", other)
    ours, theirs = film.compiled().lock, Lock({})
    film.choose("wait", first)
    theirs = film.compiled().lock
    takes = film.takes("wait", [ours, theirs])
    assert [(take.sha256 == second, take.chosen) for take in takes] == [(False, False), (True, False)]
    assert [take.chosen for take in film.takes("call", [ours, theirs])] == [True]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"take": 3, "slate": {"seconds": 3}},
        {"take": "x", "slate": []},
        {"take": "x", "slate": {"seconds": 3, "take": "2"}},
        {"take": "x", "slate": {"seconds": None}},
    ],
)
def test_a_torn_record_is_left_out(film, record):
    text = json.dumps({"film": film.path.name, "clip": "wait", **record})
    film.store.path("slates", "f" * 64 + ".json").write_text(text, encoding="utf-8")
    assert len(film.takes("wait")) == 1


def test_a_take_is_named_by_its_number_or_by_the_beginning_of_its_sha256(film):
    film.further("wait", 2)
    edited(film.path, "looks over", "looks at")
    film.further("wait", 2)
    takes = film.takes("wait")
    assert find_take(takes, "2") == takes[:1]
    assert find_take(takes, "1") == [take for take in takes if take.number == 1]
    assert find_take(takes, takes[0].sha256[:8].upper()) == takes[:1]
    assert find_take(takes, takes[0].sha256[:3]) == []
    assert find_take(takes, "7") == find_take(takes, "") == find_take(takes, "none") == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("wide shot", "full shot", None),
        ('water."\n    seconds: 3', 'water."\n    seconds: 5', "it lasts 3 s, and the film has 5 s for it"),
        ("title: The Ferry", "title: The Ferry\nformat: {fps: 25}", None),
        (
            "title: The Ferry",
            "title: The Ferry\nformat: {resolution: 1080p}",
            "its resolution is 720p, and that of the film 1080p",
        ),
        (
            "title: The Ferry",
            'title: The Ferry\nformat: {aspect: "1:1"}',
            "its aspect is 16:9, and that of the film 1:1",
        ),
    ],
)
def test_a_take_of_another_length_or_shape_does_not_fit(film, old, new, why):
    edited(film.path, old, new)
    assert misfit(film.compiled().planned[0], film.takes("wait")[0]) == why
    for record in film.store.path("slates").iterdir():
        record.unlink()
    alone = misfit(film.compiled().planned[0], film.takes("wait")[0])
    assert (alone and alone.split(" is ")[0]) == (why and why.split(" is ")[0])
