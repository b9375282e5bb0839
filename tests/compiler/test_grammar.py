"""Phrases lose their full stops, sentences keep theirs, and articles go where they belong."""

import pytest

from storyforge.compiler.grammar import (
    add_article,
    end_sentence,
    is_sentence_start,
    join_list,
    start_sentence,
    tidy_phrase,
)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("wide establishing shot", "a wide establishing shot"),
        ("over-the-shoulder shot", "an over-the-shoulder shot"),
        ("Extreme close-up", "an extreme close-up"),
        ("insert on the whistle", "an insert on the whistle"),
        ("low angle, looking up", "a low angle, looking up"),
        ("the same view", "the same view"),
        ("slow push-in", "a slow push-in"),
        ("close on the lens", None),
        ("全景", None),
        ("POV", None),
    ],
)
def test_a_view_gets_its_article_only_where_it_is_a_plain_phrase(view, said):
    assert add_article(view) == said


def test_phrases_lose_and_sentences_keep_their_full_stop():
    assert [tidy_phrase(text) for text in ("a clock.", "rain,", "wait...", " two\n lines ")] == [
        "a clock",
        "rain",
        "wait...",
        "two lines",
    ]
    assert [end_sentence(text) for text in ("Go", "Go!", "“Go.”", "走。", "Go,")] == [
        "Go.",
        "Go!",
        "“Go.”",
        "走。",
        "Go.",
    ]
    assert [join_list(items) for items in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


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
