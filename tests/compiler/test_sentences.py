"""The action of a long shot is parted at its sentences, and shared out in order, none twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyforge.compiler.sentences import share_sentences, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("She walks. She stops.", ["She walks. ", "She stops."]),
        ("He waits... and goes! “Why?” He is gone", ["He waits... and goes! ", "“Why?” ", "He is gone"]),
        ("Mr. Jones meets J. Smith at St. Mary. They talk.", ["Mr. Jones meets J. Smith at St. Mary. ", "They talk."]),
        ("A 3.5 mm film. @mira.storm waits.", ["A 3.5 mm film. ", "@mira.storm waits."]),
        ("她走了。他停下！「走。」", ["她走了。", "他停下！", "「走。」"]),
        ("one", ["one"]),
    ],
)
def test_a_text_is_parted_at_its_sentences(text, sentences):
    assert split_sentences(text) == sentences


@given(st.text(alphabet='aB .!?。「」"@\n', max_size=60))
def test_sentences_joined_are_the_text(text):
    assert "".join(split_sentences(text)) == " ".join(text.split())


def test_sentences_are_shared_by_their_length_and_the_length_of_the_parts():
    walk = "@sabine walks the stone path. She touches a fern, straightens a label and walks on. She lifts the light."
    assert share_sentences(walk, [12, 12]) == [
        "@sabine walks the stone path.",
        "She touches a fern, straightens a label and walks on. She lifts the light.",
    ]
    assert share_sentences("One. Two. Three. Four.", [15, 15]) == ["One. Two.", "Three. Four."]
    assert share_sentences("A long first sentence that takes all. Go. No.", [5, 5, 5])[1:] == ["Go.", "No."]


def test_of_fewer_sentences_than_parts_each_part_has_all():
    assert share_sentences("She walks. She stops.", [15, 15, 15]) == ["She walks. She stops."] * 3


@given(
    st.lists(
        st.sampled_from(["She goes.", "Rain falls on the roof.", "她走了。", "Why?", "No!"]), min_size=1, max_size=12
    ),
    st.lists(st.integers(3, 15), min_size=2, max_size=6),
)
def test_every_part_has_a_sentence_and_all_of_them_are_the_action(sentences, seconds):
    action = " ".join(sentences)
    shared = share_sentences(action, seconds)
    assert len(shared) == len(seconds)
    if len(sentences) < len(seconds):
        assert shared == [action] * len(seconds)
    else:
        assert all(shared)
        assert " ".join(shared) == action
