"""A real S3 server in a process of its own, with a bucket `films`."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from storyforge.system.object_store import Bucket

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAFORTESTS", "AWS_SECRET_ACCESS_KEY": "a-secret-for-tests"}


@contextlib.contextmanager
def s3_server() -> Iterator[httpx.Client]:
    """Runs the server; the client speaks with it unsigned, as its owner may."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                for _ in range(300):
                    with contextlib.suppress(httpx.TransportError):
                        if client.put("/films").status_code == 200:
                            break
                    time.sleep(0.1)
                yield client
        finally:
            server.terminate()


def bucket(endpoint: str, section: str = "publish", prefix: str = "refs", **more) -> Bucket:
    """The server's bucket as settings would describe it."""
    given = {"bucket": "films", "prefix": prefix, "endpoint": endpoint, "region": "us-east-1", "keys": KEYS}
    return Bucket(section=section, **{**given, **more})
