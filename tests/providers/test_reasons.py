"""What a failure's words and codes mean, where the hosts' own clients tell it."""

import json

import pytest

from storyforge.model.clip import Job
from storyforge.model.messages import Answer, Refused, Request
from storyforge.providers.runware import Runware
from storyforge.providers.wavespeed import WaveSpeed

JOB = Job("wait", "x", "text-to-video", "A lamp.", (), None, 3, "720p", "16:9", (1280, 720), 24, 7, 1, {}, (), "en", {}, "f")  # fmt: skip


def end(host, said, status=200):
    """How a job came out by the first answer to a poll."""
    conversation, answer = host.collect("job-1"), None
    try:
        while True:
            step = conversation.send(answer)
            answer = Answer(status, {}, json.dumps(said).encode()) if isinstance(step, Request) else None
    except StopIteration as over:
        return over.value


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        ("upstream answered HTTP 503", None, "transient"),
        ("upstream answered HTTP 429: too many", None, "transient"),
        ("task failed: HTTP 500", 1403, "transient"),
        ("http 502 from the model", 1405, "transient"),
        ("upstream answered HTTP 404", None, "fault"),
        ("HTTP 5", None, "fault"),
        ("the picture HTTP 5030", 1403, "fault"),
        ("the picture could not be fetched: HTTP 503", 1402, "invalid"),
        ("HTTP 503", 1200, "moderation"),
        ("flagged by moderation, HTTP 503", None, "moderation"),
    ],
)
def test_a_task_of_wavespeed_that_failed_for_a_moment_may_be_ordered_anew(words, code, reason):
    data = {"id": "job-1", "status": "failed", "error": words} | ({"code": code} if code else {})
    found = end(WaveSpeed(), {"code": 200, "message": "success", "data": data})
    assert (type(found), found.reason) == (Refused, reason)


CODES = {
    "duplicateMediaName": "invalid", "maxDurationExceeded": "invalid", "maxPromptLength": "invalid",
    "unknownParameter": "invalid", "incompatibleParameters": "invalid", "mismatchProviderSettingsProvider": "invalid",
    "unknownProviderSettingsProvider": "invalid", "transparentModelMismatch": "invalid",
    "modelOwnershipValidationError": "invalid", "modelAlreadyExists": "invalid", "validationFailed": "invalid",
    "environmentPaused": "credit", "outOfCredits": "credit", "quotaExceeded": "credit", "lowBalance": "credit",
    "maxConcurrentTasks": "limit", "inferenceError": "transient", "somethingElse": "fault",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_the_classes_of_runwares_client_hold_within_an_answer_that_looks_fine(code):
    host = Runware()
    order = host.order(JOB)
    number = order.json[0]["taskUUID"]
    error = {"code": code, "message": "no", "taskUUID": number}
    answer = Answer(200, {}, json.dumps({"errors": [error]}).encode())
    said = host.read_order(answer, order)
    assert (type(said), said.reason) == (Refused, CODES[code])


@pytest.mark.parametrize("code", ["conflictTaskUUID", "duplicateTaskUUID"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_task_that_runware_has_already_is_accepted(code, status):
    host = Runware()
    order = host.order(JOB)
    number = order.json[0]["taskUUID"]
    body = {"errors": [{"code": code, "message": "used before", "taskUUID": number}]}
    assert host.read_order(Answer(status, {}, json.dumps(body).encode()), order) == number
