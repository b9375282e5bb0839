"""How an order came out, in words: what happened, that nothing was paid twice, and what can be done."""

from __future__ import annotations

import pytest

from storyforge.model.errors import CredentialsError, HostError
from storyforge.model.messages import Refused
from storyforge.rendering import verdicts

from .staging import Fake


@pytest.mark.parametrize(
    ("reason", "words", "hint", "code"),
    [
        ("credentials", "Fake does not accept the key: no", "see to FAKE_API_KEY", 5),
        ("credit", "Fake wants money: no", "top up the account, then run again", 1),
        ("moderation", "Fake refused this clip for its content: no", "change the clip, or `--retry`", 1),
        ("invalid", "Fake refused this clip: no", "change the clip, or `--retry`", 1),
        ("limit", "Fake takes no more now: no", "run again later", 1),
        ("fault", "Fake failed: no", "run again to repeat the order", 1),
        ("transient", "Fake failed: no", "run again to repeat the order", 1),
    ],
)
def test_a_no_is_told_in_the_hosts_words_with_what_can_be_done(reason, words, hint, code):
    told = verdicts.say_refused(Fake(), Refused(reason, "no"))
    assert (str(told), told.hint, told.exit_code) == (words, hint, code)


def test_what_nobody_knows_names_the_clip_the_reason_and_the_command():
    told = verdicts.say_unknown("a", Fake(), "HTTP 500")
    assert "accepted the order of `a`, so it is not sent again (HTTP 500)" in str(told)
    assert "storyforge resolve FILE a --lost" in told.hint
    assert str(verdicts.say_unknown("a", Fake())).endswith("so it is not sent again")


def test_a_job_without_a_film_is_named_with_the_file_that_has_the_answer():
    told = verdicts.say_filmless("a", Fake(), "job-1", "no address", "answers/fake-job-1.json")
    assert str(told) == (
        "Fake calls job job-1 of `a` done, but its film is not to be had: no address; its answer is kept in"
        " answers/fake-job-1.json: send it with a report"
    )
    assert "`storyforge resolve FILE a --give-up`" in told.hint
    assert str(verdicts.say_filmless("a", Fake(), "job-1", "no address", None)).endswith("no address")


def test_every_other_verdict_names_what_can_be_done():
    others = {
        verdicts.say_absent("a", Fake()): HostError,
        verdicts.say_unapproved("a"): HostError,
        verdicts.say_no_longer("a", Fake(), "job-1", "HTTP 404"): HostError,
        verdicts.say_elsewhere("a", Fake()): HostError,
        verdicts.say_out_of_reach(Fake(), "no route"): CredentialsError,
        verdicts.say_silent(Fake()): HostError,
    }
    for told, kind in others.items():
        assert type(told) is kind
        assert told.hint
