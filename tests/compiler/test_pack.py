"""Shots into clips: never joined what must be apart, and of all cuts left the cheapest."""

from itertools import accumulate, chain, combinations
from math import ceil

import pytest
from boards import board, everywhere, pack_shots, picture_of, provider
from hypothesis import given, settings
from hypothesis import strategies as st

from storyforge.language.speech import shot_milliseconds
from storyforge.model.clip import LastFrame


def pack(made, name="offline", length_of=lambda clip: 0):
    return pack_shots(made, everywhere(name), picture_of, length_of)


def shots(*seconds, **fields):
    return [{"id": f"s{number}", "seconds": length, **fields} for number, length in enumerate(seconds, 1)]


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


@pytest.mark.parametrize(
    ("top", "shot", "name", "sharpest"),
    [
        ({}, {}, "runware", False),
        ({}, {"anchor": "sharpest"}, "runware", True),
        ({"format": {"anchor": "sharpest"}}, {}, "runware", True),
        ({"format": {"anchor": "sharpest"}}, {"anchor": "last"}, "runware", False),
        ({}, {"anchor": "sharpest"}, "offline", False),  # what is drawn is sharp throughout
    ],
)
def test_a_shot_opens_on_the_frame_that_it_or_the_format_asks_for(top, shot, name, sharpest):
    clips = pack(board(*shots(4, 4), {"id": "next", "continues": "s2", **shot}, **top), name)
    assert clips[1].first_frame == LastFrame("s1", sharpest)
    clips = pack(board(*shots(4), {"id": "long", "seconds": 40, **shot}, **top), name)
    assert {clip.first_frame for clip in clips[2:]} == {LastFrame(clip.id, sharpest) for clip in clips[1:-1]}


def test_continuing_a_long_shot_opens_on_its_last_link():
    clips = pack(board(*shots(40), {"id": "next", "continues": "s1"}))
    assert [clip.id for clip in clips] == ["s1", "s1.2", "s1.3", "next"]
    assert [clip.after for clip in clips] == [(), ("s1",), ("s1.2",), ("s1.3",)]


def test_a_shot_longer_than_a_clip_is_a_chain_of_even_links():
    clips = pack(board(*shots(4, 31.5, 4)))
    assert [(clip.id, clip.seconds) for clip in clips] == [("s1", 4), ("s2", 11), ("s2.2", 11), ("s2.3", 10), ("s3", 4)]
    assert [clip.beats[0].part for clip in clips] == [1, 1, 2, 3, 1]
    assert [clip.beats[0].milliseconds for clip in clips] == [4000, 11000, 11000, 9500, 4000]
    assert clips[2].first_frame == LastFrame("s2")
    assert "longer than a clip" in clips[1].why


def test_a_shot_as_long_as_a_clip_is_one_clip_like_any_other():
    clips = pack(board(*shots(4, 15, 4)))
    assert ids(clips) == [["s1"], ["s2"], ["s3"]]
    assert not [clip.why for clip in clips if "longer than a clip" in clip.why]
    assert ids(pack(board(*shots(15.001)))) == [["s1"], ["s1"]]


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


def test_a_shot_whose_own_prompt_is_too_long_stands_alone():
    assert ids(pack(board(*shots(3, 3)), length_of=lambda clip: 9999)) == [["s1"], ["s2"]]


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


class Shelf:
    """Takes that are paid for: by what a clip is made of, the slate that its take was rendered from."""

    def __init__(self, takes=()):
        self.takes = dict(takes)

    def may(self, shots):
        return any(fingerprint[0][0] == (shots[0].action, 1) for fingerprint in self.takes)

    def find_slate(self, clip, before):
        return self.takes.get((tuple((beat.shot.action, beat.part) for beat in clip.beats), before))


class Film:
    """A film whose every cut is tried, by the rules as they are documented."""

    def __init__(self, shots, forbidden):
        self.shots, self.forbidden = shots, forbidden
        self.at = {shot["id"]: number for number, shot in enumerate(shots)}
        self.continued = {shot.get("continues") for shot in shots}
        self.must = {number for number in range(len(shots)) if self._must_begin(number)}

    def _must_begin(self, number):
        shot, before = self.shots[number], self.shots[number - 1]
        return (
            number == 0
            or "continues" in shot
            or "clip" in shot
            or before["id"] in self.continued
            or max(shot["seconds"], before["seconds"]) > 15
        )

    def cuts(self):
        """Each allowed cut as clips: first shot and the first behind it."""
        rest = [number for number in range(1, len(self.shots)) if number not in self.must]
        for size in range(len(rest) + 1):
            for more in combinations(rest, size):
                begins = sorted({*self.must, *more})
                cut = list(zip(begins, [*begins[1:], len(self.shots)], strict=True))
                if all(end - begin == 1 or self._fits(begin, end) for begin, end in cut):
                    yield cut

    def _fits(self, begin, end):
        return sum(shot["seconds"] for shot in self.shots[begin:end]) <= 15 and (begin, end) not in self.forbidden

    def slates(self, cut, takes, lost=lambda fingerprint: None):
        """For each clip and link of a cut: seconds, and the slate whose take it plays; what `lost` says where none."""
        ends = {end - 1: (begin, end) for begin, end in cut}
        known = {}

        def played(bound):
            if bound not in known:
                first = self.shots[bound[0]]
                before = played(ends[self.at[first["continues"]]])[-1][1] if "continues" in first else None
                known[bound] = list(self._links(bound, before, "continues" in first, takes, lost))
            return known[bound]

        return [one for bound in cut for one in played(bound)]

    def _links(self, bound, before, follows, takes, lost):
        shots = self.shots[slice(*bound)]
        whole = max(ceil(sum(shot["seconds"] for shot in shots)), 3)
        links = ceil(whole / 15)
        for part in range(1, links + 1):
            seconds = whole // links + (part <= whole % links)
            fingerprint = tuple((shot["action"], part) for shot in shots), before
            slate = None if follows and before is None else takes.get(fingerprint) or lost(fingerprint)
            yield seconds, slate
            before, follows = slate, True

    def cost(self, cut, takes):
        clips = self.slates(cut, takes)
        bill = sum(seconds for seconds, slate in clips if slate is None)
        return bill, len(clips), sum(seconds**2 for seconds, _ in clips)


@st.composite
def films(draw):
    """Runs of shots, most of which continue another run, earlier or later in the film."""
    lengths = st.one_of(st.integers(2, 14).map(lambda half: half / 2), st.sampled_from([9, 16, 31.5]))
    runs = draw(st.lists(st.lists(lengths, min_size=1, max_size=3), min_size=1, max_size=3))
    written = shots(*chain(*runs))
    names = draw(st.permutations(range(len(runs))))
    stops = list(accumulate(map(len, runs)))
    for number, name in enumerate(names):
        first = written[stops[name] - len(runs[name])]
        other = draw(st.sampled_from([*names[:number], None]))
        first |= {"clip": "new"} if other is None else {"continues": written[stops[other] - 1]["id"]}
    for shot in written:
        shot["action"] = draw(st.sampled_from([f"The clock of {shot['id']} strikes."] * 3 + ["Rain falls."]))
    pairs = [(a, b) for a in range(len(written)) for b in range(a + 2, len(written) + 1)]
    return Film(written, draw(st.sets(st.sampled_from(pairs), max_size=2)) if pairs else set())


def rendered(film, data):
    """Takes of some clips of some cuts of a film, some of them chosen among several."""
    takes = {}
    every = list(film.cuts())

    def lost(fingerprint):
        kept = data.draw(st.sampled_from(["first", "first", "other", None]))
        if kept:
            takes[fingerprint] = (*fingerprint, kept)
        return takes.get(fingerprint) or (*fingerprint, "lost")

    for _ in range(data.draw(st.integers(0, 3))):
        film.slates(data.draw(st.sampled_from(every)), takes, lost)
    return takes


def bounds_of(film, clips):
    return [(film.at[clip.shots[0].id], film.at[clip.shots[-1].id] + 1) for clip in clips if clip.beats[0].part == 1]


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.data())
def test_no_cut_of_a_film_has_less_to_pay(data):
    film = data.draw(films())
    takes = rendered(film, data)
    made = board(*film.shots)

    def length_of(clip):
        (bound,) = bounds_of(film, [clip])
        return 9999 if bound in film.forbidden else 0

    cut = bounds_of(film, pack_shots(made, everywhere(), picture_of, length_of, Shelf(takes)))
    assert cut in list(film.cuts())
    assert film.cost(cut, takes) == min(film.cost(other, takes) for other in film.cuts())
    film.slates(cut, takes, lambda fingerprint: takes.setdefault(fingerprint, fingerprint))
    assert film.cost(cut, takes)[0] == 0
    assert bounds_of(film, pack_shots(made, everywhere(), picture_of, length_of, Shelf(takes))) == cut


def made_of(*actions, before=None, part=1):
    return tuple((f"Bell {action} rings.", part) for action in actions), before


def test_a_cut_keeps_what_is_paid_for_beyond_a_long_shot():
    written = [
        {"id": "a", "seconds": 4},
        {"id": "b", "seconds": 4},
        {"id": "long", "seconds": 20, "continues": "b"},
        {"id": "z", "seconds": 4, "continues": "long"},
    ]
    made = board(*({**shot, "action": f"Bell {shot['id']} rings."} for shot in written))
    takes = {made_of("a"): "A", made_of("b"): "B", made_of("a", "b"): "AB"}
    for start in ("B", "AB"):
        takes |= {made_of("long", before=start): f"{start}1", made_of("long", before=f"{start}1", part=2): f"{start}2"}
    apart = pack_shots(made, everywhere(), picture_of, lambda clip: 0, Shelf({**takes, made_of("z", before="B2"): "Z"}))
    assert ids(apart) == [["a"], ["b"], ["long"], ["long"], ["z"]]
    joined = pack_shots(made, everywhere(), picture_of, lambda clip: 0, Shelf(takes))
    assert ids(joined) == [["a", "b"], ["long"], ["long"], ["z"]]


def test_a_boundary_says_what_it_keeps():
    made = board(*({**shot, "action": f"Bell {shot['id']} rings."} for shot in shots(3, 3, 3, 3)))
    for takes, begins in (
        ([made_of("s1")], {"s2": "this cut keeps the take of `s1`"}),
        ([made_of("s1"), made_of("s2")], {"s2": "this cut keeps the takes of `s1` and `s2`"}),
        ([made_of("s4")], {"s4": "this cut keeps the take of `s4`"}),
    ):
        packed = pack_shots(made, everywhere(), picture_of, lambda clip: 0, Shelf(dict.fromkeys(takes, "taken")))
        assert begins.items() <= {clip.id: clip.why for clip in packed}.items()
