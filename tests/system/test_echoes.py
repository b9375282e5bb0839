"""Hosts that say our key back to us, or half a character: no word of it reaches a message, a note or a file."""

import asyncio
import json

import httpx
import pytest

from storyforge.model.clip import Job
from storyforge.model.messages import NOT_JSON, Answer, Refused
from storyforge.providers import find_provider
from storyforge.system.client import Client
from storyforge.system.secrets import Secrets

KEY, SECRET = "key/0123456789-abcdefghij", "secret-0123456789"
KEYS = {
    "RUNWARE_API_KEY": KEY, "WAVESPEED_API_KEY": KEY, "SCENARIO_SDK_API_KEY": KEY, "SCENARIO_SDK_API_SECRET": SECRET,
    "HIAPI_API_KEY": KEY, "JOYPIX_API_KEY": KEY,
}  # fmt: skip
HOSTS = ("runware", "wavespeed", "scenario", "hiapi", "joypix")
JOB = Job("wait", "x", "text-to-video", "A lamp.", (), None, 3, "720p", "16:9", (1280, 720), 24, 7, 1, {}, (), "en", {}, "f")  # fmt: skip


def shapes(words, number):
    """An answer in any of the hosts' shapes, with the same words wherever a host has words of its own."""
    error = {"code": words, "message": words, "taskUUID": number}
    task = {"status": words, "error": words, "taskUUID": number}
    job = {"job": {"jobId": "job-1", "status": words, "metadata": {"error": words}}}
    return {"errors": [error], "error": error, "message": words, "data": task, **job}


def talk(host, respond, number="job-1"):
    """Orders a clip and follows a job, with a host that answers as `respond` says; all that was said of it."""
    notes = []

    async def whole():
        provider = find_provider(host, {})
        transport = httpx.MockTransport(respond)

        polls = iter(range(8))

        async def sleep(_):
            if next(polls, None) is None:
                raise TimeoutError

        async with Client(
            provider.base_url, provider.authorization(KEYS), note=notes.append, transport=transport, sleep=sleep
        ) as client:
            order = provider.order(JOB)
            answer = await client.send(order)
            said = provider.read_order(answer, order)
            try:
                end = await client.talk(provider.collect(number))
            except TimeoutError:
                end = "it goes on"
        return answer, said, end

    return *asyncio.run(whole()), notes


@pytest.mark.parametrize("before", [0, 30, 490])
@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize("host", HOSTS)
def test_a_key_that_a_host_echoes_is_nowhere_also_where_words_are_cut(host, status, before):
    sent = []

    def respond(request):
        header = request.headers["authorization"]
        sent.append(header.partition(" ")[2])
        words = "x" * before + header + " is no key"
        number = json.loads(request.content)[0]["taskUUID"] if host == "runware" else "job-1"
        content = json.dumps(shapes(words, number)).encode()
        return httpx.Response(status, stream=httpx.ByteStream(content.replace(b"/", b"\\/")))

    answer, said, end, notes = talk(host, respond)
    told = repr((answer.body, answer.json, said, end, notes))
    for key in (*sent, KEY, SECRET):
        assert key[:8] not in told, told
    assert not isinstance(said, Refused) or said.words


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("host", HOSTS)
def test_half_a_character_is_one_that_can_be_written(host, status):
    def respond(request):
        number = json.loads(request.content)[0]["taskUUID"] if host == "runware" else "job-1"
        return httpx.Response(status, stream=httpx.ByteStream(json.dumps(shapes("no \ud800", number)).encode()))

    told = talk(host, respond)
    repr(told).encode()
    json.dumps(told[0].json, ensure_ascii=False).encode()
    assert "\ufffd" in str(told[0].json)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (rb'{"message": "\ud800"}', {"message": "\ufffd"}),
        (rb'{"\udfff": ["\uD83D", "\ud83d\ude00"]}', {"\ufffd": ["\ufffd", "\U0001f600"]}),
        (b'{"message": "\xed\xa0\x80"}', {"message": "\ufffd"}),
        ('{"message": "\ud800!"}'.encode("utf-16", "surrogatepass"), {"message": "\ufffd!"}),
        ('{"한": "한글", "n": 1.5}'.encode(), {"한": "한글", "n": 1.5}),
        (rb'{"message": "\\ud800"}', {"message": r"\ud800"}),
        (b"\xff", NOT_JSON),
    ],
)
def test_json_holds_no_halves_of_characters(body, said):
    assert Answer(200, {}, body).json == said


def test_bytes_are_redacted_in_each_way_that_a_key_is_written():
    secrets = Secrets()
    secrets.add("a/key+of=mine", "other")
    content = rb"a/key+of=mine a\/key+of=mine a%2Fkey%2Bof%3Dmine other"
    assert secrets.redact_bytes(content) == b"*** *** *** other"
    assert secrets.redact_bytes(b"\xff\x00a/key") == b"\xff\x00a/key"
