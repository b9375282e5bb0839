"""The wire: what may have arrived is never called unsent, keys stay with their host, and addresses are checked."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.server
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyforge.model.errors import CredentialsError, HostError, MediaError, UsageError
from storyforge.model.messages import Note, Refused, Request, Wait
from storyforge.system.http import (
    MOST_ANSWER,
    AnswerTooLarge,
    BrokenDownload,
    DeadAddress,
    LostAnswer,
    OutOfReach,
    Pace,
    Patience,
    RefusedAddress,
    Unsent,
    Wire,
    download,
    retry_after,
)
from storyforge.system.secrets import Secrets, redact, secrets

KEY = "sk-live-0123456789abcdef"
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
PUBLIC = "93.184.216.34"
NOW = 1_800_000_000.0


# a host, a clock and a resolver for tests


class Site(http.server.ThreadingHTTPServer):
    """A real server on this machine that answers as a function says and remembers what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer, context=None):
        self.asked, self.connections, self.sent, self.over = [], 0, 0, threading.Event()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                site.connections += 1

            def handle_one_request(self):
                with contextlib.suppress(OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def any(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                site.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.body))
                answer(self)

            do_GET = do_POST = do_PUT = any

            def say(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in {"Content-Length": len(body), **headers}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()
                self.wfile.write(body)

            def begin(self, declared, **headers):
                self.send_response(200)
                for name, value in {**headers, **({"Content-Length": declared} if declared else {})}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()

            def pour(self, piece, times):
                for _ in range(times):
                    self.wfile.write(piece)
                    site.sent += len(piece)

            def hang_up(self):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass


@contextlib.contextmanager
def site(answer, context=None):
    server = Site(answer, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Sleeper:
    def __init__(self):
        self.slept = []

    async def __call__(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Straight(Random):
    """Chance that always takes the upper end."""

    def uniform(self, a, b):
        return b


def resolver(**names):
    asked = []

    async def resolve(host, port):
        asked.append(host)
        found = names[host.replace(".", "_")]
        return found.pop(0) if isinstance(found[0], list) else found

    resolve.asked = asked
    return resolve


def answering(*answers):
    """A transport that gives one answer after another, the last for ever; exceptions are raised."""
    requests, left = [], list(answers)

    async def handle(request):
        requests.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        answer = answer(request) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"{}")
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    transport = httpx.MockTransport(handle)
    transport.requests = requests
    return transport


def wire_to(transport, base="https://api.host.test/v1", **more):
    return Wire(base, AUTHORIZATION, transport=transport, now=lambda: NOW, **{"sleep": Sleeper(), **more})


def send(wire, request):
    async def sent():
        async with wire:
            return await wire.send(request)

    return asyncio.run(sent())


def talk(wire, conversation, **more):
    async def talked():
        async with wire:
            return await wire.talk(conversation, **more)

    return asyncio.run(talked())


def fetch(url, target, **more):
    asyncio.run(download(url, target, **more))
    return target.read_bytes()


def ask(url="https://api.host.test/v1/jobs"):
    answer = yield Request("GET", url)
    return answer


# one sending


def test_a_request_goes_out_with_the_key_and_its_bytes_and_the_answer_comes_back():
    with site(lambda ask: ask.say(201, b'{"id": "\xc3\xa9"}', X_Rate="7")) as host:
        request = Request("POST", f"{host.url}/v1/jobs", {"prompt": "Café"}, {"Idempotency-Key": "one"})
        answer = send(Wire(f"{host.url}/v1", AUTHORIZATION), request)
    assert (answer.status, answer.json, answer.headers["x-rate"]) == (201, {"id": "é"}, "7")
    [(method, path, headers, body)] = host.asked
    assert (method, path, body) == ("POST", "/v1/jobs", '{"prompt":"Café"}'.encode())
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "one"


def test_stored_bytes_are_sent_as_they_are():
    transport = answering(200)
    content = b'{ "prompt":"as stored" }'
    send(wire_to(transport), Request("POST", "https://api.host.test/v1", {"prompt": "other"}, content=content))
    assert transport.requests[0].content == content


def test_a_large_upload_goes_in_pieces_with_its_length():
    content = bytes(range(256)) * 2000
    with site(lambda ask: ask.say(200)) as host:
        send(Wire(host.url, AUTHORIZATION), Request("PUT", f"{host.url}/ticket", content=content, keyed=False))
    [(_, _, headers, body)] = host.asked
    assert body == content
    assert headers["content-length"] == str(len(content))
    assert "authorization" not in headers


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/v1/jobs",
        "http://api.host.test/v1/jobs",
        "https://api.host.test:8443/v1/jobs",
        "https://api.host.test.evil.test/v1/jobs",
        "https://api.host.test@evil.test/v1/jobs",
        "https://evil.test\\@api.host.test/v1/jobs",
        "https://127.0.0.1/v1",
        "//evil.test/v1",
        "/v1/jobs",
        "file:///etc/passwd",
        "https://[::1/",
        "https://host.test:99999999/",
    ],
)
def test_a_key_is_never_sent_to_another_origin(address):
    transport = answering(200)
    with pytest.raises(RefusedAddress) as refused:
        send(wire_to(transport), Request("GET", address))
    assert transport.requests == []
    assert KEY not in str(refused.value)


def test_the_same_origin_may_be_written_in_other_ways():
    transport = answering(200)
    send(wire_to(transport), Request("GET", "https://API.host.test:443/v2/other"))
    assert transport.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_upload_ticket_of_another_host_goes_without_the_key_to_its_checked_address():
    transport, resolve = answering(200), resolver(bucket_test=[PUBLIC])
    request = Request("PUT", "https://bucket.test/one?sig=1", content=b"x", headers={"X-Kind": "png"}, keyed=False)
    send(wire_to(transport, resolve=resolve), request)
    [sent] = transport.requests
    assert (sent.url.host, sent.headers["host"], sent.headers["x-kind"]) == (PUBLIC, "bucket.test", "png")
    assert "authorization" not in sent.headers
    assert KEY not in str(sent.headers)


@pytest.mark.parametrize(
    "ticket", ["https://169.254.169.254/", "http://bucket.test/", "https://inside.test/", "ftp://a"]
)
def test_an_upload_ticket_to_an_inner_or_open_address_is_refused(ticket):
    transport = answering(200)
    wire = wire_to(transport, resolve=resolver(bucket_test=[PUBLIC], inside_test=["10.0.0.1"]))
    with pytest.raises(RefusedAddress):
        send(wire, Request("PUT", ticket, content=b"x", keyed=False))
    assert transport.requests == []


def test_headers_of_a_ticket_cannot_change_the_host_or_the_length():
    transport = answering(200)
    headers = {"HOST": "evil.test", "Content-length": "9", "Transfer-Encoding": "chunked", "Accept-Encoding": "br"}
    send(wire_to(transport), Request("PUT", "https://api.host.test/t", content=b"abc", headers=headers, keyed=False))
    sent = transport.requests[0].headers
    assert (sent["host"], sent["content-length"], sent["accept-encoding"]) == ("api.host.test", "3", "identity")
    assert "transfer-encoding" not in sent


@pytest.mark.parametrize("value", ["naïve", 7, None])
def test_headers_of_a_ticket_that_cannot_be_sent_are_refused(value):
    transport = answering(200)
    with pytest.raises(RefusedAddress, match="headers"):
        send(wire_to(transport), Request("PUT", "https://api.host.test/t", headers={"X-Kind": value}, keyed=False))
    assert transport.requests == []


def test_a_redirect_is_an_answer_and_is_not_followed():
    transport = answering((307, {"Location": "https://evil.test/"}, b""))
    answer = send(wire_to(transport), Request("POST", "https://api.host.test/v1", {}))
    assert (answer.status, len(transport.requests)) == (307, 1)


@pytest.mark.parametrize(
    "base", ["http://api.host.test/v1", "http://10.0.0.1", "http://127.0.0.1.evil.test", "ftp://a", ""]
)
def test_a_base_address_that_would_send_the_key_in_the_open_is_a_mistake(base):
    with pytest.raises(UsageError, match="not https"):
        Wire(base, AUTHORIZATION)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8787/v1", "http://localhost:1", "http://[::1]:1", "https://127.0.0.1"]
)
def test_a_base_address_of_this_machine_is_a_rehearsal(base):
    assert Wire(base, AUTHORIZATION).loopback
    assert not Wire("https://api.host.test", AUTHORIZATION).loopback


@pytest.mark.parametrize("key", ["sk-123456\nX-Other: 1", "sk-123456\u2026", "sk-123456\x00"])
def test_a_key_that_cannot_be_a_key_is_said_without_showing_it(key):
    with pytest.raises(CredentialsError) as refused:
        Wire("https://api.host.test", {"Authorization": f"Bearer {key}"})
    assert "sk-123456" not in str(refused.value)


def test_an_order_has_a_connection_to_itself_and_polls_share_theirs():
    def polls():
        for _ in range(3):
            yield Request("GET", f"{host.url}/poll")

    async def ordered(wire):
        async with wire:
            for _ in range(3):
                await wire.send(Request("POST", f"{host.url}/order", {}))
            orders = host.connections
            await wire.talk(polls())
            return orders, host.connections - orders

    with site(lambda ask: ask.say(200, b"{}")) as host:
        assert asyncio.run(ordered(Wire(host.url, AUTHORIZATION))) == (3, 1)


def test_proxies_and_netrc_of_the_environment_are_not_used_and_cookies_not_kept(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")

    async def twice(wire):
        async with wire:
            for keyed in (True, False):
                await wire.send(Request("GET", host.url, keyed=keyed))

    with site(lambda ask: ask.say(200, b"{}", Set_Cookie="session=1; Path=/")) as host:
        asyncio.run(twice(Wire(host.url, AUTHORIZATION)))
    (_, _, first, _), (_, _, second, _) = host.asked
    assert first["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in second
    assert "cookie" not in second


# what is certain when it fails


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("All connection attempts failed"),
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ConnectTimeout(""),
        httpx.PoolTimeout(""),
    ],
)
def test_a_request_without_a_connection_is_unsent(fault):
    with pytest.raises(Unsent, match=r"no connection to `api\.host\.test`"):
        send(wire_to(answering(fault)), Request("POST", "https://api.host.test/v1", {}))


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout(""),
        httpx.WriteTimeout(""),
        httpx.ReadError(""),
        httpx.WriteError("broken pipe"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.LocalProtocolError("odd"),
        httpx.CloseError(""),
        httpx.StreamClosed(),
        ConnectionResetError("reset"),
        ssl.SSLError("bad record"),
    ],
)
def test_whatever_fails_later_is_a_lost_answer(fault):
    with pytest.raises(LostAnswer):
        send(wire_to(answering(fault)), Request("POST", "https://api.host.test/v1", {}))


def test_a_closed_port_is_unsent():
    port = closed_port()
    with pytest.raises(Unsent):
        send(Wire(f"http://127.0.0.1:{port}", AUTHORIZATION), Request("POST", f"http://127.0.0.1:{port}/", {}))


def test_a_failed_handshake_is_unsent():
    with site(lambda ask: ask.say(200)) as host:
        base = host.url.replace("http:", "https:")
        with pytest.raises(Unsent):
            send(Wire(base, AUTHORIZATION), Request("POST", base, {}))
    assert host.asked == []


def drip(ask):
    ask.begin(1000)
    while not ask.server.over.wait(0.02):
        ask.pour(b".", 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda ask: ask.hang_up(), "broke"),
        (lambda ask: (ask.begin(100), ask.pour(b"{", 1), ask.hang_up()), "broke"),
        (lambda ask: (ask.begin(0, Transfer_Encoding="chunked"), ask.pour(b"5\r\n{", 1), ask.hang_up()), "broke"),
        (lambda ask: (ask.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"), ask.hang_up()), "broke"),
        (lambda ask: ask.server.over.wait(5), "fell silent for 0.15 s"),
        (drip, "did not answer within 0.3 s"),
    ],
)
def test_an_accepted_order_whose_answer_does_not_come_whole_is_a_lost_answer(answer, words):
    with site(answer) as host:
        wire = Wire(host.url, AUTHORIZATION, patience=Patience(read=0.15, whole=0.3))
        with pytest.raises(LostAnswer, match=words):
            send(wire, Request("POST", host.url, {}))
        host.over.set()
    assert len(host.asked) == 1


def measured(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


FIFTY = 50 * 2**20


@pytest.mark.parametrize("declared", [True, False])
def test_fifty_megabytes_of_json_are_refused_with_little_memory(declared):
    def answer(ask):
        ask.begin(FIFTY if declared else 0, **({} if declared else {"Connection": "close"}))
        ask.pour(b" " * 2**20, 50)

    def refused():
        with pytest.raises(AnswerTooLarge):
            send(Wire(host.url, AUTHORIZATION), Request("POST", host.url, {}))

    with site(answer) as host:
        refused()  # once before, so that only the answer is measured
        host.sent = 0
        assert measured(refused) < (4 if declared else 24) * 2**20
    assert host.sent < (FIFTY if declared else FIFTY // 2)


def test_a_packed_answer_is_read_but_may_not_swell():
    small = (200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"a": 1}'))
    assert send(wire_to(answering(small)), Request("GET", "https://api.host.test/")).json == {"a": 1}
    bomb = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (4 * MOST_ANSWER)))
    with pytest.raises(AnswerTooLarge):
        send(wire_to(answering(bomb)), Request("GET", "https://api.host.test/"))
    for odd in ("br", "gzip"):
        with pytest.raises(LostAnswer, match="packed"):
            send(wire_to(answering((200, {"Content-Encoding": odd}, b"?"))), Request("GET", "https://api.host.test/"))


# a conversation


def test_what_may_be_repeated_is_repeated_until_there_is_an_answer():
    later = (429, {"Retry-After": "7"}, b"")
    transport = answering(httpx.ConnectError("no"), httpx.ReadTimeout(""), later, (200, {}, b'{"ok": 1}'))
    sleeper = Sleeper()
    wire = wire_to(transport, sleep=sleeper, pace=Pace(random=Straight()))
    assert talk(wire, ask()).json == {"ok": 1}
    assert sleeper.slept == [2.0, 4.0, 7.0]


def test_back_off_is_spread_and_has_a_ceiling():
    pace = Pace(random=Random(1))
    for turn, step in ((1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (5000, 30)):
        waits = [pace.back_off(turn) for _ in range(50)]
        assert step / 2 <= min(waits) < max(waits) <= step
    assert Pace.of(0.2).back_off(1) <= 0.2
    assert Pace.of(0).first > 0


def test_a_host_that_says_later_for_ever_is_passed_on_as_it_is():
    transport = answering(503)
    assert talk(wire_to(transport), ask()).status == 503
    assert len(transport.requests) == 4


def test_a_host_without_a_connection_is_out_of_reach_after_three_tries():
    transport, sleeper = answering(httpx.ConnectError("refused")), Sleeper()
    with pytest.raises(OutOfReach, match=r"api\.host\.test") as out:
        talk(wire_to(transport, sleep=sleeper), ask())
    assert (out.value.exit_code, len(transport.requests)) == (5, 3)
    assert isinstance(out.value, CredentialsError)
    assert sum(sleeper.slept) <= 30


def test_answers_that_stay_lost_end_the_conversation():
    transport, closed = answering(httpx.ReadError("")), []

    def conversation():
        try:
            yield from ask()
        finally:
            closed.append(True)

    with pytest.raises(LostAnswer):
        talk(wire_to(transport), conversation())
    assert (len(transport.requests), closed) == (4, [True])


def test_an_answer_that_is_too_large_is_not_asked_for_again():
    transport = answering((200, {"Content-Length": str(FIFTY)}, b""))
    with pytest.raises(AnswerTooLarge):
        talk(wire_to(transport), ask())
    assert len(transport.requests) == 1


def test_a_no_is_not_repeated():
    for status in (400, 401, 402, 403, 404, 409, 422):
        transport = answering(status)
        assert talk(wire_to(transport), ask()).status == status
        assert len(transport.requests) == 1


def polling(times, seconds=1.0, share=None):
    for _ in range(times):
        yield Wait(seconds, share)
    return "done"


def test_polls_come_less_often_over_time():
    sleeper = Sleeper()
    assert talk(wire_to(answering(200), sleep=sleeper, pace=Pace(random=Random(2))), polling(20)) == "done"
    assert 2.0 <= sleeper.slept[0] <= 2.4
    assert 10.0 <= sleeper.slept[-1] <= 12.0
    assert len(set(sleeper.slept)) == 20


def test_a_host_may_ask_for_fewer_polls_but_a_setting_wins():
    slow, fixed = Sleeper(), Sleeper()
    talk(wire_to(answering(200), sleep=slow), polling(2, seconds=30))
    assert min(slow.slept) >= 30
    talk(wire_to(answering(200), sleep=fixed, pace=Pace.of(0.05)), polling(3, seconds=30))
    assert fixed.slept == [0.05] * 3


def test_a_call_ends_one_wait_early_and_only_one():
    waits = []

    async def never(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            wake.set()
            await asyncio.Event().wait()

    async def talked():
        return await wire_to(answering(200), sleep=never).talk(polling(3), wake=wake)

    wake = asyncio.Event()
    assert asyncio.run(asyncio.wait_for(talked(), 5)) == "done"
    assert (len(waits), wake.is_set()) == (3, False)


def test_notes_shares_and_words_of_a_host_are_passed_on_without_secrets():
    notes, shares = [], []

    def conversation():
        answer = yield Note(f"look at https://cdn.test/a?X-Amz-Signature=abc and {KEY}")
        assert answer is None
        answer = yield Wait(1, 0.5)
        assert answer is None
        return Refused("fault", f"key {KEY} is odd")

    ended = talk(wire_to(answering(200), note=notes.append), conversation(), progress=shares.append)
    assert notes == ["look at https://cdn.test/a?*** and ***"]
    assert shares == [0.5]
    assert ended == Refused("fault", "key *** is odd")


def date(seconds):
    return format_datetime(datetime.fromtimestamp(NOW + seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "86400"}, 60),
        ({"retry-after": "9" * 400}, 60),
        ({"retry-after": date(20)}, 20),
        ({"retry-after": date(-20)}, 0),
        ({"retry-after": date(4000)}, 60),
        ({"retry-after": date(20).replace("GMT", "-0000")}, 20),
        ({"retry-after": date(3620), "date": date(3600)}, 20),
        ({"retry-after": date(20), "date": "yesterday"}, 20),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 99 Foo 2026 00:00:00 GMT"}, None),
        ({"retry-after": "٧"}, None),
    ],
)
def test_how_long_a_host_asks_to_wait_is_read_from_seconds_and_dates(headers, seconds):
    assert retry_after(headers, NOW) == seconds


# films


def test_a_film_comes_whole_and_byte_for_byte_without_key_or_cookie(tmp_path):
    film = bytes(range(256)) * 3000

    def answer(ask):
        if ask.path == "/film":
            ask.say(302, Location="/store/film.mp4?sig=1", Set_Cookie="a=b; Path=/")
        else:
            ask.say(200, film)

    async def fetched(wire):
        async with wire:
            await wire.send(Request("GET", f"{host.url}/store"))
            await wire.download(f"{host.url}/film", tmp_path / "films" / "a.mp4")

    with site(answer) as host:
        asyncio.run(fetched(Wire(host.url, AUTHORIZATION)))
    assert (tmp_path / "films/a.mp4").read_bytes() == film
    assert [path.name for path in (tmp_path / "films").iterdir()] == ["a.mp4"]
    for _, _, headers, _ in host.asked[1:]:
        assert not {"authorization", "cookie", "referer", "range"} & set(headers)
        assert KEY not in json.dumps(headers)


def broken(answer, tmp_path, kind, **more):
    """Fetches from a real server and expects one kind of failure, and nothing left on disk."""
    with site(answer) as host:
        with pytest.raises(kind) as fault:
            fetch(f"{host.url}/film?token=secret", tmp_path / "a.mp4", loopback=True, **more)
        host.over.set()
    assert list(tmp_path.iterdir()) == []
    assert "secret" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize(
    "answer",
    [
        lambda ask: (ask.begin(5000), ask.pour(b"x", 3000), ask.hang_up()),
        lambda ask: (ask.begin(0, Transfer_Encoding="chunked"), ask.pour(b"64\r\nx", 1), ask.hang_up()),
        lambda ask: ask.say(200, b""),
        lambda ask: ask.say(206, b"part"),
        lambda ask: ask.say(500, b"oops"),
        lambda ask: ask.say(429, b"later"),
        lambda ask: ask.say(200, gzip.compress(b"film"), Content_Encoding="gzip"),
        lambda ask: ask.hang_up(),
    ],
)
def test_a_film_that_does_not_come_whole_leaves_nothing_and_may_be_fetched_again(answer, tmp_path):
    broken(answer, tmp_path, BrokenDownload)


def test_more_or_fewer_bytes_than_announced_are_a_broken_film(tmp_path):
    for declared in (2, 4):
        transport = answering((200, {"Content-Length": str(declared)}, b"xxx"))
        with pytest.raises(BrokenDownload):
            fetch(f"https://{PUBLIC}/", tmp_path / "a.mp4", transport=transport)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_an_address_that_is_dead_is_told_from_a_broken_film(status, tmp_path):
    broken(lambda ask: ask.say(status, b"gone"), tmp_path, DeadAddress)


def test_a_film_that_drips_ends_with_the_time_it_is_given(tmp_path):
    assert "within 0.3 s" in broken(drip, tmp_path, BrokenDownload, patience=Patience(whole=0.3))


def test_a_film_that_stalls_ends_with_the_time_between_two_pieces(tmp_path):
    def answer(ask):
        ask.begin(1000)
        ask.server.over.wait(5)

    assert "fell silent" in broken(answer, tmp_path, BrokenDownload, patience=Patience(read=0.15))


@pytest.mark.parametrize("declared", [3000, 0])
def test_a_film_larger_than_films_are_is_refused(declared, tmp_path):
    def answer(ask):
        ask.begin(declared, Connection="close")
        ask.pour(b"x" * 1000, 3)
        ask.hang_up()

    broken(answer, tmp_path, RefusedAddress, most=2500)


def test_a_cancelled_download_leaves_nothing(tmp_path):
    async def cancelled(url):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await download(url, tmp_path / "a.mp4", loopback=True)

    with site(drip) as host:
        asyncio.run(cancelled(host.url))
        host.over.set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/a.mp4", "a" * 300])
def test_a_disk_that_takes_no_film_is_not_a_fault_of_the_host(tmp_path, name):
    (tmp_path / "file").write_bytes(b"no folder")
    with site(lambda ask: ask.say(200, b"film")) as host, pytest.raises(MediaError, match="cannot be written"):
        fetch(host.url, tmp_path / name, loopback=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


INNER = [
    "http://93.184.216.34/",  # public, but open
    "file:///etc/passwd",
    "ftp://93.184.216.34/",
    "data:video/mp4;base64,AAAA",
    "https:///film",
    "not an address",
    "https://exa mple/",
    "https://127%2e0.0.1/",
    "https://user:password@93.184.216.34/",
    "https://127.0.0.1/",
    "https://127.255.255.254:8443/",
    "http://localhost/",
    "https://localhost./",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:a00:1::1]/",
    "https://[2001:db8::1]/",
    "https://[2001:0:53aa:64c:0:0:0:1]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://inside.test/",
    "https://both.test/",
    "https://linked.test/",
]


def inner_names():
    return resolver(
        localhost=["127.0.0.1", "::1"],
        localhost_=["127.0.0.1"],
        inside_test=["10.1.2.3"],
        both_test=[PUBLIC, "192.168.0.1"],
        linked_test=["fe80::1%eth0"],
        good_test=[PUBLIC],
    )


@pytest.mark.parametrize("address", INNER)
def test_an_address_inside_a_network_or_in_the_open_is_refused(address, tmp_path):
    transport = answering(200)
    with pytest.raises(RefusedAddress):
        fetch(address, tmp_path / "a.mp4", transport=transport, resolve=inner_names())
    assert transport.requests == []


@pytest.mark.parametrize(
    "address", [*(one for one in INNER if ":///" not in one and " " not in one), "file:///etc/passwd", "https://[::1/"]
)
def test_no_redirect_leads_to_such_an_address(address, tmp_path):
    transport = answering((302, {"Location": address}, b""))
    with pytest.raises(RefusedAddress):
        fetch("https://good.test/film", tmp_path / "a.mp4", transport=transport, resolve=inner_names())
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "https://169.254.169.254/", "http://10.0.0.1/", "http://good.test/"]
)
def test_a_rehearsal_opens_nothing_but_this_machine(address, tmp_path):
    with site(lambda ask: ask.say(302, Location=address)) as host, pytest.raises(RefusedAddress):
        fetch(host.url, tmp_path / "a.mp4", loopback=True, resolve=inner_names())
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "address", ["https://93.184.216.34/", "https://[2606:2800:220:1::1]/", "https://[64:ff9b::5db8:d822]/"]
)
def test_a_public_address_is_called(address, tmp_path):
    assert fetch(address, tmp_path / "a.mp4", transport=answering((200, {}, b"film"))) == b"film"


def test_redirects_are_followed_five_times_and_no_more(tmp_path):
    def answer(ask):
        left = int(ask.path[1:])
        ask.say(302, Location=f"/{left - 1}") if left else ask.say(200, b"film")

    with site(answer) as host:
        assert fetch(f"{host.url}/5", tmp_path / "a.mp4", loopback=True) == b"film"
        with pytest.raises(RefusedAddress, match="more than 5 times"):
            fetch(f"{host.url}/6", tmp_path / "b.mp4", loopback=True)


def test_a_loop_of_redirects_ends(tmp_path):
    broken(lambda ask: ask.say(301, Location=ask.path), tmp_path, RefusedAddress)
    broken(lambda ask: ask.say(302), tmp_path, RefusedAddress)


def test_the_checked_address_itself_is_called_though_the_name_leads_elsewhere_a_moment_later(tmp_path):
    resolve = resolver(rebound_test=[[PUBLIC], ["127.0.0.1"]])
    transport = answering((200, {}, b"film"))
    fetch("https://rebound.test/film?sig=1", tmp_path / "a.mp4", transport=transport, resolve=resolve)
    [sent] = transport.requests
    assert (sent.url.host, sent.headers["host"]) == (PUBLIC, "rebound.test")
    assert sent.extensions["sni_hostname"] == "rebound.test"
    assert resolve.asked == ["rebound.test"]


def test_every_redirect_is_resolved_and_checked_anew(tmp_path):
    resolve = resolver(rebound_test=[[PUBLIC], ["127.0.0.1"]])
    transport = answering((302, {"Location": "https://rebound.test/again"}, b""), (200, {}, b"film"))
    with pytest.raises(RefusedAddress):
        fetch("https://rebound.test/film", tmp_path / "a.mp4", transport=transport, resolve=resolve)
    assert len(transport.requests) == 1


def test_the_next_address_is_tried_where_the_first_takes_no_connection(tmp_path):
    other = "2606:2800:220:1::1"
    transport = answering(httpx.ConnectError("no route"), (200, {}, b"film"))
    fetch("https://two.test:8443/", tmp_path / "a.mp4", transport=transport, resolve=resolver(two_test=[other, PUBLIC]))
    assert [sent.url.host for sent in transport.requests] == [other, PUBLIC]
    assert {sent.headers["host"] for sent in transport.requests} == {"two.test:8443"}


def test_a_name_without_an_address_is_a_broken_download(tmp_path):
    async def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    async def silent(host, port):
        await asyncio.Event().wait()

    for resolve in (unknown, silent):
        with pytest.raises(BrokenDownload):
            fetch("https://a.test/", tmp_path / "a.mp4", resolve=resolve, patience=Patience(connect=0.1))


def certificate(folder, name):
    """A key and a certificate for one name, valid today."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(today - timedelta(1)).not_valid_after(today + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = made.sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return folder / "cert.pem", folder / "key.pem"


def test_the_certificate_is_checked_against_the_name_though_an_address_is_called(tmp_path):
    cert, key = certificate(tmp_path, "films.test")
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(cert))
    theirs.load_cert_chain(cert, key)
    asked = []
    theirs.sni_callback = lambda sock, name, context: asked.append(name)
    resolve = resolver(films_test=["127.0.0.1"], other_test=["127.0.0.1"])

    def fetched(name):
        transport = httpx.AsyncHTTPTransport(verify=ours, limits=httpx.Limits(max_keepalive_connections=0))
        url = f"https://{name}:{host.server_address[1]}/film"
        return fetch(url, tmp_path / "out" / "a.mp4", loopback=True, transport=transport, resolve=resolve)

    with site(lambda ask: ask.say(200, b"film"), theirs) as host:
        assert fetched("films.test") == b"film"
        with pytest.raises(BrokenDownload):
            fetched("other.test")
    assert asked == ["films.test", "other.test"]
    assert [headers["host"] for _, _, headers, _ in host.asked] == [f"films.test:{host.server_address[1]}"]


# what is never seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: ***"),
        ("{'authorization': 'Bearer abcdef123456'}", "{'authorization': '***'}"),
        ('{\\"Authorization\\": \\"Basic YTpi\\"}', '{\\"Authorization\\": \\"***\\"}'),
        ("sent bearer abcdef123456.", "sent bearer ***"),
        ("basic dXNlcjpwYXNzd29yZA==", "basic ***"),
        ("basic understanding of light", "basic understanding of light"),
        ("X-API-Key: abc", "X-API-Key: ***"),
        ("RUNWARE_API_KEY=abc123, then", "RUNWARE_API_KEY=***, then"),
        ("https://a:b@host.test/x", "https://***@host.test/x"),
        ("https://h.test/f.mp4?X-Amz-Signature=1&b=2", "https://h.test/f.mp4?***"),
        ("https://h.test/f?b=2&sig=abc end", "https://h.test/f?*** end"),
        ("https://h.test/f?Expires=1", "https://h.test/f?***"),
        ("https://h.test/f?Key-Pair-Id=K", "https://h.test/f?***"),
        ("https://h.test/f?x-oss-process=1", "https://h.test/f?***"),
        ("https://h.test/f?%73ig=abc", "https://h.test/f?***"),
        ("https://h.test/f?next=https%3A%2F%2Fc.test%3Fsig%3D1", "https://h.test/f?***"),
        ('{"url": "https://h.test/f?a=1\\u0026token=1"}', '{"url": "https://h.test/f?***"}'),
        ("https://h.test/hook?token=abc", "https://h.test/hook?***"),
        ("https://h.test/#access_token=abc", "https://h.test/#***"),
        ('GET /f?Signature=1 HTTP/1.1"', 'GET /f?*** HTTP/1.1"'),
        ("https://h.test/list?page=2&limit=50", "https://h.test/list?page=2&limit=50"),
        ("is it lost? nobody=knows", "is it lost? nobody=knows"),
        ("`duration` is 3", "`duration` is 3"),
    ],
)
def test_text_is_shown_without_keys_and_signed_queries(text, seen):
    assert redact(text) == seen
    assert redact(seen) == seen


def test_a_known_key_is_hidden_wherever_it_turns_up():
    hidden = Secrets()
    hidden.add("pa/ss+word", "  spaced-key  ", "", "tiny")
    text = "pa/ss+word pa%2Fss%2Bword spaced-key tiny"
    assert hidden.hidden(text) == "*** *** *** tiny"


@given(
    st.text(max_size=40),
    st.sampled_from(
        ["sig", "X-Amz-Security-Token", "Signature", "token", "Policy", "x-goog-signature", "AWSAccessKeyId"]
    ),
    st.text("abcdefghijklmnop0123456789%+/=", min_size=8, max_size=40),
)
def test_no_signed_query_survives(before, name, value):
    assert f"={value}" not in redact(f"{before} https://h.test/f.mp4?a=1&{name}={value}")


@pytest.mark.parametrize(
    "kind", [Unsent, LostAnswer, AnswerTooLarge, RefusedAddress, DeadAddress, BrokenDownload, OutOfReach]
)
def test_no_error_of_the_wire_holds_a_key(kind):
    secrets.add(KEY)
    fault = kind(f"{KEY} at https://h.test/a?sig=abc")
    assert str(fault) == "*** at https://h.test/a?***"
    assert isinstance(fault, CredentialsError if kind is OutOfReach else HostError)


def test_no_library_underneath_logs_addresses_headers_or_keys(caplog, tmp_path):
    caplog.set_level(logging.DEBUG)

    async def all_of_it(wire):
        async with wire:
            await wire.send(Request("POST", f"{host.url}/v1?sig=hidden-one", {}))
            await wire.download(f"{host.url}/film?token=hidden-two", tmp_path / "a.mp4")

    def answer(ask):
        if "again" in ask.path or ask.command == "POST":
            ask.say(200, b"film", X_Echo="hidden-three")
        else:
            ask.say(302, Location="/again?token=hidden-four")

    with site(answer) as host:
        asyncio.run(all_of_it(Wire(host.url, AUTHORIZATION)))
    assert len(host.asked) == 3
    assert "hidden" not in caplog.text
    assert KEY not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


def test_the_module_itself_loads_no_http():
    code = "import sys, storyforge.system.http; assert not {'httpx', 'httpcore', 'certifi', 'anyio'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_certificates_of_the_environment_that_cannot_be_read_are_a_mistake(monkeypatch, tmp_path):
    from storyforge.system.http import _certificates

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    _certificates.cache_clear()
    try:
        with pytest.raises(UsageError, match="SSL_CERT_FILE"):
            Wire("https://api.host.test", AUTHORIZATION)
    finally:
        _certificates.cache_clear()
