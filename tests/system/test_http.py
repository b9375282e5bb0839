"""What may have arrived is never called unsent; answers are read with little memory; nothing is logged."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import subprocess
import sys
import tracemalloc

import httpx
import pytest
from sites import (
    AUTHORIZATION,
    INNER,
    KEY,
    PUBLIC,
    answering,
    client_to,
    closed_port,
    drip,
    inner_names,
    send,
    site,
)

from storyforge.model.errors import CredentialsError, HostError, UsageError
from storyforge.model.messages import Request
from storyforge.system.client import Client
from storyforge.system.download import BrokenDownload, DeadAddress
from storyforge.system.http import (
    MOST_ANSWER,
    AnswerTooLarge,
    Call,
    LostAnswer,
    OutOfReach,
    RefusedAddress,
    Timeouts,
    Unsent,
    call_host,
    check_address,
    find_origin,
    is_loopback,
    is_retryable,
    parse_address,
)
from storyforge.system.secrets import secrets


def test_statuses_that_ask_for_another_time_are_retryable():
    assert [status for status in range(100, 600) if is_retryable(status)] == [408, 425, 429, *range(500, 600)]


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
        send(client_to(answering(fault)), Request("POST", "https://api.host.test/v1", {}))


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
        send(client_to(answering(fault)), Request("POST", "https://api.host.test/v1", {}))


def test_a_closed_port_is_unsent():
    port = closed_port()
    with pytest.raises(Unsent):
        send(Client(f"http://127.0.0.1:{port}", AUTHORIZATION), Request("POST", f"http://127.0.0.1:{port}/", {}))


def test_a_failed_handshake_is_unsent():
    with site(lambda ask: ask.say(200)) as host:
        base = host.url.replace("http:", "https:")
        with pytest.raises(Unsent):
            send(Client(base, AUTHORIZATION), Request("POST", base, {}))
    assert host.asked == []


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
        client = Client(host.url, AUTHORIZATION, timeouts=Timeouts(read=0.15, whole=0.3))
        with pytest.raises(LostAnswer, match=words):
            send(client, Request("POST", host.url, {}))
        host.over.set()
    assert len(host.asked) == 1


@pytest.mark.parametrize("address", INNER)
def test_an_address_inside_a_network_or_in_the_open_is_not_called(address):
    with pytest.raises(RefusedAddress):
        asyncio.run(check_address(parse_address(address), False, inner_names(), Timeouts()))


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("https://93.184.216.34/", "93.184.216.34"),
        ("https://[2606:2800:220:1::1]/", "2606:2800:220:1::1"),
        ("https://[64:ff9b::5db8:d822]/", "64:ff9b::5db8:d822"),
        ("https://[::ffff:93.184.216.34]/", "::ffff:5db8:d822"),
        ("https://[2002:5db8:d822::1]/", "2002:5db8:d822::1"),
        ("https://good.test/film", PUBLIC),
    ],
)
def test_a_public_address_may_be_called_by_a_host_or_for_a_film(address, called):
    url = parse_address(address)
    for loopback in (True, False):
        assert asyncio.run(check_address(url, loopback, inner_names(), Timeouts())) == [Call(url, called)]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/", "http://[::1]/", "http://localhost/", "https://127.9.9.9/"]
)
def test_this_machine_may_be_called_in_a_rehearsal_alone(address):
    url = parse_address(address)
    assert all(call.url == url for call in asyncio.run(check_address(url, True, inner_names(), Timeouts())))
    with pytest.raises(RefusedAddress, match="of this machine"):
        asyncio.run(check_address(url, False, inner_names(), Timeouts()))


@pytest.mark.parametrize("found", [[], ["no address"], [PUBLIC, "no address"], OSError("no such host")])
def test_a_name_without_an_address_is_unsent(found):
    async def resolve(host, port):
        assert (host, port) == ("good.test", 8443)
        if isinstance(found, OSError):
            raise found
        return found

    with pytest.raises(Unsent, match=r"`good\.test` has no address"):
        asyncio.run(check_address(parse_address("https://good.test:8443/"), False, resolve, Timeouts()))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Api.Host.test./v1", ("https", "api.host.test", 443)),
        ("http://api.host.test/", ("http", "api.host.test", 80)),
        ("https://api.host.test:80/", ("https", "api.host.test", 80)),
    ],
)
def test_an_origin_is_scheme_host_and_port(address, origin):
    assert find_origin(parse_address(address)) == origin


def test_this_machine_is_known_however_it_is_written():
    assert all(map(is_loopback, ("localhost", "LocalHost.", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("localhost.test", "128.0.0.1", "::2", "10.0.0.1", "")))


def test_addresses_are_tried_in_order_until_one_takes_the_connection():
    calls = [Call(parse_address("https://good.test/"), address) for address in ("1.1.1.1", "2.2.2.2", "3.3.3.3")]

    def tried(*answers):
        transport = answering(*answers)
        answer = asyncio.run(call_host(calls, "GET", {}, b"", transport, Timeouts()))
        return answer.status_code, [request.url.host for request in transport.requests]

    assert tried(200) == (200, ["1.1.1.1"])
    assert tried(httpx.ConnectError("no"), httpx.ConnectTimeout(""), 204) == (204, ["1.1.1.1", "2.2.2.2", "3.3.3.3"])
    with pytest.raises(httpx.ConnectError, match="last"):
        tried(httpx.ConnectError("no"), httpx.ConnectTimeout(""), httpx.ConnectError("last"))
    with pytest.raises(httpx.ReadError):
        tried(httpx.ReadError(""))


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
            send(Client(host.url, AUTHORIZATION), Request("POST", host.url, {}))

    with site(answer) as host:
        refused()  # once before, so that only the answer is measured
        host.sent = 0
        assert measured(refused) < (4 if declared else 24) * 2**20
    assert host.sent < (FIFTY if declared else FIFTY // 2)


@pytest.mark.parametrize("declared", [True, False])
def test_an_answer_is_read_up_to_the_last_byte_that_is_allowed(declared):
    def answering_with(size):
        return answering((200, {"Content-Length": str(size)} if declared else {}, b" " * (size - 2) + b"{}"))

    assert send(client_to(answering_with(MOST_ANSWER)), Request("GET", "https://api.host.test/")).json == {}
    with pytest.raises(AnswerTooLarge):
        send(client_to(answering_with(MOST_ANSWER + 1)), Request("GET", "https://api.host.test/"))


def test_a_packed_answer_is_read_but_may_not_swell():
    small = (200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"a": 1}'))
    assert send(client_to(answering(small)), Request("GET", "https://api.host.test/")).json == {"a": 1}
    bomb = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (4 * MOST_ANSWER)))
    with pytest.raises(AnswerTooLarge):
        send(client_to(answering(bomb)), Request("GET", "https://api.host.test/"))
    for odd in ("br", "gzip"):
        with pytest.raises(LostAnswer, match="packed"):
            send(client_to(answering((200, {"Content-Encoding": odd}, b"?"))), Request("GET", "https://api.host.test/"))


@pytest.mark.parametrize(
    "kind", [Unsent, LostAnswer, AnswerTooLarge, RefusedAddress, DeadAddress, BrokenDownload, OutOfReach]
)
def test_no_error_of_the_transport_holds_a_key(kind):
    secrets.add(KEY)
    fault = kind(f"{KEY} at https://h.test/a?sig=abc")
    assert str(fault) == "*** at https://h.test/a?***"
    assert isinstance(fault, CredentialsError if kind is OutOfReach else HostError)


def test_no_library_underneath_logs_addresses_headers_or_keys(caplog, tmp_path):
    caplog.set_level(logging.DEBUG)

    async def all_of_it(client):
        async with client:
            await client.send(Request("POST", f"{host.url}/v1?sig=hidden-one", {}))
            await client.download(f"{host.url}/film?token=hidden-two", tmp_path / "a.mp4")

    def answer(ask):
        if "again" in ask.path or ask.command == "POST":
            ask.say(200, b"film", X_Echo="hidden-three")
        else:
            ask.say(302, Location="/again?token=hidden-four")

    with site(answer) as host:
        asyncio.run(all_of_it(Client(host.url, AUTHORIZATION)))
    assert len(host.asked) == 3
    assert "hidden" not in caplog.text
    assert KEY not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


@pytest.mark.parametrize("module", ["http", "client", "download"])
def test_the_module_itself_loads_no_http(module):
    loaded = f"import sys, storyforge.system.{module}"
    code = f"{loaded}; assert not {{'httpx', 'httpcore', 'certifi', 'anyio'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_certificates_of_the_environment_that_cannot_be_read_are_a_mistake(monkeypatch, tmp_path):
    from storyforge.system.http import _load_certificates

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    _load_certificates.cache_clear()
    try:
        with pytest.raises(UsageError, match="SSL_CERT_FILE"):
            Client("https://api.host.test", AUTHORIZATION)
    finally:
        _load_certificates.cache_clear()
