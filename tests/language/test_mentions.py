"""Who is spoken of: mentions in any script, and the order in which a shot brings its cast."""

import pytest
from boards import board

from storyforge.language.mentions import Mention, Names, collect_names, find_faces, read_words, replace_mentions

NAMES = Names(
    {
        "mira": frozenset({"storm"}),
        "米拉": frozenset({"雨衣"}),
        "米": frozenset(),
        "มิรา": frozenset(),
        "미라": frozenset(),
    }
)


@pytest.mark.parametrize(
    ("text", "who", "look", "rest"),
    [
        ("@mira trims", "mira", None, " trims"),
        ("@mira's hand", "mira", None, "'s hand"),
        ("@mira.", "mira", None, "."),
        ("@mira... then", "mira", None, "... then"),
        ("@mira, late", "mira", None, ", late"),
        ("@mira-", "mira", None, "-"),
        ("@mira--she", "mira", None, "--she"),
        ("@mira.storm runs", "mira", "storm", " runs"),
        ("@mira.storm's coat", "mira", "storm", "'s coat"),
        ("@mira走进房间", "mira", None, "走进房间"),
        ("@米拉走进房间", "米拉", None, "走进房间"),
        ("@米走进房间", "米", None, "走进房间"),
        ("@米拉.雨衣走", "米拉", "雨衣", "走"),
        ("@มิราเดินเข้ามา", "มิรา", None, "เดินเข้ามา"),
        ("@미라가 웃는다", "미라", None, "가 웃는다"),
    ],
)
def test_a_mention_ends_where_its_word_ends(text, who, look, rest):
    mention, after = read_words(text, NAMES)
    assert isinstance(mention, Mention)
    assert (mention.who, mention.look, mention.known, after) == (who, look, True, rest)


@pytest.mark.parametrize(
    ("text", "who", "look"),
    [
        ("@mirana", "mirana", None),
        ("@Mira", "Mira", None),
        ("@mira.strom x", "mira", "strom"),
        ("@mira.Then", "mira", "Then"),
        ("@nobody.storm", "nobody", "storm"),
        ("@mira-like", "mira-like", None),
    ],
)
def test_a_mention_of_nobody_is_kept_as_it_stands(text, who, look):
    mention = read_words(text, NAMES)[0]
    assert isinstance(mention, Mention)
    assert (mention.who, mention.look, mention.known) == (who, look, False)


def test_a_doubled_sign_writes_an_at_sign_and_a_lone_one_stays():
    assert read_words("a@@b.org costs 3 @ 4", NAMES) == ("a@b.org costs 3 @ 4",)


def test_a_mention_knows_its_place_in_the_text():
    _, mention, _ = read_words("然后@mira走", NAMES)
    assert isinstance(mention, Mention)
    assert (mention.start, mention.end) == (2, 7)


CAST = {"mira": {"looks": {"storm": {}}}, "otto": {}, "ana": {}}


def faces(**shot):
    made = board({"id": "one", **shot}, cast=CAST)
    return find_faces(made.shots[0], made.shots[0].dialogue, collect_names(made))


def test_framing_comes_before_camera_before_action_before_speakers_before_the_list():
    seen = faces(
        framing="over @ana",
        camera="pan to @otto",
        action="@mira.storm waits.",
        dialogue=[{"mira": "Come in."}],
        cast=["mira"],
    )
    assert seen == (("ana", None), ("otto", None), ("mira", "storm"), ("mira", None))


def test_a_plain_speaker_speaks_in_the_look_that_the_shot_shows():
    assert faces(action="@mira.storm waits.", dialogue=[{"mira": "Come in."}]) == (("mira", "storm"),)
    assert faces(cast=["mira.storm"], dialogue=[{"mira": "Come in."}]) == (("mira", "storm"),)
    assert faces(action="@mira and @mira.storm", dialogue=[{"mira": "Come in."}]) == (("mira", None), ("mira", "storm"))


def test_a_voice_that_is_not_seen_brings_nobody():
    assert faces(dialogue=[{"otto (V.O.)": "It was late."}, {"ana (O.S., calling)": "Come!"}]) == ()


def test_sound_and_unknown_names_bring_nobody():
    assert faces(sound="@mira coughs", action="@nobody waits.", cast=["otto.hat"]) == ()


def test_a_text_is_read_anew_for_another_cast():
    names = collect_names(board(cast={"mira": {"looks": {"storm": {}}}}))
    assert read_words("@mira.storm", names) == (Mention("mira", "storm", 0, 11),)
    assert hash(names) == hash(collect_names(board(cast={"mira": {"looks": {"storm": {}}}})))
    plain = collect_names(board(cast={"mira": {}}))
    assert read_words("@mira.storm", plain) == (Mention("mira", "storm", 0, 11, known=False),)


def test_mentions_are_replaced_by_what_is_said_of_them_where_they_stand():
    given = []

    def name_of(mention, before):
        given.append((mention.who, mention.look, mention.known, before))
        return f"<{mention.who}>"

    assert replace_mentions("@mira.storm  sees\n@otto.", NAMES, name_of) == "<mira> sees <otto>."
    assert given == [("mira", "storm", True, ""), ("otto", None, False, "<mira> sees ")]
