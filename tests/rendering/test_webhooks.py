"""Calls of hosts: heard on a real server, believed only with token and signature, and never more than a wake."""

import asyncio
import json
import socket

import httpx
import pytest

from storyforge.emulator.webhooks import hiapi_headers, wavespeed_headers
from storyforge.model.errors import UsageError
from storyforge.providers.hiapi import HiApi
from storyforge.providers.runware import Runware
from storyforge.providers.wavespeed import WaveSpeed
from storyforge.rendering.webhooks import LARGEST, callback_addresses, receiving
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
