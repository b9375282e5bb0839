import json

import pytest
from hypothesis import given, settings

from storyforge.model.messages import Answer
from storyforge.providers.answers import (
    LONGEST_WORDS,
    address_at,
    at,
    classify_refusal,
    clean,
    holds,
    host_message,
    moment,
    number_at,
    read_failure,
    read_status,
    share_at,
    usd_at,
    whole_at,
)

from .forms import well_formed
from .talk import JSON, LIKELY, SINCE


def test_a_path_that_leads_nowhere_is_nothing() -> None:
    said = {"a": [{"b": 1}], "c": "text"}
    assert at(said, "a", 0, "b") == 1
    for path in (("a", 1), ("a", "b"), ("c", 0), ("c", "d"), ("x", "y"), (0,)):
        assert at(said, *path) is None


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (401, "content policy", "credentials"),
        (402, "anything", "credit"),
        (429, "anything", "limit"),
        (403, "your plan has no access", "credentials"),
        (403, "blocked by content moderation", "moderation"),
        (403, "insufficient balance", "credit"),
        (400, "Input data may contain inappropriate content.", "moderation"),
        (400, "DataInspectionFailed", "moderation"),
        (400, "the prompt violates our usage guidelines", "moderation"),
        (400, "sensitive words", "moderation"),
        (400, "the field is case-sensitive", "invalid"),
        (400, "`safety.mode` is not known", "invalid"),
        (400, "violates the schema", "invalid"),
        (400, "blocked parameter", "invalid"),
        (400, "not enough credits", "credit"),
        (400, "techno balance", "invalid"),
        (400, "InsufficientQuota", "credit"),
        (404, "", "invalid"),
        (408, "content policy", None),
        (500, "insufficient balance", None),
        (503, "moderation", None),
        (200, "invalid api key", "credentials"),
        (200, "Too Many Requests", "limit"),
        (200, "parallel tasks limit exceeded", "limit"),
        (200, "success", None),
        (200, "", None),
        (302, "", None),
    ],
)
def test_reasons(status: int, words: str, reason: str | None) -> None:
    assert classify_refusal(status, words) == reason


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"message": "a", "error": {"message": "a", "code": "B"}}, "a; B"),
        ({"errors": ["a", {"detail": "b"}]}, "a; b"),
        ("a", "a"),
        ([{"msg": "a"}], "a"),
        ({"error": {"error": {"error": {"error": {"error": "too deep"}}}}}, ""),
        ({"message": 7, "other": "x"}, ""),
        ({"message": "a\n\x1b[31mb\u202ec\ud800"}, "a [31mb c"),
        (None, ""),
    ],
)
def test_words(said: object, words: str) -> None:
    assert host_message(said) == words


def test_words_are_never_long() -> None:
    assert len(host_message({"message": "x" * 10**6})) == LONGEST_WORDS
    assert clean("x" * 600).endswith("…")
    assert clean("x" * LONGEST_WORDS) == "x" * LONGEST_WORDS


def test_the_words_of_a_failure_tell_content_from_all_else() -> None:
    assert read_failure("transient", "flagged").reason == "moderation"
    assert read_failure("transient", "late").reason == "transient"
    assert read_failure("fault", "").words == "the host gives no reason"


@pytest.mark.parametrize("number", ["", " ", ".", "..", "a\nb", "\ud800", "x" * 256, 7, None, ["a"], True])
def test_what_is_no_number_of_a_job(number: object) -> None:
    assert number_at({"id": number}, "id") is None


@pytest.mark.parametrize("address", ["", "a b", "https://x.example/\n", "\ud800", 7, None, ["https://x.example"]])
def test_what_is_no_address(address: object) -> None:
    assert address_at(address) is None


def test_numbers_of_all_kinds() -> None:
    assert share_at(50, 100) == 0.5
    odd: tuple[object, ...] = (-1, 10**6, float("nan"), float("inf"), 10**400, True, "50", None)
    for value in odd:
        assert share_at(value, 100) is None
        assert usd_at(value) is None
    assert usd_at(1.5) == 1.5
    assert whole_at(True) is whole_at(1.0) is None


def test_an_answer_that_pretends_to_be_well() -> None:
    for http, code, status in ((200, 404, 404), (200, 200, 200), (200, 7, 200), (200, "404", 200), (500, 404, 500)):
        assert read_status(Answer(http, {}, b""), {"code": code}) == status


@settings(database=None, deadline=None)
@given(ours=JSON, more=LIKELY)
def test_what_a_host_adds_changes_nothing_and_what_it_lacks_does(ours: object, more: object) -> None:
    if json.dumps(ours).count("NaN"):
        return
    assert holds(ours, ours)
    assert holds({"ours": ours, "added": more}, {"ours": ours})
    assert not holds({"added": more}, {"ours": ours})
    assert not holds([ours], [ours, ours])
    assert well_formed(host_message(more)) or host_message(more) == ""


def test_true_is_not_one() -> None:
    assert not holds(True, 1)
    assert not holds(1, True)
    assert not holds({"a": [False]}, {"a": [0]})
    assert holds(8.0, 8)


def test_times() -> None:
    assert moment("2026-11-21T12:00:00.000Z") == SINCE
    assert moment("2026-11-21T12:00:00") == SINCE
    assert moment("2026-11-21T13:00:00+01:00") == SINCE
    odd: tuple[object, ...] = ("", "soon", 7, None, [], {})
    for value in odd:
        assert moment(value) is None
