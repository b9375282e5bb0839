"""Callbacks: to whom, with what, and signed how; the signatures are computed here again."""

import hashlib
import hmac
import time

import pytest

from .asking import TEXT, Receiver, job_id

SECRET = "very-secret-words"


def order(ask, host, url):
    """Order with a callback; gives the job's id."""
    match host:
        case "runware":
            return ask.ordered(host, [TEXT[host][0] | {"webhookURL": f"{url}?token=mine"}])
        case "wavespeed":
            return job_id(host, ask.order(host, params={"webhook": url}).json())
        case "scenario":
            body = {"url": url, "enabledEvents": ["generation.completed", "generation.failed"]}
            assert "secret" in ask.send(host, "POST", "/projects/p/webhook-endpoints", body).json()["webhookEndpoint"]
            return ask.ordered(host)
    return ask.ordered(host, TEXT[host] | {"callback": {"url": url, "when": "final"}})


def test_runware_sends_the_bare_result(ask, receiver):
    job = order(ask, "runware", receiver.url)
    headers, _, body = receiver.wait()[0]
    assert (body["taskUUID"], body["taskType"], body["status"]) == (job, "videoInference", "success")
    assert ask.http.get(body["videoURL"]).status_code == 200
    assert not [name for name in headers if "signature" in name.lower()]


def test_runware_sends_one_callback_for_each_result(ask, receiver):
    ask.ordered("runware", [TEXT["runware"][0] | {"webhookURL": receiver.url, "numberResults": 2}])
    assert len({body["videoUUID"] for _, _, body in receiver.wait(2)}) == 2


def test_wavespeed_signs_id_time_and_body_with_its_secret(ask, receiver):
    job = order(ask, "wavespeed", receiver.url)
    headers, content, body = receiver.wait()[0]
    assert (body["id"], body["status"], body["input"]) == (job, "completed", TEXT["wavespeed"])
    told = ask.send("wavespeed", "GET", "/api/v3/webhook/secret").json()["data"]["secret"]
    assert told == f"whsec_{SECRET}"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    assert headers["webhook-signature"] == "v3," + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_hiapi_signs_time_and_body_with_its_secret(ask, receiver):
    job = order(ask, "hiapi", receiver.url)
    headers, content, body = receiver.wait()[0]
    assert (body["taskId"], body["status"]) == (job, "success")
    signed = headers["X-HiAPI-Timestamp"].encode() + b"." + content
    digest = hmac.new(f"whsec_{SECRET}".encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-HiAPI-Signature"] == digest


def test_scenario_calls_the_endpoints_that_asked_for_the_event(ask, emulator, receiver):
    with Receiver() as other:
        body = {"url": other.url, "enabledEvents": ["*"]}
        ask.send("scenario", "POST", "/projects/p/webhook-endpoints", body)
        job = order(ask, "scenario", receiver.url)
        assert [body["type"] for _, _, body in other.wait(2)] == ["generation.created", "generation.completed"]
    assert [body["data"]["job"]["jobId"] for _, _, body in receiver.wait()] == [job]
    told = ask.send("scenario", "GET", "/projects/p/webhook-endpoints").json()["webhookEndpoints"]
    assert (len(told), [one for one in told if "secret" in one]) == (2, [])


@pytest.mark.parametrize("host", ["runware", "wavespeed", "scenario", "hiapi"])
def test_a_failed_job_is_called_back_as_failed(ask, emulator, receiver, host):
    emulator.faults("failed-job")
    order(ask, host, receiver.url)
    body = receiver.wait()[0][2]
    words = {"runware": "invalidProviderInput", "wavespeed": "failed", "scenario": "generation.failed", "hiapi": "fail"}
    assert body[{"runware": "code", "scenario": "type"}.get(host, "status")] == words[host]


def test_a_callback_that_nobody_takes_is_sent_again(ask, emulator):
    with Receiver(refuse=2) as receiver:
        order(ask, "wavespeed", receiver.url)
        received = receiver.wait(3)
    assert len({headers["webhook-id"] for headers, _, _ in received}) == 1
    assert [one["status"] for one in emulator.callbacks()][:2] == [500, 500]


def test_no_callback_leaves_this_machine(ask, emulator):
    ask.wait("hiapi", order(ask, "hiapi", "https://hooks.example/cb"))
    until = time.monotonic() + 5
    while (
        not (gone := [one for one in emulator.callbacks() if "hooks.example" in one["url"]])
        and time.monotonic() < until
    ):
        time.sleep(0.01)
    assert [one["status"] for one in gone] == [None]
