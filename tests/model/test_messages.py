"""What is said between StoryForge and a host: plain values that never raise, whatever a host says."""

from dataclasses import FrozenInstanceError

import pytest

from storyforge.model.messages import NOT_JSON, Answer, Ready, Recovery, Request


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": [1, "\xc3\xa9"]}', {"a": [1, "é"]}),
        (b"null", None),
        (b"[]", []),
        (b"", NOT_JSON),
        (b"<html>", NOT_JSON),
        (b'{"a": ', NOT_JSON),
        (b"\xff\xfe\xfa", NOT_JSON),
        (b"[" * 200_000, NOT_JSON),
    ],
)
def test_an_answer_is_read_as_json_or_as_none(body, said):
    assert Answer(200, {}, body).json == said


def test_a_null_is_something_that_was_said():
    assert Answer(200, {}, b"null").json is not NOT_JSON


def test_what_is_said_does_not_change():
    for value, name in ((Request("GET", "https://host.example"), "url"), (Ready("https://host.example"), "usd")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "other")


def test_a_request_carries_the_key_unless_it_says_so():
    assert Request("GET", "https://host.example").keyed


def test_there_are_three_ways_to_find_a_lost_order_again():
    assert [one.name for one in Recovery] == ["SAME", "FIND", "ASK"]
