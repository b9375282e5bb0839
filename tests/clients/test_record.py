"""The recordings are what the installed clients send: the script runs again and the files are compared."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from .installed import CLI, CLI_FOLDER, PACKAGES, clean_environment, read_cli_version
from .record import HOSTS
from .server import RecordingServer, generalize

FOLDER = Path(__file__).parent


@pytest.mark.slow
def test_the_script_makes_the_same_recordings_again(tmp_path):
    if not shutil.which("node") or not CLI_FOLDER.exists():
        pytest.skip("WaveSpeed's command line is not installed: npm ci --prefix tests/clients")
    command = [sys.executable, FOLDER / "record.py", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=clean_environment())
    assert done.returncode == 0, done.stderr
    for host in HOSTS:
        made, kept = (folder / f"{host}.json" for folder in (tmp_path, FOLDER / "recordings"))
        assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), host


def test_there_is_a_recording_of_every_client_in_the_version_that_is_installed():
    kept = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / "recordings").glob("*.json")}
    assert kept.keys() == HOSTS.keys()
    wanted = {f"{name} {version(name)}" for name in PACKAGES} | {f"{CLI} {read_cli_version()}"}
    assert {f"{name} {number}" for one in kept.values() for name, number in one["clients"].items()} == wanted


def test_every_request_of_a_client_is_a_call_that_the_server_knows():
    for host in HOSTS:
        kept = json.loads((FOLDER / "recordings" / f"{host}.json").read_text(encoding="utf-8"))
        for name, requests in kept["conversations"].items():
            assert requests, (host, name)
            assert "nowhere" not in [request["what"] for request in requests], (host, name)


def test_the_server_keeps_a_request_whole(tmp_path):
    import httpx

    with RecordingServer("hiapi") as server:
        with httpx.Client(trust_env=False) as client:
            client.request(
                "DELETE", f"{server.base}/tasks/?a=1&b=", headers={"X-Odd": "Ä".encode("latin-1")}, content=b"x"
            )
        (kept,) = server.take()
    assert (kept["what"], kept["method"], kept["path"]) == ("nowhere", "DELETE", "/v1/tasks/")
    assert (kept["query"], kept["body"]) == ({"a": "1", "b": ""}, {"bytes": "x"})
    assert kept["headers"]["x-odd"] == "Ä"
    assert kept["headers"]["content-length"] == "<length>"


@pytest.mark.parametrize(
    ("value", "general"),
    [
        ("0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f", "<UUID 4>"),
        ("0f0f0f0f-0f0f-1f0f-8f0f-0f0f0f0f0f0f", "0f0f0f0f-0f0f-1f0f-8f0f-0f0f0f0f0f0f"),
        ("2026-01-01T00:00:00.000Z", "<time to the millisecond, UTC>"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("data:text/plain;base64,YQ==", "data:text/plain;base64,YQ=="),
        (["http://127.0.0.1:1/x", 8, True], ["<server>/x", 8, True]),
    ],
)
def test_values_that_change_with_each_run_are_recorded_as_what_they_are(value, general):
    assert generalize(value, "http://127.0.0.1:1") == general
