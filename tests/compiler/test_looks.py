"""Two looks of one character share a clip only where one of its shots shows both."""

from boards import board, everywhere, pack_shots, picture_of

from storyforge.compiler.looks import Looks, Other

CAST = {"ana": {"looks": {"coat": {}, "wet": {}}}, "bo": {}}


def packed(*actions, **fields):
    shots = [{"id": f"s{n}", "seconds": 3, "action": action, **fields} for n, action in enumerate(actions, 1)]
    clips = pack_shots(board(*shots, cast=CAST), everywhere(), picture_of, lambda clip: 0)
    return [([shot.id for shot in clip.shots], clip.why) for clip in clips]


def test_a_clip_ends_where_somebody_is_dressed_otherwise():
    assert packed("@ana sits.", "@bo waits.", "@ana.coat rises.") == [
        (["s1"], "starts the scene"),
        (["s2", "s3"], "`ana` is dressed otherwise than in `s1`"),
    ]


def test_a_shot_that_shows_both_joins_them():
    assert packed("@ana sits.", "@ana sees @ana.coat.", "@ana.coat rises.") == [
        (["s1", "s2", "s3"], "starts the scene")
    ]


def test_each_two_of_three_looks_want_a_shot_of_their_own():
    assert [ids for ids, _ in packed("@ana sees @ana.coat.", "@ana.coat sees @ana.wet.")] == [["s1"], ["s2"]]


def test_a_voice_that_is_not_seen_is_no_look():
    lines = [{"ana.coat (V.O.)": "I was there."}]
    shots = [
        {"id": "s1", "seconds": 3, "action": "@ana sits."},
        {"id": "s2", "seconds": 3, "action": "Rain.", "dialogue": lines},
    ]
    clips = pack_shots(board(*shots, cast=CAST), everywhere(), picture_of, lambda clip: 0)
    assert [[shot.id for shot in clip.shots] for clip in clips] == [["s1", "s2"]]


def test_the_shot_before_is_the_last_that_shows_the_other_look():
    looks = Looks([[("a", None)], [("a", None), ("b", None)], [("b", "x")], [("a", "x")]])
    assert looks.find_other(0, 2) is None
    assert looks.find_other(1, 3) == Other("b", 1)
    assert looks.find_other(0, 4) == Other("a", 1)
    assert looks.find_other(3, 4) is None
