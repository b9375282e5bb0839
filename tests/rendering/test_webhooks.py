"""Calls of hosts: heard on a real server, believed only with token and signature, and never more than a wake."""

import asyncio
import contextlib
import json
import socket
import time

import httpx
import pytest

from storyforge.emulator.webhooks import hiapi_headers, wavespeed_headers
from storyforge.model.errors import UsageError
from storyforge.providers.hiapi import HiApi
from storyforge.providers.runware import Runware
from storyforge.providers.wavespeed import WaveSpeed
from storyforge.rendering.webhooks import LARGEST, LEAVE, callback_addresses, receiving
from storyforge.system.settings import Settings

SECRET = "a-secret-of-sixteen-characters"
SECRETS = {"WAVESPEED_WEBHOOK_SECRET": f"whsec_{SECRET}", "HIAPI_WEBHOOK_SECRET": SECRET}
HOSTS = {host.name: host for host in (Runware(), WaveSpeed(), HiApi())}

RUNWARE = b'{"taskUUID":"job-1","status":"success"}'
WAVESPEED = b'{"id":"job-1","status":"completed"}'
HIAPI = b'{"taskId":"job-1","status":"success"}'


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def called(tmp_path, monkeypatch):
    """Calls the receiver as a host would; gives the statuses of the answers and whom the calls woke."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def call(*calls, environment=SECRETS):
        async def whole():
            woken = []
            public = f"http://127.0.0.1:{free_port()}/hook"
            addresses = callback_addresses(public, HOSTS)
            settings = Settings(tmp_path / "a.story.yaml", tmp_path, environment)
            async with (
                receiving(public, addresses, HOSTS, settings, lambda *who: woken.append(who)),
                httpx.AsyncClient(trust_env=False) as client,
            ):
                statuses = []
                for host, body, headers, changed in calls:
                    address = changed(addresses[host])
                    statuses.append((await client.post(address, content=body, headers=headers)).status_code)
            with pytest.raises(httpx.ConnectError):
                httpx.get(public, trust_env=False)
            return statuses, woken

        return asyncio.run(whole())

    return call


def as_told(address):
    return address


BODIES = {"runware": RUNWARE, "wavespeed": WAVESPEED, "hiapi": HIAPI}


def good(host):
    """A call as a host makes it, signed now: a signature is soon too old."""
    body = BODIES[host]
    headers = {"wavespeed": wavespeed_headers(SECRET, "msg-1", body), "hiapi": hiapi_headers(SECRET, body)}
    return host, body, headers.get(host, {}), as_told


@pytest.mark.parametrize("host", BODIES)
def test_a_call_with_token_and_signature_wakes_its_job(called, host):
    assert called(good(host)) == ([204], [(host, "job-1")])


@pytest.mark.parametrize(
    "changed",
    [
        lambda address: address.partition("?")[0],
        lambda address: address[:-1] + ("A" if address[-1] != "A" else "B"),
        lambda address: address.partition("=")[0] + "=é",
        lambda address: address.replace("/runware?", "/scenario?"),
        lambda address: address.replace("/runware?", "/wavespeed?"),
        lambda address: address.replace("/hook/", "/"),
    ],
    ids=["none", "wrong", "foreign letters", "no host of this run", "another host's", "elsewhere"],
)
def test_a_call_without_its_token_is_not_heard(called, changed):
    assert called(("runware", RUNWARE, {}, changed)) == ([404], [])


@pytest.mark.parametrize("host", ["wavespeed", "hiapi"])
def test_a_call_that_is_not_signed_as_it_should_be_wakes_nobody(called, host):
    _, body, headers, _ = good(host)
    forged = {name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in headers.items()}
    old = (
        wavespeed_headers(SECRET, "msg-1", body, now=1_700_000_000.0)
        if host == "wavespeed"
        else hiapi_headers(SECRET, body, now=1_700_000_000.0)
    )
    calls = [(host, body, {}, as_told), (host, body + b" ", headers, as_told), (host, body, forged, as_told)]
    assert called(*calls, (host, body, old, as_told)) == ([400] * 4, [])
    assert called(good(host), environment={}) == ([400], [])


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"taskUUID": 7}', b'{"taskUUID": ""}', b"[" * 100_000])
def test_a_call_that_names_no_job_wakes_nobody(called, body):
    assert called(("runware", body, {}, as_told)) == ([400], [])


def test_a_huge_call_is_not_read(called):
    body = json.dumps({"taskUUID": "job-1", "more": "x" * LARGEST}).encode()
    assert called(("runware", body, {}, as_told)) == ([413], [])


def test_a_repeated_call_does_no_harm(called):
    assert called(good("wavespeed"), good("wavespeed")) == ([204, 204], [("wavespeed", "job-1")] * 2)


def test_every_run_has_tokens_of_its_own():
    one, other = (callback_addresses("https://me.example/hook/", HOSTS) for _ in range(2))
    assert one["runware"].startswith("https://me.example/hook/runware?token=")
    assert len({*one.values(), *other.values()}) == 6


def listened(tmp_path, written, public="https://me.example/hook"):
    async def whole():
        settings = Settings(tmp_path / "a.story.yaml", tmp_path, {"STORYFORGE_WEBHOOK_LISTEN": written})
        async with receiving(public, callback_addresses(public, HOSTS), HOSTS, settings, lambda *who: None):
            pass

    asyncio.run(whole())


def test_it_listens_where_a_setting_says(tmp_path):
    listened(tmp_path, f"127.0.0.1:{free_port()}")


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match="nobody can listen") as caught:
            listened(tmp_path, address)
    assert "webhook_listen" in caught.value.hint


@pytest.mark.parametrize("written", ["8787", "localhost", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_said(tmp_path, written):
    with pytest.raises(UsageError, match="webhook_listen"):
        listened(tmp_path, written)


def caller(address, *, length, body=b""):
    """A connection that brings less of a call than it announced."""
    place, _, path = address.removeprefix("http://").partition("/")
    host, _, port = place.partition(":")
    connection = socket.create_connection((host, int(port)))
    head = f"POST /{path} HTTP/1.1\r\nHost: {place}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    connection.setblocking(False)
    return connection


async def answer_to(connection, seconds=5):
    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().sock_recv(connection, 4096)


@contextlib.asynccontextmanager
async def hearing(tmp_path, woken):
    public = f"http://127.0.0.1:{free_port()}/hook"
    addresses = callback_addresses(public, HOSTS)
    settings = Settings(tmp_path / "a.story.yaml", tmp_path, SECRETS)
    async with receiving(public, addresses, HOSTS, settings, lambda *who: woken.append(who)):
        yield addresses


def test_a_run_ends_though_a_call_is_still_coming(tmp_path, capfd, caplog):
    async def whole():
        async with hearing(tmp_path, woken := []) as addresses:
            slow = [caller(addresses["runware"], length=1000, body=b"{"), caller(addresses["runware"], length=10)]
            half = socket.create_connection(slow[0].getpeername())
            half.sendall(b"POST /hook/runware HTT")
            await asyncio.sleep(0.1)
            begun = time.monotonic()
        for connection in (*slow, half):
            connection.close()
        return time.monotonic() - begun, woken

    seconds, woken = asyncio.run(whole())
    assert seconds < LEAVE + 3
    assert woken == []
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_a_slow_call_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("storyforge.rendering.webhooks.SLOWEST", 0.2)

    async def whole():
        async with hearing(tmp_path, woken := []) as addresses:
            with caller(addresses["runware"], length=1000, body=b"{") as slow:
                told = await answer_to(slow)
            async with httpx.AsyncClient(trust_env=False) as client:
                status = (await client.post(addresses["runware"], content=RUNWARE)).status_code
        return told, status, woken

    told, status, woken = asyncio.run(whole())
    assert b" 408 " in told.splitlines()[0]
    assert (status, woken) == (204, [("runware", "job-1")])


def test_a_call_that_says_it_is_huge_is_refused_before_it_comes(tmp_path):
    async def whole():
        async with hearing(tmp_path, []) as addresses:
            with caller(addresses["runware"], length=LARGEST + 1) as huge:
                return await answer_to(huge)

    assert b" 413 " in asyncio.run(whole()).splitlines()[0]


def test_a_caller_that_hangs_up_does_no_harm(tmp_path, capfd):
    async def whole():
        async with hearing(tmp_path, woken := []) as addresses:
            caller(addresses["runware"], length=1000, body=b"{").close()
            await asyncio.sleep(0.1)
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.post(addresses["runware"], content=RUNWARE)
        return woken

    assert asyncio.run(whole()) == [("runware", "job-1")]
    assert "Traceback" not in capfd.readouterr().err
