"""One host: keys stay with it, requests that may be repeated are retried, polls are paced."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random

import httpx
import pytest
from sites import (
    AUTHORIZATION,
    KEY,
    NOW,
    PUBLIC,
    Sleeper,
    Straight,
    answering,
    ask,
    client_to,
    closed_port,
    resolver,
    send,
    site,
    talk,
)

from storyforge.model.errors import CredentialsError, UsageError
from storyforge.model.messages import Note, Refused, Request, Wait
from storyforge.system.client import Client, Pace, retry_after
from storyforge.system.http import (
    AnswerTooLarge,
    LostAnswer,
    OutOfReach,
    RefusedAddress,
)


def test_a_request_goes_out_with_the_key_and_its_bytes_and_the_answer_comes_back():
    with site(lambda ask: ask.say(201, b'{"id": "\xc3\xa9"}', X_Rate="7")) as host:
        request = Request("POST", f"{host.url}/v1/jobs", {"prompt": "Café"}, {"Idempotency-Key": "one"})
        answer = send(Client(f"{host.url}/v1", AUTHORIZATION), request)
    assert (answer.status, answer.json, answer.headers["x-rate"]) == (201, {"id": "é"}, "7")
    [(method, path, headers, body)] = host.asked
    assert (method, path, body) == ("POST", "/v1/jobs", '{"prompt":"Café"}'.encode())
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "one"


def test_stored_bytes_are_sent_as_they_are():
    transport = answering(200)
    content = b'{ "prompt":"as stored" }'
    send(client_to(transport), Request("POST", "https://api.host.test/v1", {"prompt": "other"}, content=content))
    assert transport.requests[0].content == content


def test_a_large_upload_goes_in_pieces_with_its_length():
    content = bytes(range(256)) * 2000
    with site(lambda ask: ask.say(200)) as host:
        send(Client(host.url, AUTHORIZATION), Request("PUT", f"{host.url}/ticket", content=content, keyed=False))
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
        send(client_to(transport), Request("GET", address))
    assert transport.requests == []
    assert KEY not in str(refused.value)


def test_the_same_origin_may_be_written_in_other_ways():
    transport = answering(200)
    send(client_to(transport), Request("GET", "https://API.host.test:443/v2/other"))
    assert transport.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_upload_ticket_of_another_host_goes_without_the_key_to_its_checked_address():
    transport, resolve = answering(200), resolver(bucket_test=[PUBLIC])
    request = Request("PUT", "https://bucket.test/one?sig=1", content=b"x", headers={"X-Kind": "png"}, keyed=False)
    send(client_to(transport, resolve=resolve), request)
    [sent] = transport.requests
    assert (sent.url.host, sent.headers["host"], sent.headers["x-kind"]) == (PUBLIC, "bucket.test", "png")
    assert "authorization" not in sent.headers
    assert KEY not in str(sent.headers)


@pytest.mark.parametrize(
    "ticket", ["https://169.254.169.254/", "http://bucket.test/", "https://inside.test/", "ftp://a"]
)
def test_an_upload_ticket_to_an_inner_or_open_address_is_refused(ticket):
    transport = answering(200)
    client = client_to(transport, resolve=resolver(bucket_test=[PUBLIC], inside_test=["10.0.0.1"]))
    with pytest.raises(RefusedAddress):
        send(client, Request("PUT", ticket, content=b"x", keyed=False))
    assert transport.requests == []


def test_headers_of_a_ticket_cannot_change_the_host_or_the_length():
    transport = answering(200)
    headers = {"HOST": "evil.test", "Content-length": "9", "Transfer-Encoding": "chunked", "Accept-Encoding": "br"}
    send(client_to(transport), Request("PUT", "https://api.host.test/t", content=b"abc", headers=headers, keyed=False))
    sent = transport.requests[0].headers
    assert (sent["host"], sent["content-length"], sent["accept-encoding"]) == ("api.host.test", "3", "identity")
    assert "transfer-encoding" not in sent


@pytest.mark.parametrize("value", ["naïve", 7, None])
def test_headers_of_a_ticket_that_cannot_be_sent_are_refused(value):
    transport = answering(200)
    with pytest.raises(RefusedAddress, match="headers"):
        send(client_to(transport), Request("PUT", "https://api.host.test/t", headers={"X-Kind": value}, keyed=False))
    assert transport.requests == []


def test_a_redirect_is_an_answer_and_is_not_followed():
    transport = answering((307, {"Location": "https://evil.test/"}, b""))
    answer = send(client_to(transport), Request("POST", "https://api.host.test/v1", {}))
    assert (answer.status, len(transport.requests)) == (307, 1)


@pytest.mark.parametrize(
    "base", ["http://api.host.test/v1", "http://10.0.0.1", "http://127.0.0.1.evil.test", "ftp://a", ""]
)
def test_a_base_address_that_would_send_the_key_in_the_open_is_a_mistake(base):
    with pytest.raises(UsageError, match="not https"):
        Client(base, AUTHORIZATION)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8787/v1", "http://localhost:1", "http://[::1]:1", "https://127.0.0.1"]
)
def test_a_base_address_of_this_machine_is_a_rehearsal(base):
    assert Client(base, AUTHORIZATION).loopback
    assert not Client("https://api.host.test", AUTHORIZATION).loopback


@pytest.mark.parametrize("marked", [True, False])
def test_an_emulator_is_known_by_its_header_on_this_machine(marked):
    head = {"X_StoryForge_Emulator": "1.0"} if marked else {}
    with site(lambda ask: ask.say(200, b"{}", **head)) as host:
        client = Client(host.url, AUTHORIZATION)
        assert not client.emulated
        send(client, Request("POST", f"{host.url}/order", {}))
        assert client.emulated == marked


def test_the_emulators_header_means_nothing_from_elsewhere_or_from_another_address_than_the_hosts():
    marked = {"X-StoryForge-Emulator": "1.0"}
    client = client_to(
        httpx.MockTransport(lambda request: httpx.Response(200, headers=marked, stream=httpx.ByteStream(b"")))
    )
    send(client, Request("POST", "https://api.host.test/v1", {}))
    assert not client.emulated
    with site(lambda ask: ask.say(200, b"{}", X_StoryForge_Emulator="1.0")) as other:
        here = Client("http://127.0.0.1:1/v1", AUTHORIZATION)
        send(here, Request("PUT", f"{other.url}/ticket", content=b"x", keyed=False))
    assert not here.emulated


@pytest.mark.parametrize("key", ["sk-123456\nX-Other: 1", "sk-123456\u2026", "sk-123456\x00"])
def test_a_key_that_cannot_be_a_key_is_said_without_showing_it(key):
    with pytest.raises(CredentialsError) as refused:
        Client("https://api.host.test", {"Authorization": f"Bearer {key}"})
    assert "sk-123456" not in str(refused.value)


def test_an_order_has_a_connection_to_itself_and_polls_share_theirs():
    def polls():
        for _ in range(3):
            yield Request("GET", f"{host.url}/poll")

    async def ordered(client):
        async with client:
            for _ in range(3):
                await client.send(Request("POST", f"{host.url}/order", {}))
            orders = host.connections
            await client.talk(polls())
            return orders, host.connections - orders

    with site(lambda ask: ask.say(200, b"{}")) as host:
        assert asyncio.run(ordered(Client(host.url, AUTHORIZATION))) == (3, 1)


def test_proxies_and_netrc_of_the_environment_are_not_used_and_cookies_not_kept(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")

    async def twice(client):
        async with client:
            for keyed in (True, False):
                await client.send(Request("GET", host.url, keyed=keyed))

    with site(lambda ask: ask.say(200, b"{}", Set_Cookie="session=1; Path=/")) as host:
        asyncio.run(twice(Client(host.url, AUTHORIZATION)))
    (_, _, first, _), (_, _, second, _) = host.asked
    assert first["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in second
    assert "cookie" not in second


def test_what_may_be_repeated_is_repeated_until_there_is_an_answer():
    later = (429, {"Retry-After": "7"}, b"")
    transport = answering(httpx.ConnectError("no"), httpx.ReadTimeout(""), later, (200, {}, b'{"ok": 1}'))
    sleeper = Sleeper()
    client = client_to(transport, sleep=sleeper, pace=Pace(random=Straight()))
    assert talk(client, ask()).json == {"ok": 1}
    assert sleeper.slept == [2.0, 4.0, 7.0]


def test_back_off_is_spread_and_has_a_ceiling():
    pace = Pace(random=Random(1))
    for turn, step in ((1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (5000, 30)):
        waits = [pace.back_off(turn) for _ in range(50)]
        assert step / 2 <= min(waits) < max(waits) <= step
    assert Pace.from_seconds(0.2).back_off(1) <= 0.2
    assert Pace.from_seconds(0).first > 0


def test_a_host_that_says_later_for_ever_is_passed_on_as_it_is():
    transport = answering(503)
    assert talk(client_to(transport), ask()).status == 503
    assert len(transport.requests) == 4


def test_a_host_without_a_connection_is_out_of_reach_after_three_tries():
    transport, sleeper = answering(httpx.ConnectError("refused")), Sleeper()
    with pytest.raises(OutOfReach, match=r"api\.host\.test") as out:
        talk(client_to(transport, sleep=sleeper), ask())
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
        talk(client_to(transport), conversation())
    assert (len(transport.requests), closed) == (4, [True])


def test_an_answer_that_is_too_large_is_not_asked_for_again():
    transport = answering((200, {"Content-Length": str(50 * 2**20)}, b""))
    with pytest.raises(AnswerTooLarge):
        talk(client_to(transport), ask())
    assert len(transport.requests) == 1


def test_a_no_is_not_repeated():
    for status in (400, 401, 402, 403, 404, 409, 422):
        transport = answering(status)
        assert talk(client_to(transport), ask()).status == status
        assert len(transport.requests) == 1


def polling(times, seconds=1.0, share=None):
    for _ in range(times):
        yield Wait(seconds, share)
    return "done"


def test_polls_come_less_often_over_time():
    sleeper = Sleeper()
    assert talk(client_to(answering(200), sleep=sleeper, pace=Pace(random=Random(2))), polling(20)) == "done"
    assert 2.0 <= sleeper.slept[0] <= 2.4
    assert 10.0 <= sleeper.slept[-1] <= 12.0
    assert len(set(sleeper.slept)) == 20


def test_a_host_may_ask_for_fewer_polls_but_a_setting_wins():
    slow, fixed = Sleeper(), Sleeper()
    talk(client_to(answering(200), sleep=slow), polling(2, seconds=30))
    assert min(slow.slept) >= 30
    talk(client_to(answering(200), sleep=fixed, pace=Pace.from_seconds(0.05)), polling(3, seconds=30))
    assert fixed.slept == [0.05] * 3


def test_a_call_ends_one_wait_early_and_only_one():
    waits = []

    async def never(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            wake.set()
            await asyncio.Event().wait()

    async def talked():
        return await client_to(answering(200), sleep=never).talk(polling(3), wake=wake)

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

    ended = talk(client_to(answering(200), note=notes.append), conversation(), progress=shares.append)
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
