"""Each rule about takes: a take that breaks it, all that is said, and the same take repaired, which is silent."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from PIL import Image

from storyforge.film.qc.context import Cut, Film, Opening, Played, Thresholds
from storyforge.film.qc.measure import Measures, Sound, small_text
from storyforge.film.qc.rules import INSPECTIONS, inspect_takes
from storyforge.system.decode import Probe

GREY, PALE = (small_text(Image.new("RGB", (8, 8), colour)) for colour in ("#606060", "#707070"))

GOOD = Measures(
    shape=Probe(1280, 720, Fraction(16, 9), Fraction(24), 120, 5.0, "h264", "aac", 48000, 2, True),
    frames=120,
    black=((1.0, 1.4),),
    still=((0.5, 2.0),),
    doubled=(0.5, 1.0),
    light=tuple((number / 6, 1 - number % 2 * 2) for number in range(7)),
    red=((0.0, 1), (3.0, -1)),
    bars=(0.02, 0.02, 0.02, 0.02),
    first=GREY,
    last=GREY,
    sound=Sound(5.0, ((1.0, 2.9),), 0.004, 1.0),
)
WHOLE = Film(
    Sound(10.0),
    Probe(1280, 720, Fraction(16, 9), Fraction(24), 240, 10.0, "h264", "aac", 48000, 2, True),
    240,
    (1280, 720),
)
FIRST = Played(
    clip="wait",
    found=GOOD,
    seconds=5,
    size=(1280, 720),
    drawn=False,
    speaks=True,
    begins=0,
    frames=120,
    shots=((0, ("shots", 0, "id")), (60, ("shots", 1, "id"))),
    opening=Opening(GREY, "refs/door.png", False),
)
SECOND = replace(
    FIRST, clip="boat", begins=120, shots=((120, ("shots", 2, "id")),), opening=Opening(GREY, "wait", True)
)

STROBE = tuple((1 + number / 8, 1 - number % 2 * 2) for number in range(8))


def cut(second=None, film=WHOLE, **found):
    """A film of two clips, the second of them with other measures."""
    shape = {name: found.pop(name) for name in ("width", "height", "aspect", "fps", "seconds") if name in found}
    other = replace(GOOD, shape=replace(GOOD.shape, **shape), **found)
    return Cut((FIRST, replace(SECOND, found=other, **(second or {}))), 24, Thresholds(), film)


def heard(**changed):
    return replace(WHOLE, sound=replace(WHOLE.sound, **changed))


def shaped(**changed):
    return replace(WHOLE, found=replace(WHOLE.found, **changed))


def row(name, wrong, mended, said, place=2):
    return pytest.param(name, wrong, mended, said, place, id=f"{name}: {said[:30]}")


MISTAKES = [
    row(
        "black-stretch",
        cut(black=((1.5, 2.25),)),
        cut(black=((1.5, 1.9),)),
        "clip `boat` is black for 0.8 s from 00:00:06:12 of the film on",
    ),
    row(
        "frozen-stretch",
        cut(still=((2.0, 4.5),)),
        cut(still=((2.0, 4.5),), second={"drawn": True}),
        "clip `boat` does not move for 2.5 s from 00:00:07:00 of the film on",
    ),
    row(
        "doubled-frames",
        cut(doubled=(0.5, 1.0, 1.5)),
        cut(doubled=(0.5, 1.0, 1.5), second={"drawn": True}),
        "3 of 120 frames of clip `boat` repeat the one before, the first at 00:00:05:12 of the film",
    ),
    row(
        "flashing",
        cut(light=STROBE),
        cut(light=STROBE[:7]),
        "clip `boat` flashes 4 times within a second from 00:00:06:00 of the film on",
    ),
    row(
        "flashing",
        cut(red=STROBE),
        cut(red=[(2 * time, way) for time, way in STROBE]),
        "clip `boat` flashes red 4 times within a second from 00:00:06:00 of the film on",
    ),
    row(
        "silent-stretch",
        cut(film=heard(quiet=((7.0, 9.0),))),
        cut(film=heard(quiet=((7.0, 8.9),))),
        "nothing is heard for 2.0 s from 00:00:07:00 of the film on",
    ),
    row(
        "unheard-lines",
        cut(sound=None),
        cut(sound=None, second={"speaks": False}),
        "clip `boat` has lines, and its take is silent",
    ),
    row(
        "clipped-sound",
        cut(sound=Sound(5.0, (), 0.0051, 2.0)),
        cut(sound=Sound(5.0, (), 0.0049, 2.0)),
        "the sound of clip `boat` is clipped from 00:00:07:00 of the film on",
    ),
    row(
        "clipped-sound",
        cut(film=heard(clipped=0.02, clips_at=3.0)),
        cut(film=heard(clipped=0.01, clips_at=3.0)),
        "the sound of the film is clipped from 00:00:03:00 of the film on",
        None,
    ),
    row(
        "letterbox",
        cut(bars=(0, 0.13, 0, 0.12)),
        cut(bars=(0, 0.13, 0, 0)),
        "clip `boat` has black bars above and below, 12 % of its picture each",
    ),
    row(
        "letterbox",
        cut(bars=(0.2, 0, 0.2, 0)),
        cut(bars=(0.2, 0, 0.1, 0)),
        "clip `boat` has black bars left and right, 20 % of its picture each",
    ),
    row(
        "other-length",
        cut(seconds=4.5),
        cut(seconds=5.04),
        "the take of clip `boat` lasts 4.50 s, and 5 s were ordered",
    ),
    row(
        "other-length",
        cut(film=shaped(frames=239)),
        cut(),
        "the film has 239 frames, and 240 are due",
        None,
    ),
    row(
        "other-size",
        cut(width=854, height=480),
        cut(width=1248, height=704),
        "the take of clip `boat` has 854×480 pixels where 1280×720 were ordered",
    ),
    row(
        "other-size",
        cut(aspect=4 / 3, width=1280, height=960),
        cut(width=1920, height=1088, aspect=1920 / 1088),
        "the take of clip `boat` has 1280×960 pixels where 1280×720 were ordered",
    ),
    row(
        "other-size",
        cut(film=shaped(width=640)),
        cut(),
        "the film has 640×720 pixels, and 1280×720 are due",
        None,
    ),
    row(
        "other-rate",
        cut(fps=16),
        cut(fps=23.976),
        "the take of clip `boat` has 16 frames a second, and the film has 24",
    ),
    row(
        "other-rate",
        cut(film=shaped(fps=Fraction(25))),
        cut(),
        "the film has 25 frames a second, and 24 are due",
        None,
    ),
    row(
        "unlike-first-frame",
        cut(first=PALE, second={"opening": Opening(small_text(Image.new("RGB", (8, 8))), "refs/door.png", False)}),
        cut(first=PALE, second={"opening": Opening(GREY, "refs/door.png", False)}),
        "clip `boat` opens on a picture that differs from `refs/door.png` by 44 % at 00:00:05:00 of the film",
    ),
    row(
        "seam-jump",
        cut(first=PALE),
        cut(first=PALE, second={"opening": Opening(PALE, "wait", True)}),
        "clip `boat` opens on a picture that differs from the frame of `wait` that it goes on from by 6 % at 00:00:05:00 of the film",
    ),
]


def test_a_film_without_a_fault_is_silent():
    assert inspect_takes(cut()) == []


@pytest.mark.parametrize(("name", "wrong", "mended", "said", "place"), MISTAKES)
def test_a_fault_is_told_and_its_mended_twin_is_silent(name, wrong, mended, said, place):
    (found,) = inspect_takes(wrong)
    assert (found.name, found.severity, found.message) == (name, "warning", said)
    assert found.path == (() if place is None else ("shots", place, "id"))
    assert found.hint
    assert inspect_takes(mended) == []


def test_every_rule_about_takes_has_a_fault_here():
    names = [name for rule in INSPECTIONS for name in (rule.__doc__ or "").partition(":")[0].split(", ")]
    assert sorted(set(names)) == sorted({row.values[0] for row in MISTAKES})


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("black", 0.3, cut()),
        ("frozen", 1.5, cut()),
        ("doubled", 0.015, cut()),
        ("flashes", 2, cut()),
        ("silent", 1.5, cut(film=heard(quiet=((1.0, 2.6),)))),
        ("clipped", 0.0007, cut()),
        ("bars", 0.01, cut()),
        ("length", 0.01, cut(seconds=5.04)),
        ("anchor", 0.06, cut(first=PALE, second={"opening": Opening(GREY, "a.png", False)})),
        ("seam", 0.01, cut(first=small_text(Image.new("RGB", (8, 8), "#646464")))),
    ],
)
def test_every_threshold_can_be_set(field, value, wrong):
    assert inspect_takes(wrong) == []
    assert inspect_takes(replace(wrong, limits=replace(Thresholds(), **{field: value})))


def test_a_finding_stands_at_the_shot_that_is_shown():
    early, late = (
        inspect_takes(Cut((replace(FIRST, found=replace(GOOD, black=(when,))),), 24, Thresholds(), WHOLE))
        for when in ((1.0, 2.0), (2.5, 4.0))
    )
    assert [one.path for one in (*early, *late)] == [("shots", 0, "id"), ("shots", 1, "id")]


def test_what_the_film_does_not_play_is_not_told():
    short = {"frames": 72}
    assert inspect_takes(cut(black=((3.5, 5.0),), second=short)) == []
    assert inspect_takes(cut(black=((2.7, 5.0),), second=short)) == []
    (found,) = inspect_takes(cut(black=((2.0, 5.0),), second=short))
    assert "black for 1.0 s" in found.message
    assert inspect_takes(cut(light=[(time + 2.2, way) for time, way in STROBE], second=short)) == []


def test_flashes_are_counted_over_a_cut():
    played = (
        replace(FIRST, found=replace(GOOD, light=[(time + 3.5, way) for time, way in STROBE[:4]])),
        replace(SECOND, found=replace(GOOD, light=[(time - 1, way) for time, way in STROBE[:4]])),
    )
    (found,) = inspect_takes(Cut(played, 24, Thresholds(), WHOLE))
    assert found.message == "clip `wait` flashes 4 times within a second from 00:00:04:12 of the film on"
    assert inspect_takes(Cut(played, 24, Thresholds())) == []


def test_a_clip_that_flashes_for_long_is_told_once():
    long = tuple((number / 8, 1 - number % 2 * 2) for number in range(40))
    assert [one.name for one in inspect_takes(cut(light=long))] == ["flashing"]


def test_black_is_not_told_as_frozen_too():
    (found,) = inspect_takes(cut(black=((1.0, 4.0),), still=((1.04, 4.0),)))
    assert found.name == "black-stretch"


def test_silence_of_an_animatic_is_its_nature_and_that_of_a_host_is_not():
    quiet = heard(quiet=((0.0, 10.0),))
    drawn = {"drawn": True, "speaks": True}
    assert inspect_takes(replace(cut(film=quiet), played=(replace(FIRST, **drawn), replace(SECOND, **drawn)))) == []
    (found,) = inspect_takes(replace(cut(film=quiet), played=(replace(FIRST, **drawn), SECOND)))
    assert found.message == "nothing is heard for 5.0 s from 00:00:05:00 of the film on"
    (found,) = inspect_takes(cut(film=quiet))
    assert found.message == "nothing is heard for 10.0 s from 00:00:00:00 of the film on"


def test_what_many_takes_share_is_told_once():
    slow = cut(fps=16)
    both = replace(slow, played=tuple(replace(one, found=slow.played[1].found) for one in (FIRST, SECOND)))
    (found,) = inspect_takes(both)
    assert found.message == "the takes of clips `wait` and `boat` have 16 frames a second, and the film has 24"


def test_takes_by_themselves_count_their_own_time():
    alone = Cut((replace(FIRST, found=replace(GOOD, black=((1.0, 2.0),))),), 24, Thresholds())
    (found,) = inspect_takes(alone)
    assert found.message == "clip `wait` is black for 1.0 s from 00:00:01:00 of the take on"
