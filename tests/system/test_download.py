"""Films from untrusted addresses: whole or not there, and no inner address is called."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sites import (
    AUTHORIZATION,
    INNER,
    KEY,
    PUBLIC,
    answering,
    drip,
    fetch,
    inner_names,
    resolver,
    site,
)

from storyforge.model.errors import MediaError
from storyforge.model.messages import Request
from storyforge.system.client import Client
from storyforge.system.download import BrokenDownload, DeadAddress, download
from storyforge.system.http import (
    RefusedAddress,
    Timeouts,
)


def test_a_film_comes_whole_and_byte_for_byte_without_key_or_cookie(tmp_path):
    film = bytes(range(256)) * 3000

    def answer(ask):
        if ask.path == "/film":
            ask.say(302, Location="/store/film.mp4?sig=1", Set_Cookie="a=b; Path=/")
        else:
            ask.say(200, film)

    async def fetched(client):
        async with client:
            await client.send(Request("GET", f"{host.url}/store"))
            await client.download(f"{host.url}/film", tmp_path / "films" / "a.mp4")

    with site(answer) as host:
        asyncio.run(fetched(Client(host.url, AUTHORIZATION)))
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
    assert "within 0.3 s" in broken(drip, tmp_path, BrokenDownload, timeouts=Timeouts(whole=0.3))


def test_a_film_that_stalls_ends_with_the_time_between_two_pieces(tmp_path):
    def answer(ask):
        ask.begin(1000)
        ask.server.over.wait(5)

    assert "fell silent" in broken(answer, tmp_path, BrokenDownload, timeouts=Timeouts(read=0.15))


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
            fetch("https://a.test/", tmp_path / "a.mp4", resolve=resolve, timeouts=Timeouts(connect=0.1))


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
