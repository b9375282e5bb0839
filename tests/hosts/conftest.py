"""A render against the emulator: the real command line, real HTTP on loopback, real films."""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import project, storyforge

from storyforge.emulator import Emulator, running
from storyforge.system.project import find_trust

HOSTS = ("runware", "wavespeed", "scenario", "hiapi", "joypix")

KEYS = {
    "RUNWARE_API_KEY": "rw-key-0123456789",
    "WAVESPEED_API_KEY": "ws-key-0123456789",
    "SCENARIO_SDK_API_KEY": "sc-key-0123456789",
    "SCENARIO_SDK_API_SECRET": "sc-secret-0123456789",
    "HIAPI_API_KEY": "sk-hi-0123456789",
    "JOYPIX_API_KEY": "jp-key-0123456789",
}


@dataclass
class Stage:
    """A project, the hosts on loopback, and the command that renders there."""

    folder: Path
    storyboard: Path
    emulator: Emulator

    def render(self, host: str, *options: str, keys: dict[str, str] = KEYS) -> subprocess.CompletedProcess[str]:
        return self.run("render", self.storyboard, "--provider", host, "--yes", *options, keys=keys)

    def run(self, *arguments: str | Path, keys: dict[str, str] = KEYS) -> subprocess.CompletedProcess[str]:
        surroundings = {**self.emulator.environment(), **keys, "STORYFORGE_POLL_SECONDS": "0.05"}
        return storyforge(*arguments, cwd=self.folder, **surroundings)

    def orders(self, host: str) -> list[dict]:
        return self.emulator.orders(host)


@pytest.fixture(scope="session")
def server(tmp_path_factory, shared):
    state = tmp_path_factory.mktemp("hosts") / "state"
    with running(state, films=shared / "films", card=True, delay=0.05, slow=0.3) as one:
        yield one


@pytest.fixture
def emulator(server):
    server.reset()
    return server


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A folder that a web server on this machine serves: the public folder of HiAPI's and JoyPix's pictures."""
    folder = tmp_path_factory.mktemp("published")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        yield folder, f"http://127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


SHOTS = """\
  - {id: wait, scene: pier, framing: wide shot, action: "@ana looks over the water.", seconds: 3, clip: new}
  - {id: call, scene: pier, framing: close shot, action: "@bo shows @ana his boat.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: The boat floats away., seconds: 3, clip: new}
"""


def staged(folder: Path, emulator: Emulator, published, shots: str = SHOTS) -> Stage:
    storyboard = project(folder, shots)
    public, address = published
    settings = f'[publish]\nkind = "folder"\nfolder = "{public}"\nurl = "{address}"\n'
    (folder / "storyforge.toml").write_text(settings, encoding="utf-8")
    find_trust(folder).allow()
    return Stage(folder, storyboard, emulator)


@pytest.fixture
def stage(tmp_path, emulator, published):
    return staged(tmp_path, emulator, published)
