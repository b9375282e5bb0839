"""Shots into clips: never joined what must be apart, and of all cuts left the cheapest."""

from itertools import combinations
from math import ceil

import pytest
from boards import board, everywhere, picture_of, provider
from hypothesis import given, settings
from hypothesis import strategies as st

from storyforge.clip import LastFrame
from storyforge.dialect import Limits
from storyforge.pack import best_cut, pack_shots, share_lines, shot_milliseconds
from storyforge.storyboard import Line

LIMITS = Limits(max_references=4)


def cost(lengths, ends):
    starts = [0, *ends[:-1]]
    seconds = [
        max(ceil(sum(lengths[start:end]) / 1000), LIMITS.min_seconds) for start, end in zip(starts, ends, strict=True)
    ]
    return sum(seconds), len(seconds), sum(length**2 for length in seconds)


def allowed(lengths, pictures, forbidden, start, end):
    if end - start == 1:
        return (start, end) not in forbidden
    return (
        sum(lengths[start:end]) <= LIMITS.max_seconds * 1000
        and len(frozenset().union(*pictures[start:end])) <= LIMITS.max_references
        and (start, end) not in forbidden
    )


def cheapest_of_all(lengths, pictures, forbidden):
    count = len(lengths)
    cuts = [[*inner, count] for size in range(count) for inner in combinations(range(1, count), size)]
    fitting = [
        ends
        for ends in cuts
        if all(
            allowed(lengths, pictures, forbidden, start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)
        )
    ]
    return min(cost(lengths, ends) for ends in fitting)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_cut_is_cheaper_than_the_one_that_is_chosen(data):
    count = data.draw(st.integers(1, 9))
    lengths = data.draw(st.lists(st.integers(5, 150).map(lambda n: n * 100), min_size=count, max_size=count))
    faces = st.frozensets(st.sampled_from("abcdef"), max_size=4)
    pictures = data.draw(st.lists(faces, min_size=count, max_size=count))
    pairs = [(a, b) for a in range(count) for b in range(a + 2, count + 1)]
    forbidden = dict.fromkeys(data.draw(st.sets(st.sampled_from(pairs), max_size=8)) if pairs else (), 0)
    ends = best_cut(lengths, pictures, LIMITS, forbidden)
    assert ends[-1] == count
    assert cost(lengths, ends) == cheapest_of_all(lengths, pictures, forbidden)


def pack(made, name="offline", length_of=lambda clip: 0):
    return pack_shots(made, everywhere(name), picture_of, length_of)


def shots(*seconds, **given):
    return [{"id": f"s{number}", "seconds": length, **given} for number, length in enumerate(seconds, 1)]


def ids(clips):
    return [[shot.id for shot in clip.shots] for clip in clips]


def test_fractions_are_paid_once_when_shots_share_a_clip():
    (clip,) = pack(board(*shots(4.5, 4.5)))
    assert clip.seconds == 9


def test_of_cuts_that_cost_the_same_the_most_even_is_chosen():
    assert ids(pack(board(*shots(4, 4, 4, 4, 4)))) in (
        [["s1", "s2"], ["s3", "s4", "s5"]],
        [["s1", "s2", "s3"], ["s4", "s5"]],
    )


def test_a_clip_is_never_shorter_than_the_shortest():
    (clip,) = pack(board(*shots(1)))
    assert clip.seconds == 3


def test_lengths_add_up_without_rounding_in_between():
    assert [clip.seconds for clip in pack(board(*shots(*[0.7] * 10)))] == [7]


BREAKS = [
    ({"scene": "hall"}, "starts the scene"),
    ({"seed": 7}, "has another seed"),
    ({"take": 2}, "has another take"),
    ({"prefer": "cast"}, "has another prefer"),
    ({"extra": {"runware": {"ttl": 60}}}, "has another extra"),
    ({"transition": "fade 1"}, "follows by a fade"),
    ({"first_frame": "refs/a.png"}, "opens on a first frame"),
    ({"continues": "s1"}, "continues `s1`"),
    ({"clip": "new"}, "`clip: new` starts a clip here"),
]


@pytest.mark.parametrize(("change", "why"), BREAKS)
def test_what_must_be_apart_starts_a_clip_and_says_why(change, why):
    first, second = shots(4, 4)
    clips = pack(board(first, {**second, **change}))
    assert ids(clips) == [["s1"], ["s2"]]
    assert clips[0].why == "starts the scene"
    assert why in clips[1].why


def test_another_provider_starts_a_clip():
    made = board(*shots(4, 4))
    made = made.model_copy(update={"shots": (made.shots[0], made.shots[1].model_copy(update={"provider": "runware"}))})
    clips = pack_shots(made, lambda shot: provider(shot.provider or "offline"), picture_of, lambda clip: 0)
    assert [clip.provider for clip in clips] == ["offline", "runware"]
    assert "another provider" in clips[1].why


def test_a_shot_that_is_continued_ends_its_clip():
    clips = pack(board(*shots(4, 4), {"id": "later", "scene": "hall", "continues": "s1"}))
    assert ids(clips) == [["s1"], ["s2"], ["later"]]
    assert "`s1` is continued" in clips[1].why
    assert clips[2].after == ("s1",)


def test_continuing_a_shot_opens_on_the_last_frame_of_the_clip_that_holds_it():
    clips = pack(board(*shots(4, 4), {"id": "next", "continues": "s2"}))
    assert clips[1].first_frame == LastFrame("s1")
    assert clips[1].after == ("s1",)


def test_continuing_a_long_shot_opens_on_its_last_link():
    clips = pack(board(*shots(40), {"id": "next", "continues": "s1"}))
    assert [clip.id for clip in clips] == ["s1", "s1.2", "s1.3", "next"]
    assert [clip.after for clip in clips] == [(), ("s1",), ("s1.2",), ("s1.3",)]


def test_a_shot_longer_than_a_clip_is_a_chain_of_even_links():
    clips = pack(board(*shots(4, 31.5, 4)))
    assert [(clip.id, clip.seconds) for clip in clips] == [("s1", 4), ("s2", 11), ("s2.2", 11), ("s2.3", 10), ("s3", 4)]
    assert [clip.beats[0].part for clip in clips] == [1, 1, 2, 3, 1]
    assert clips[2].first_frame == LastFrame("s2")
    assert "longer than a clip" in clips[1].why


def test_lines_of_a_chain_are_shared_out_in_order():
    lines = [Line.model_validate({"mira": f"Line number {number} of this scene."}) for number in range(6)]
    shared = share_lines(lines, [8, 8], "en")
    assert [len(part) for part in shared] == [3, 3]
    assert [line for part in shared for line in part] == lines


def test_a_link_holds_only_its_own_speakers():
    said = "This is a line that takes a while to say, I am afraid."
    made = board(
        {"id": "talk", "seconds": 24, "dialogue": [{"ana": said}, {"otto": said}]},
        cast={"ana": {"reference": "a.png"}, "otto": {"reference": "o.png"}},
    )
    assert [clip.cast for clip in pack(made)] == [(("ana", None),), (("otto", None),)]


def test_nine_references_are_never_exceeded():
    cast = {f"c{number}": {"reference": f"{number}.png"} for number in range(12)}
    made = board(
        {"id": "a", "seconds": 3, "cast": [f"c{number}" for number in range(6)]},
        {"id": "b", "seconds": 3, "cast": [f"c{number}" for number in range(6, 12)]},
        cast=cast,
    )
    clips = pack(made)
    assert ids(clips) == [["a"], ["b"]]
    assert "12 of 9 references" in clips[1].why


def test_a_prompt_that_would_be_too_long_parts_the_clip_and_says_so():
    clips = pack(board(*shots(3, 3, 3, 3)), length_of=lambda clip: 1000 * len(clip.beats))
    assert ids(clips) == [["s1", "s2"], ["s3", "s4"]]
    clips = pack(board(*shots(3, 3)), length_of=lambda clip: 2000 * len(clip.beats))
    assert "4000 of 2500 characters" in clips[1].why


def test_the_length_that_would_be_exceeded_is_named():
    clips = pack(board(*shots(8, 8)))
    assert clips[1].why == "with `s2` the clip before would last 16 of 15 s"


def test_references_are_numbered_in_order_of_mention_with_the_scene_last():
    made = board(
        {"id": "a", "action": "@otto sees @mira.storm."},
        cast={
            "mira": {"reference": "m.png", "looks": {"storm": {"reference": "s.png"}}},
            "otto": {"reference": "o.png"},
            "ana": {"reference": "a.png"},
        },
        scenes={"room": {"reference": "room.png"}},
    )
    (clip,) = pack(made)
    assert [(one.slot, one.kind, one.id, one.look, one.picture.source) for one in clip.references] == [
        (1, "character", "otto", None, "o.png"),
        (2, "character", "mira", "storm", "s.png"),
        (3, "scene", "room", None, "room.png"),
    ]
    assert clip.mode == "reference-to-video"


@pytest.mark.parametrize(
    ("prefer", "where", "mode", "after"),
    [
        (None, "runware", "combined", ("s1",)),
        ("cast", "runware", "combined", ("s1",)),
        ("cast", "wavespeed", "reference-to-video", ()),
        ("first_frame", "wavespeed", "image-to-video", ("s1",)),
    ],
)
def test_a_host_that_takes_one_of_frame_and_references_gets_the_one_that_is_preferred(prefer, where, mode, after):
    second = {"id": "s2", "action": "@mira waits.", "continues": "s1"}
    made = board(*shots(4), second | ({"prefer": prefer} if prefer else {}), cast={"mira": {"reference": "m.png"}})
    clip = pack(made, where)[1]
    assert (clip.mode, clip.after) == (mode, after)


def test_a_seed_stands_still_when_words_ids_and_places_change():
    def seed(**change):
        shot = {"id": "a", "action": "@mira waits.", "seconds": 4, **change}
        return pack(board(shot, cast={"mira": {"reference": "m.png"}}))[0].seed

    assert seed() == seed(action="@mira runs.") == seed(id="b") == seed(scene="hall")
    assert len({seed(), seed(seconds=5), seed(take=2)}) == 3
    assert seed(seed=7) == 7


def test_a_host_without_seeds_gets_none():
    assert pack(board(*shots(4, 4), *[]), "hiapi")[0].seed is None


def test_a_shot_lasts_as_written_or_as_its_lines_need_or_four_seconds():
    made = board(
        {"id": "a", "seconds": 2.25}, {"id": "b", "dialogue": [{"ana": "You are late again, my dear."}]}, {"id": "c"}
    )
    first, second, third = (shot_milliseconds(shot, "en") for shot in made.shots)
    assert (first, third) == (2250, 4000)
    assert 1500 < second < 4000
