"""Who is spoken of: mentions in any script, and the order in which a shot brings its cast."""

import pytest
from boards import board

from storyforge.language.mentions import (
    Mention,
    Names,
    collect_names,
    find_faces,
    read_words,
    replace_mentions,
    resolve_speaker,
)
from storyforge.model.storyboard import Line

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


@pytest.mark.parametrize(
    ("text", "who", "look"),
    [("@m", "m", None), ("hand to @m", "m", None), ("@m.b", "m", "b"), ("over @米", "米", None)],
)
def test_an_id_may_end_a_text_however_short_it_is(text, who, look):
    names = Names({"m": frozenset({"b"}), "米": frozenset()})
    mention = read_words(text, names)[-1]
    assert isinstance(mention, Mention)
    assert (mention.who, mention.look, mention.known) == (who, look, True)
    assert mention.end == len(text)


WITHOUT_SPACES = (
    "\u0e01\u0edf\u0f00\u109d\u1100\u11ff\u1780\u17e9\u3005\u30ff\u3105\u31ff\u3400\u9fff"
    "\uac00\ud7fb\uf900\ufad9\uff66\uff9f\U00020000\U0003134a"
)
"""First and last letter of each block of scripts that put no space between words."""

WITH_SPACES = "\u0df3\u10a0\u10ff\u1200\u1773\ua000\uabf9\ufb00\uff5a\uffa0"
"""Letters right before and after such blocks."""


@pytest.mark.parametrize("letter", WITHOUT_SPACES)
def test_a_script_without_spaces_ends_the_id_before_it(letter):
    mention, rest = read_words(f"@mira{letter}", NAMES)
    assert isinstance(mention, Mention)
    assert (mention.who, mention.known, rest) == ("mira", True, letter)


@pytest.mark.parametrize("letter", WITH_SPACES)
def test_a_letter_of_any_other_script_goes_on_with_the_id(letter):
    (mention,) = read_words(f"@mira{letter}", NAMES)
    assert isinstance(mention, Mention)
    assert (mention.who, mention.known) == (f"mira{letter}", False)


@pytest.mark.parametrize("text", ["@", "3 @", "a @ b", "@1 o'clock"])
def test_a_sign_before_no_letter_mentions_nobody(text):
    assert read_words(text, NAMES) == (text,)


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


def test_a_speaker_whom_the_shot_does_not_show_speaks_as_written():
    line = Line.model_validate({"otto": "Come in."})
    assert resolve_speaker(line, ()) == ("otto", None)
    assert resolve_speaker(line, [("mira", "storm")]) == ("otto", None)
    assert resolve_speaker(Line.model_validate({"mira.storm": "Come in."}), [("mira", None)]) == ("mira", "storm")
    assert faces(dialogue=[{"otto": "Come in."}]) == (("otto", None),)


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


@pytest.mark.parametrize(
    ("text", "who", "look", "known", "rest"),
    [
        ("@{mira}n waits", "mira", None, True, "n waits"),
        ("@{mira.storm}s", "mira", "storm", True, "s"),
        ("@{mira}.", "mira", None, True, "."),
        ("@{mria}n", "mria", None, False, "n"),
        ("@{mira.strom}n", "mira", "strom", False, "n"),
    ],
)
def test_braces_say_where_a_name_ends(text, who, look, known, rest):
    mention, behind = read_words(text, NAMES)
    assert isinstance(mention, Mention)
    assert (mention.who, mention.look, mention.known, behind) == (who, look, known, rest)
    assert text[slice(*mention.name_span)] == (f"{who}.{look}" if look else who)


def test_a_brace_that_is_never_closed_mentions_nobody():
    mention, rest = read_words("@{mira waits", NAMES)
    assert isinstance(mention, Mention)
    assert (mention.known, rest) == (False, " waits")


@pytest.mark.parametrize("text", ["@{}", "@{ mira }", "@@{mira}", "@{3}"])
def test_braces_around_no_letter_mention_nobody(text):
    assert read_words(text, NAMES) == (text.replace("@@", "@"),)


def test_a_joiner_is_part_of_an_id_or_parts_it_from_its_ending():
    names = Names({"می\u200cنا": frozenset(), "مینا": frozenset()})
    one, rest = read_words("@می\u200cنا رفت", names)
    other, ending = read_words("@مینا\u200cها", names)
    assert (one.who, one.known, rest) == ("می\u200cنا", True, " رفت")
    assert (other.who, other.known, ending) == ("مینا", True, "\u200cها")
