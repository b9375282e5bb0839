"""Our requests are those that the hosts' own clients send, and those that the hosts' pages describe."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import httpx
import pytest
from film.cards import card

from storyforge.emulator.runware import TASKS

from .compare import ALLOWED, Difference, find_allowed, find_differences
from .ours import Ours
from .pages import PAGES
from .record import HOSTS, OTHERS
from .server import RecordingServer

RECORDINGS = {
    host: json.loads((Path(__file__).parent / "recordings" / f"{host}.json").read_text(encoding="utf-8"))
    for host in HOSTS
}
NOT_OURS = {
    ("scenario", "price"): "the answer is in units that have no public price",
}
"""Recorded conversations that have no counterpart in ours, and why."""

RECORDED = [
    (host, name)
    for host, kept in RECORDINGS.items()
    for name in kept["conversations"]
    if name != OTHERS and (host, name) not in NOT_OURS
]
LEFT_TO_CALLER = ("bytes",)
"""Calls that Scenario's client leaves to its caller; they are in `PAGES`."""


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    return card(tmp_path_factory.mktemp("clients") / "film.mp4", frames=192).read_bytes()


@pytest.fixture(scope="session")
def converse(film):
    """Runs a conversation of ours, each only once; a `transport` can change what is sent."""
    held = {}

    def run(host, name, transport=None):
        if transport or (host, name) not in held:
            with RecordingServer(host, film) as server, tempfile.TemporaryDirectory() as folder:
                requests = Ours(server, Path(folder), transport).converse(name)
            if transport:
                return requests
            held[host, name] = requests
        return held[host, name]

    return run


def recorded(host, name):
    return RECORDINGS[host]["conversations"][name]


@pytest.mark.parametrize(("host", "name"), RECORDED, ids=[f"{host}: {name}" for host, name in RECORDED])
def test_our_conversation_is_that_of_the_hosts_own_client(converse, host, name):
    theirs, ours = recorded(host, name), converse(host, name)
    if host == "scenario":
        ours = [request for request in ours if request["what"] not in LEFT_TO_CALLER]
    assert [request["what"] for request in ours] == [request["what"] for request in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        found = find_differences(mine, other)
        assert [one for one in found if not find_allowed(host, mine["what"], one)] == []


MODES = {"text-to-video", "image-to-video", "reference-to-video"}
KINDS = {
    "runware": {*MODES, "combined", "upload", "details", "refused", "busy", "called back"},
    "wavespeed": {*MODES, "list", "refused", "price"},
    "scenario": {*MODES, "large upload", "list", "refused", "price"},
    "hiapi": {*MODES, "list", "refused", "busy", "called back"},
}
"""What a client can be made to do at each host. Runware has no list: `details` looks one task up. HiAPI takes no uploads."""


@pytest.mark.parametrize("host", KINDS)
def test_a_client_was_recorded_at_all_that_it_can_do(host):
    conversations = RECORDINGS[host]["conversations"]
    assert KINDS[host] <= set(conversations)
    asked = {name: [request["what"] for request in requests] for name, requests in conversations.items()}
    assert all("poll" in asked[mode] for mode in MODES)
    if host in ("wavespeed", "scenario"):
        assert all("upload" in asked[mode] for mode in MODES - {"text-to-video"})


@pytest.mark.parametrize("page", PAGES, ids=[f"{page.host}: {page.conversation}, {page.call}" for page in PAGES])
def test_our_request_is_that_of_the_page(converse, page):
    (ours,) = [request for request in converse(page.host, page.conversation) if request["what"] == page.call]
    assert find_differences(ours, page.request, ignored=("accept", "content-length")) == []


def test_every_call_to_joypix_is_on_a_page(converse):
    for name in ("text-to-video", "image-to-video", "reference-to-video"):
        asked = [request["what"] for request in converse("joypix", name)]
        assert asked == ["order", "poll"]
        assert any(page.conversation == name and page.call == "order" for page in PAGES)


@pytest.mark.parametrize("line", ALLOWED, ids=[f"{line.host}: {line.place}" for line in ALLOWED])
def test_every_allowed_difference_exists_and_has_a_reason(converse, line):
    assert line.reason
    for host, name in RECORDED:
        if host == line.host and any(request["what"] in (line.calls or ("order",)) for request in recorded(host, name)):
            pairs = zip(converse(host, name), recorded(host, name), strict=False)
            if any(
                line.covers(host, ours["what"], one) for ours, other in pairs for one in find_differences(ours, other)
            ):
                return
    pytest.fail("nothing differs there")


class Breaking(httpx.AsyncBaseTransport):
    """Changes every request just before it is sent."""

    def __init__(self, change):
        self._change = change
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request):
        content = await request.aread()
        return await self._inner.handle_async_request(self._change(request, content))

    async def aclose(self):
        await self._inner.aclose()


def rebuilt(request, content, method=None, url=None, headers=None, without=()):
    kept = {name: value for name, value in request.headers.items() if name not in (*without, "content-length")}
    return httpx.Request(
        method or request.method, url or request.url, headers=kept | (headers or {}), content=content or None,
        extensions=request.extensions,
    )  # fmt: skip


FORM = "application/x-www-form-urlencoded"
BREAKS = {
    "a slash at the end": (
        lambda request, content: rebuilt(request, content, url=str(request.url) + "/"), "path", None
    ),
    "another method": (
        lambda request, content: rebuilt(request, content, method="PATCH"), "method", "PATCH"
    ),
    "no key": (
        lambda request, content: rebuilt(request, content, without=["authorization"]), "header.authorization", "absent"
    ),
    "the key in another form": (
        lambda request, content: rebuilt(request, content, headers={"authorization": "Token 1"}), "header.authorization", "Token 1"
    ),
    "a body of no type": (
        lambda request, content: rebuilt(request, content, without=["content-type"]), "header.content-type", "absent"
    ),
    "a body of another type": (
        lambda request, content: rebuilt(request, content, headers={"content-type": FORM}), "header.content-type", FORM
    ),
    "an unknown query parameter": (
        lambda request, content: rebuilt(request, content, url=f"{request.url}?debug=1"), "query.debug", "1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
@pytest.mark.parametrize("host", [*HOSTS, "joypix"])
def test_a_request_that_is_changed_on_its_way_is_noticed(converse, host, what):
    change, place, value = BREAKS[what]
    sent = converse(host, "text-to-video", Breaking(change))[0]
    theirs = recorded(host, "text-to-video")[0] if host in HOSTS else PAGES[0].request
    found = [one for one in find_differences(sent, theirs) if one.place == place]
    assert found
    assert not any(find_allowed(host, "order", one) for one in found)
    assert value is None or found[0].ours == value


BODIES = {
    "a number as a text": ({"duration": "8"}, Difference("body.json.duration", "8", 8)),
    "a whole number with a point": ({"duration": 8.0}, Difference("body.json.duration", 8.0, 8)),
    "true for one": ({"duration": True}, Difference("body.json.duration", True, 8)),
    "an unknown field": ({"audio": 1}, Difference("body.json.audio", 1, "absent")),
    "another case": ({"resolution": "720P"}, Difference("body.json.resolution", "720P", "720p")),
    "a text where a list belongs": ({"images": "u"}, Difference("body.json.images", "u", "absent")),
}


@pytest.mark.parametrize(("change", "difference"), BODIES.values(), ids=BODIES)
def test_a_body_is_compared_field_by_field(change, difference):
    theirs = recorded("wavespeed", "text-to-video")[0]
    ours = {**theirs, "body": {"json": theirs["body"]["json"] | change}}
    assert find_differences(ours, theirs) == [difference]


def test_every_field_of_an_order_at_runware_is_one_that_its_client_knows(converse):
    known = RECORDINGS["runware"]["fields"]["videoInference"]
    types = {"str": str, "int": int, "bool": bool, "dict": dict}
    for mode in ("text-to-video", "image-to-video", "reference-to-video", "combined"):
        (task,) = converse("runware", mode)[0]["body"]["json"]
        for name, value in task.items():
            kind = known[name]
            assert value in kind if isinstance(kind, list) else type(value) is types[kind], name


def test_the_emulators_runware_has_the_fields_of_the_client():
    declared = RECORDINGS["runware"]["fields"]
    assert {kind: set(fields) for kind, fields in TASKS.items()} == {
        kind: set(fields) for kind, fields in declared.items()
    }
    kinds = {"str": {"text", "url"}, "int": {"whole"}, "bool": {"flag"}, "dict": {"object"}, "list": {"texts"}}
    for task, fields in TASKS.items():
        for name, field in fields.items():
            kind = declared[task][name]
            assert field.kind in (kinds[kind] if isinstance(kind, str) else {"text"}), (task, name)
