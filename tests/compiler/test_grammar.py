"""Phrases lose their full stops, sentences keep theirs, and articles go where they belong."""

import pytest

from storyforge.compiler.grammar import (
    end_sentence,
    find_article,
    is_plural,
    is_sentence_start,
    join_list,
    lower_start,
    start_sentence,
    tidy_phrase,
)


@pytest.mark.parametrize(
    ("view", "article"),
    [
        ("wide establishing shot", "a "),
        ("over-the-shoulder shot", "an "),
        ("Extreme close-up", "an "),
        ("extremely wide shot", "an "),
        ("insert on the whistle", "an "),
        ("low angle, looking up", "a "),
        ("unique view", "a "),
        ("one-shot", "a "),
        ("hour-long take", "an "),
        ("X-ray view", "an "),
        ("unbroken move", "an "),
        ("the same view", ""),
        ("one unbroken move", ""),
        ("slow push-in", "a "),
        ("close on the lens", None),
        ("slowly pan left", None),
        ("no move", None),
        ("全景", None),
        ("POV", None),
    ],
)
def test_a_view_gets_its_article_only_where_it_is_a_plain_phrase(view, article):
    assert find_article(view) == article


def test_phrases_lose_and_sentences_keep_their_full_stop():
    assert [
        tidy_phrase(text) for text in ("a clock.", "rain,", "wait...", " two\n lines ", "rain.,;", "雨。", ".")
    ] == [
        "a clock",
        "rain",
        "wait...",
        "two lines",
        "rain",
        "雨",
        "",
    ]
    assert [end_sentence(text) for text in ("Go", "Go!", "“Go.”", "走。", "Go,", "走", "行く", "चलो", "پس؟")] == [
        "Go.",
        "Go!",
        "“Go.”",
        "走。",
        "Go.",
        "走。",
        "行く。",
        "चलो।",
        "پس؟",
    ]
    assert [join_list(items) for items in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_phrase_of_stops_alone_is_tidied_in_one_pass():
    assert tidy_phrase("rain" + ".," * 200_000) == "rain"


def test_a_sentence_begins_at_the_start_and_behind_what_ends_one():
    starts = ("", "Rain. ", "Rain?  ", "“Go.” ", "走。 ", "(It rains.) ")
    assert [is_sentence_start(text) for text in starts] == [True] * len(starts)
    assert not any(is_sentence_start(text) for text in ("Rain", "Rain.", "the 3.5 mm ", "Rain, "))


def test_a_sentence_starts_with_a_capital_but_for_a_word_of_the_dialect():
    assert [start_sentence(text) for text in ("mira waits", "character1 waits", "characters wait", "")] == [
        "Mira waits",
        "character1 waits",
        "Characters wait",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("The sack empties.", "the sack empties."),
        ("A few grains settle.", "a few grains settle."),
        ("In the shade she sits.", "in the shade she sits."),
        ("She sneezes.", "she sneezes."),
        ("Small on the stage, he bends.", "Small on the stage, he bends."),
        ("Vienna at night.", "Vienna at night."),
        ("I see him.", "I see him."),
        ("THE END stands on a card.", "THE END stands on a card."),
        ("It's late.", "It's late."),
        ("走。", "走。"),
        ("", ""),
    ],
)
def test_a_first_word_is_small_inside_a_sentence_where_it_is_surely_no_name(text, inside):
    assert lower_start(text) == inside


@pytest.mark.parametrize(
    "name",
    [
        "the twins",
        "the two guards",
        "two old men",
        "the children",
        "Ann and Bo",
        "the guards at the gate",
        "both clerks",
        "les jumeaux",
        "Los vecinos",
        "gli amici",
        "zwei Wachen",
    ],
)
def test_names_of_several_are_plural(name):
    assert is_plural(name)


@pytest.mark.parametrize(
    "name",
    [
        "the princess",
        "James",
        "Mr. Jones",
        "the boss",
        "the walrus",
        "the keeper of keys",
        "the lens",
        "Bo",
        "米拉",
        "the man with two hats",
        "Iris",
        "die Köchin",
        "la factrice",
        "Lester",
        "Dora",
    ],
)
def test_names_of_one_are_not_plural(name):
    assert not is_plural(name)
