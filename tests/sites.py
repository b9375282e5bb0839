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
