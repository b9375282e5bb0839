"""Every line of the hosts' tables of calls, broken in each way once, and held against the recorded requests."""

import json
import re
from pathlib import Path

import pytest

from storyforge.emulator.app import HOSTS
from storyforge.emulator.calls import check_request

from .asking import Asking

RECORDINGS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parents[1] / "clients" / "recordings").glob("*.json")
}
LINES = {f"{host.name} {call.method} {call.path or '/'}": (host, call) for host in HOSTS for call in host.calls}
PARAMETERS = re.compile(r"\{(\w+)(:int)?\}")
TYPES = {"json": "application/json", "form": "multipart/form-data; boundary=x", "bytes": "image/png"}


def address(host, call):
    """The path of a call after the host's name, with a 1 for each parameter."""
    return host.version + PARAMETERS.sub("1", call.path)


@pytest.fixture
def send(emulator):
    """Sends a request of a call as its line demands, with changes; None takes a header out."""

    def send(host, call, method=None, slash="", query=None, body=None, length=True, **changes):
        keys = {"bearer": "Bearer key-1", "bearer or task": "Bearer key-1", "basic": "Basic a2V5OnNlY3JldA=="}
        headers = {"authorization": keys.get(call.key), "content-type": TYPES.get(call.body)}
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        content = (b"{}" if call.body != "none" else b"") if body is None else body
        with Asking(emulator, "") as ask:
            return ask.http.request(
                method or call.method,
                f"{emulator.url}/{host.name}{address(host, call)}{slash}",
                headers={name: value for name, value in headers.items() if value},
                params=query,
                content=content if length else iter([content]),  # an iterator is sent in chunks
            )

    return send


CLOSED = (401, 404, 405, 406, 411, 415)


@pytest.mark.parametrize(("host", "call"), LINES.values(), ids=LINES)
def test_a_request_that_a_line_allows_reaches_the_host(send, host, call):
    answer = send(host, call)
    assert answer.status_code not in {*CLOSED} - {404}, answer.text
    assert "the emulator has nothing" not in answer.text


def breaks(call):
    """Each way to break a request of a call, by name: what is sent in place of it, and the status of the answer."""
    yield "another method", {"method": "PATCH"}, 405
    yield "a slash at the end", {"slash": "/"}, 404
    yield "an Accept without JSON", {"accept": "text/html"}, 406
    yield "an unknown query parameter", {"query": {"debug": "1"}}, 400
    if call.key == "none":
        yield "a key", {"authorization": "Bearer key-1"}, 400
    else:
        other = "Bearer key-1" if call.key == "basic" else "Basic a2V5OnNlY3JldA=="
        yield "the key in another form", {"authorization": other}, 401
        yield "the key without its form", {"authorization": "key-1"}, 401
        yield (
            "the form in lower case",
            {"authorization": "bearer key-1" if call.key != "basic" else "basic a2V5OnM="},
            401,
        )
    if call.key in ("bearer", "basic"):
        yield "no key", {"authorization": None}, 401
    if call.body == "none":
        yield "a body", {"body": b"{}"}, 400
        yield "a body in chunks", {"body": b"{}", "length": False}, 400
    else:
        yield "no length", {"length": False}, 411
    if call.body in ("json", "form"):
        yield "no type", {"content_type": None}, 415
        yield "another type", {"content_type": "application/x-www-form-urlencoded"}, 415
        yield "text", {"content_type": "text/plain"}, 415


BREAKS = {
    f"{line}, {name}": (host, call, changes, status)
    for line, (host, call) in LINES.items()
    for name, changes, status in breaks(call)
}


@pytest.mark.parametrize(("host", "call", "changes", "status"), BREAKS.values(), ids=BREAKS)
def test_a_request_that_breaks_a_line_is_refused(send, emulator, host, call, changes, status):
    answer = send(host, call, **changes)
    assert answer.status_code == status, answer.text
    assert not emulator.orders()


def test_head_is_not_get(send):
    host, call = LINES["hiapi GET /tasks"]
    assert send(host, call, method="HEAD").status_code == 405


def matches(host, call, request):
    pattern = "".join(
        re.escape(part) if number % 3 == 0 else "[^/]+" if number % 3 == 1 else ""
        for number, part in enumerate(PARAMETERS.split(host.version + call.path))
    )
    return call.method == request["method"] and re.fullmatch(pattern, request["path"]) is not None


def recorded(host):
    kept = RECORDINGS.get(host.name, {"conversations": {}})
    return [request for requests in kept["conversations"].values() for request in requests]


def line_of(host, request):
    """The line whose path has the fewest parameters among those that fit, as the server itself finds it."""
    return next(call for call in host.calls if matches(host, call, request))


@pytest.mark.parametrize("host", HOSTS, ids=[host.name for host in HOSTS])
def test_every_recorded_request_of_a_client_is_what_its_line_demands(host):
    for request in recorded(host):
        call = line_of(host, request)
        lengths = {"content-length": "1"} if request["body"] else {}
        check_request(call, request["headers"] | lengths, request["query"])
        kind = None if request["body"] is None else next(iter(request["body"]))
        assert kind == {"none": None, "json": "json", "bytes": "bytes"}[call.body]


@pytest.mark.parametrize(("host", "call"), LINES.values(), ids=LINES)
def test_every_line_has_its_source(host, call):
    if call.source.startswith("https://"):
        return
    client, version = call.source.rsplit(" ", 1)
    assert RECORDINGS[host.name]["clients"][client] == version
    assert any(line_of(host, request) is call for request in recorded(host))
