"""What every host must do in conversation. `wire/NAME/` holds what is said, step by step, written from the host's pages.

    order.json     an answer to an order, by case: a number, a refusal, or nothing (the answer is lost)
    collect.json   conversations that follow a job
    upload.json    conversations that bring a picture, where the host takes any
    find.json      conversations that look for an order, where the host can be asked: the jobs that are it, the oldest
                   first, and the list's fault, if it has any
    price.json     conversations that ask for a price, where the host tells one
    SOURCES.md     the pages

In a conversation `asks` holds each request (method, path, JSON) with the answer to it. Waits go unmentioned, but for the
`shares` that they tell.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from storyforge.model.capabilities import Mode
from storyforge.model.clip import Job
from storyforge.model.messages import (
    Answer,
    Filmless,
    Listing,
    Note,
    Placed,
    Ready,
    Recovery,
    Refused,
    Request,
    Step,
    Trace,
    Upload,
    Wait,
)
from storyforge.providers.base import Provider
from storyforge.providers.host import Host
from storyforge.providers.recovery import search_listing

from .forms import well_formed

WIRE = Path(__file__).parent / "wire"
SINCE = 1_795_262_400.0
"""2026-11-21T12:00:00Z."""
PIXELS = Upload("0" * 64 + ".png", "image/png", b"\x89PNG pixels")

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
KEY_NAMES = (
    "data", "errors", "error", "code", "message", "status", "taskUUID", "videoURL", "cost", "progress", "id", "job",
    "jobId", "metadata", "assetIds", "asset", "mimeType", "url", "urls", "get", "outputs", "output", "type", "taskId",
    "task_id", "video_url", "items", "jobs", "input", "created_at", "createdAt", "nextPaginationToken", "upload",
    "headers", "download_url", "parts", "entityId", "mediaUUID", "unit_price", "currency", "request", "total",
)  # fmt: skip
"""What hosts call what they say."""
SAID = (
    "success", "completed", "processing", "failed", "fail", "failure", "error", "imported", "video/mp4", "https://x.example",
    "conflictTaskUUID", "\ud800", "\x1b[2J", "", " ", "..", "7152f995-8a98-4e33-93fb-2498d743af1e", "USD",
)  # fmt: skip
NUMBERS = (0, 1, 200, 404, 1200, 5000, 10**400, float("nan"), float("inf"), True)
KEYS, WORDS = some.sampled_from(KEY_NAMES), some.sampled_from(SAID)
LIKELY = some.recursive(
    JSON | WORDS | some.sampled_from(NUMBERS),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)
BODIES = some.one_of(LIKELY.map(lambda value: json.dumps(value).encode()), some.binary(max_size=20))
STATUSES = (200, 200, 200, 200, 201, 204, 269, 302, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 503, 599)
ANSWERS = some.builds(Answer, some.sampled_from(STATUSES), some.just({}), BODIES)
HOSTILE = settings(
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],  # each host runs them, and none keeps anything between
)
SILENT = Answer(500, {}, b"")
NESTED = Answer(200, {}, b"[" * 200_000)


class Conversing:
    """Of every host."""

    provider: ClassVar[type[Provider]]
    mode: ClassVar[Mode] = "reference-to-video"
    hosted: ClassVar[Mapping[str, str]]

    @property
    def host(self) -> Host:
        return cast(type[Host], self.provider)()

    def job(self, mode: Mode, **changes: Any) -> Job:
        raise NotImplementedError

    def ordered(self) -> Request:
        return self.host.order(self.job(self.mode), self.hosted)

    # what the host says of itself

    def test_it_says_how_it_is_to_be_treated(self) -> None:
        host = self.host
        assert host.recovery in Recovery
        assert 429 in host.early_refusals
        assert host.early_refusals <= {429, 503}
        assert host.recovery is Recovery.SAME or 503 not in host.early_refusals, "a 503 may hide an accepted order"
        assert host.at_once >= 1
        assert host.pictures in ("upload", "inline", "address")
        assert (host.inline_bytes > 0) is (host.pictures == "inline")
        assert wire(host.name).keys() >= {"order", "collect"}
        assert ("find" in wire(host.name)) is (host.recovery is not Recovery.ASK)
        assert (host.id_seconds is not None) is (host.recovery is Recovery.SAME)
        assert ("upload" in wire(host.name)) is (host.pictures != "address")
        assert (WIRE / host.name / "SOURCES.md").read_text(encoding="utf-8").count("https://") >= 1

    def test_what_it_has_not_is_a_mistake_to_ask_for(self) -> None:
        host = self.host
        if host.pictures == "address":
            with pytest.raises(TypeError):
                host.upload(PIXELS)
        if host.recovery is Recovery.ASK:
            with pytest.raises(TypeError):
                host.find(self.ordered())

    # orders

    def test_answers_to_an_order(self) -> None:
        cases = wire(self.provider.name)["order"]
        ends = set()
        for name, case in cases.items():
            read = self.host.read_order(answer_of(case), self.ordered())
            assert described(read) == case["end"], name
            ends.add(type(read))
        assert ends == {str, Refused, type(None)}

    def test_what_is_neither_yes_nor_no_is_a_lost_answer(self) -> None:
        bodies: list[Any] = [None, [], {}, "text", 7, True, {"data": None}, {"data": []}, {"data": {}}, {"job": []}]
        for status in (200, 201, 302, 408, 500, 502, 504, 599):
            for body in bodies:
                answer = Answer(status, {}, json.dumps(body).encode())
                assert self.host.read_order(answer, self.ordered()) is None, (status, body)
            assert self.host.read_order(Answer(status, {}, b"<html>"), self.ordered()) is None

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(400, "invalid"), (401, "credentials"), (402, "credit"), (403, "credentials"), (404, "invalid"), (413, "invalid"),
         (422, "invalid"), (429, "limit")],
    )  # fmt: skip
    def test_a_refusal_is_known_by_its_status_even_without_words(self, status: int, reason: str) -> None:
        for body in (b"", b"<html>no</html>", b"{}", b"[]", b'{"message": 7}'):
            read = self.host.read_order(Answer(status, {}, body), self.ordered())
            assert read == Refused(reason, f"HTTP {status}"), body  # type: ignore[arg-type]  # the reasons of the table

    def test_a_503_is_early_only_where_the_order_can_be_sent_again(self) -> None:
        read = self.host.read_order(Answer(503, {}, b"{}"), self.ordered())
        assert read == (Refused("limit", "HTTP 503") if 503 in self.host.early_refusals else None)

    # conversations

    def test_conversations_go_as_written_down(self) -> None:
        for kind in ("collect", "upload", "find", "price"):
            for name, case in wire(self.provider.name).get(kind, {}).items():
                heard = converse(self.begin(kind, case), case["asks"], self.host.base_url, f"{kind}: {name}")
                end = self.found(heard.end) if isinstance(heard.end, Listing) else heard.end
                assert end == case["end"], f"{kind}: {name}"
                assert getattr(heard.end, "fault", None) == case.get("fault"), f"{kind}: {name}"
                assert heard.notes == case.get("notes", []), f"{kind}: {name}"
                if "shares" in case:
                    assert [wait.share for wait in heard.waits] == case["shares"], f"{kind}: {name}"
                assert heard.calm, f"{kind}: {name}: two polls without a wait"

    def found(self, listing: Listing) -> list[str]:
        """The jobs of a list that are the order, as they are found one after the other."""
        found: list[str] = []
        while job_id := search_listing(listing, self.ordered().json, found, Trace()).job_id:
            found.append(job_id)
        return found

    def begin(self, kind: str, case: Mapping[str, Any]) -> Generator[Step, Answer | None, Any]:
        match kind:
            case "collect":
                return self.host.collect(case.get("number", "n-1"))
            case "upload":
                return self.host.upload(replace(PIXELS, content=PIXELS.content * case.get("times", 1)))
            case "find":
                return self.host.find(self.ordered())
            case _:
                return self.host.price(self.ordered())

    def test_a_dead_host_ends_what_can_be_begun_again_and_nothing_else(self) -> None:
        """A job that is paid for is never given up because nobody answers."""
        for kind in ("upload", "find", "price"):
            if kind in wire(self.provider.name):
                asked = [step for step in play(self.begin(kind, {}), [SILENT] * 300)[0] if isinstance(step, Request)]
                assert 1 <= len(asked) < 10, kind
        for answer in (SILENT, Answer(429, {}, b"{}"), Answer(200, {}, b"<html>"), Answer(400, {}, b"")):
            steps, _ = play(self.host.collect("n-1"), [answer] * 300)
            assert sum(isinstance(step, Request) for step in steps) == 301, answer

    def test_a_key_that_is_no_longer_taken_ends_polling_at_once(self) -> None:
        for status in (401, 403):
            steps, end = play(self.host.collect("n-1"), [Answer(status, {}, b'{"message": "who are you"}')])
            assert end == Refused("credentials", "who are you")
            assert len(steps) == 1

    def test_a_job_that_nobody_knows_is_given_up_after_a_while_only(self) -> None:
        steps, end = play(self.host.collect("n-1"), [Answer(404, {}, b"{}")] * 100)
        assert end == Refused("fault", "HTTP 404")
        assert 10 <= sum(isinstance(step, Wait) for step in steps) + 1 <= 60

    def test_a_number_is_one_step_of_an_address_whatever_is_in_it(self) -> None:
        request = next(self.host.collect("../a?b=c#d/é"))
        assert isinstance(request, Request)
        assert not set("?#é") & set(request.url)
        assert "/../" not in request.url

    # what is done and has no film

    def test_a_job_that_is_called_done_has_not_failed_though_its_film_is_not_found(self) -> None:
        ends = [case["end"] for case in wire(self.provider.name)["collect"].values()]
        assert any("filmless" in end for end in ends if isinstance(end, dict))

    # hostile answers

    @settings(HOSTILE, max_examples=150)
    @given(answer=ANSWERS)
    def test_no_answer_to_an_order_makes_it_stumble(self, answer: Answer) -> None:
        read = self.host.read_order(answer, self.ordered())
        assert well_formed(read)

    @settings(HOSTILE, max_examples=100)
    @given(answers=some.lists(ANSWERS, max_size=8))
    def test_no_answer_makes_a_conversation_stumble(self, answers: list[Answer]) -> None:
        for kind in ("collect", "upload", "find", "price"):
            if kind in ("collect", "price") or kind in wire(self.provider.name):
                talk = self.begin(kind, {"number": "7152f995-8a98-4e33-93fb-2498d743af1e"})
                steps, end = play(talk, [*answers, NESTED])
                assert all(map(well_formed, [*steps, end]))

    @settings(HOSTILE, max_examples=60)
    @given(body=BODIES, stamp=some.text(max_size=12), signature=some.text(max_size=80))
    def test_no_call_from_outside_makes_it_stumble(self, body: bytes, stamp: str, signature: str) -> None:
        headers = dict.fromkeys(("webhook-id", "webhook-timestamp", "x-hiapi-timestamp"), stamp)
        headers |= {"webhook-signature": f"v3,{signature}", "x-hiapi-signature": signature}
        for secret in (None, "whsec_s", "s"):
            assert well_formed(self.host.read_callback(headers, body, secret, SINCE))

    # secrets

    def test_the_key_goes_nowhere_but_into_its_header(self) -> None:
        keys = {name: f" sekret-{number}\n" for number, name in enumerate(self.provider.settings)}
        headers = self.host.authorization(keys)
        assert headers.keys() == {"Authorization"}
        assert "\n" not in headers["Authorization"]
        for request in self.everything_asked():
            assert "sekret" not in repr(request)
            assert not {"authorization", "cookie"} & {name.lower() for name in request.headers}

    def test_the_key_goes_to_the_host_only(self) -> None:
        for request in self.everything_asked():
            assert request.keyed is request.url.startswith(self.host.base_url), request.url

    def test_a_base_address_redirects_every_conversation(self) -> None:
        elsewhere = cast(type[Host], self.provider)("http://127.0.0.1:8765/there")
        request = next(elsewhere.collect("n-1"))
        assert isinstance(request, Request)
        assert request.url.startswith("http://127.0.0.1:8765/there")

    def everything_asked(self) -> Iterator[Request]:
        yield self.ordered()
        yield self.host.with_callback(self.ordered(), "https://here.example/calls")
        for kind in ("collect", "upload", "find", "price"):
            for name, case in wire(self.provider.name).get(kind, {}).items():
                yield from converse(self.begin(kind, case), case["asks"], self.host.base_url, name).requests


@cache
def wire(name: str) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((WIRE / name).glob("*.json"))}


def answer_of(case: Mapping[str, Any]) -> Answer:
    body = case["text"].encode() if "text" in case else json.dumps(case["json"]).encode()
    return Answer(case.get("status", 200), {}, body)


class Heard:
    """A conversation that is over."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.waits: list[Wait] = []
        self.notes: list[str] = []
        self.calm = True
        self.end: Any = None


def converse(talk: Generator[Step, Answer | None, Any], asks: list[dict[str, Any]], base: str, name: str) -> Heard:
    """Plays the host's part as it is written."""
    heard = Heard()
    given_back: Answer | None = None
    queue = [one for ask in asks for one in [ask] * ask.get("times", 1)]
    waited = True
    try:
        while True:
            step = talk.send(given_back)
            given_back = None
            match step:
                case Request():
                    assert queue, f"{name}: asks {step.url} after the end"
                    ask = queue.pop(0)
                    assert said_of(step, base) == ask["ask"], name
                    heard.calm &= waited or step != heard.requests[-1]
                    heard.requests.append(step)
                    waited, given_back = False, answer_of(ask)
                case Wait():
                    heard.waits.append(step)
                    waited = True
                case Note():
                    heard.notes.append(step.text)
    except StopIteration as stop:
        heard.end = described(stop.value)
    assert not queue, f"{name}: ends before {queue[0]['ask']}"
    return heard


def said_of(request: Request, base: str) -> list[Any]:
    """Method, path, then the JSON or the number of bytes where there are any; ids that are random are blotted out."""
    path = request.url.removeprefix(base)
    body: Any = request.json
    if isinstance(body, list) and body[0]["taskType"] == "mediaStorage":
        body = [{**body[0], "taskUUID": "ANY"}]
    extra = [body] if body is not None else [len(request.content)] if request.content is not None else []
    return [request.method, path, *extra, *([dict(request.headers)] if request.headers else [])]


def described(end: Any) -> Any:
    match end:
        case Ready():
            return {"ready": end.url} | ({"usd": end.usd} if end.usd is not None else {})
        case Refused():
            return {"refused": end.reason, "words": end.words}
        case Placed():
            return {"placed": end.address, "seconds": end.seconds}
        case Filmless():
            return {"filmless": end.words}
        case _:
            return end


def play(talk: Generator[Step, Answer | None, Any], answers: list[Answer]) -> tuple[list[Step], Any]:
    """The steps, and the end; None where the answers run out first."""
    steps: list[Step] = []
    given_back: Answer | None = None
    queue = iter(answers)
    try:
        while True:
            steps.append(talk.send(given_back))
            given_back = None
            if isinstance(steps[-1], Request):
                given_back = next(queue)
    except StopIteration as stop:
        return steps, stop.value
