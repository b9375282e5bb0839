"""A real server on this machine, a transport, a clock and a resolver for tests of what goes over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import socket
import threading
from random import Random

import httpx

from storyforge.model.messages import Request
from storyforge.system.client import Client
from storyforge.system.download import download

KEY = "sk-live-0123456789abcdef"
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
PUBLIC = "93.184.216.34"
NOW = 1_800_000_000.0


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
"""Addresses inside a network, of this machine, in the open, or written so that something else is called."""


def inner_names():
    """Resolves the names of such addresses, and `good.test`."""
    return resolver(
        localhost=["127.0.0.1", "::1"],
        localhost_=["127.0.0.1"],
        inside_test=["10.1.2.3"],
        both_test=[PUBLIC, "192.168.0.1"],
        linked_test=["fe80::1%eth0"],
        good_test=[PUBLIC],
    )


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


def client_to(transport, base="https://api.host.test/v1", **more):
    return Client(base, AUTHORIZATION, transport=transport, now=lambda: NOW, **{"sleep": Sleeper(), **more})


def send(client, request):
    async def sent():
        async with client:
            return await client.send(request)

    return asyncio.run(sent())


def talk(client, conversation, **more):
    async def talked():
        async with client:
            return await client.talk(conversation, **more)

    return asyncio.run(talked())


def fetch(url, target, **more):
    asyncio.run(download(url, target, **more))
    return target.read_bytes()


def ask(url="https://api.host.test/v1/jobs"):
    answer = yield Request("GET", url)
    return answer


def drip(ask):
    ask.begin(1000)
    while not ask.server.over.wait(0.02):
        ask.pour(b".", 1)
