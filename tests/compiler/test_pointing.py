"""People are pointed at so that a model reads who is meant: labels stay apart from words, marks follow the first name."""

import pytest
from boards import board, everywhere, pack_shots, picture_of

from storyforge.compiler.pointing import make_card
from storyforge.compiler.prompt import Writer
from storyforge.compiler.templates import Templates
from storyforge.model.capabilities import CHARACTER_N, DESCRIPTIVE, IMAGE_N

CAST = {
    "mira": {"name": "The Keeper", "reference": "m.png", "marks": ["a whistle"]},
    "otto": {"name": "the operator", "reference": "o.png", "marks": ["round glasses", "A cap."]},
    "twins": {"name": "the twins", "reference": "t.png", "marks": ["two red hats"]},
    "bo": {"marks": ["a brass key"]},
    "iris": {"name": "Iris"},
    "米拉": {"name": "守灯人", "reference": "l.png", "marks": ["红哨子"]},
}


def shot_of(action, dialect=CHARACTER_N, number=0, **shot):
    made = board({"id": "a", "action": action, **shot}, cast=CAST)
    writer = Writer(made, dialect, Templates())
    clip = pack_shots(made, everywhere(), picture_of, lambda clip: 0)[0]
    text = writer.write(clip).text
    return next(line for line in text.split("\n") if line.startswith(("Begin with", "开场", "From that")))


def told(action, dialect=CHARACTER_N, **shot):
    return shot_of(action, dialect, **shot).partition(": ")[2]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            "@米拉3次点灯，@米拉看见@otto。",
            "character1（红哨子）3次点灯，character1 看见 character2（round glasses、A cap）。",
        ),
        ("看着@米拉，@米拉7点走。", "看着 character1（红哨子），character1 7点走。"),
        (
            "@米拉@otto都走了。@米拉@otto",
            "character1（红哨子）character2（round glasses、A cap）都走了。character1 character2。",
        ),
    ],
)
def test_a_label_never_touches_a_letter_a_digit_or_another_label(action, said):
    assert shot_of(action).partition("：")[2] == said


def test_marks_are_told_once_in_a_shot_behind_the_first_mention_of_each():
    assert told("@mira looks at @otto. @mira waits.", DESCRIPTIVE) == (
        "the Keeper (a whistle) looks at the operator (round glasses, a cap). The Keeper waits."
    )


def test_marks_stand_behind_the_s_of_an_owner():
    assert told("@otto's hand meets @mira’s. @twins' hats fly.", DESCRIPTIVE) == (
        "the operator's (round glasses, a cap) hand meets the Keeper’s (a whistle). The twins' (two red hats) hats fly."
    )
    assert told("@otto's hand meets @bo's.", IMAGE_N) == (
        "the [Image 1] operator's (round glasses, a cap) hand meets Bo's (a brass key)."
    )


def test_a_name_of_several_owns_with_the_mark_alone_and_a_label_with_an_s():
    assert told("@twins's hats fly. @iris's fall.", DESCRIPTIVE) == ("the twins' (two red hats) hats fly. Iris's fall.")
    assert told("@twins’s hats fly.", IMAGE_N) == "the [Image 1] twins’ (two red hats) hats fly."
    assert told("@twins's hats fly.") == "character1's (two red hats) hats fly."
    assert told("@{bo}'s and @otto's hats fly.", DESCRIPTIVE) == (
        "Bo's (a brass key) and the operator's (round glasses, a cap) hats fly."
    )


def test_framing_and_camera_come_before_the_action():
    line = shot_of("@otto waits for @mira.", DESCRIPTIVE, framing="close shot of @mira", camera="pan to @otto")
    assert line == (
        "Begin with a close shot of the Keeper (a whistle), in a pan to the operator (round glasses, a cap): the operator "
        "waits for the Keeper."
    )


def test_who_only_speaks_has_the_marks_at_the_line_and_who_is_only_listed_comes_after():
    line = told("Rain falls.", DESCRIPTIVE, cast=["bo", "mira"], dialogue=[{"otto (to @mira)": "Now."}])
    assert line == (
        "Rain falls. Also in the picture: Bo (a brass key) and the Keeper (a whistle). The operator (round glasses, a cap) "
        "says, to the Keeper, with clear lip-sync: “Now.”"
    )


def test_a_mention_in_a_delivery_brings_nobody_in():
    line = told("@otto waits.", dialogue=[{"otto (to @mira)": "Now."}])
    assert line.endswith("character1 says, to the Keeper, with clear lip-sync: “Now.”")


def test_several_say_and_one_says():
    line = told("@twins wait.", DESCRIPTIVE, dialogue=[{"twins": "Now."}, {"bo": "No."}])
    assert "The twins say, with clear lip-sync: “Now.” Bo (a brass key) says, with clear lip-sync: “No.”" in line


def test_an_unseen_voice_is_pointed_at_where_its_owner_is_seen_and_named_else():
    line = told("@otto waits.", dialogue=[{"otto (V.O.)": "Now."}, {"mira (O.S., softly)": "No."}])
    assert line.endswith(
        "In voice-over, the voice of character1 says: “Now.” From off screen, the voice of the Keeper says, softly: “No.”"
    )


def test_a_card_drops_a_mark_that_the_description_holds():
    assert make_card("a tall man in a white cap", ("a white cap", "a cap", "a red scarf")) == (
        "a tall man in a white cap",
        "a red scarf",
    )
    assert make_card("a man with a capote", ("a cap",)) == ("a man with a capote", "a cap")
    assert make_card("", ("a cap",)) == ("a cap",)
    assert make_card("戴红帽子的人", ("红帽子", "铜钥匙")) == ("戴红帽子的人", "铜钥匙")
