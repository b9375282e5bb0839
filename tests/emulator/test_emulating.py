"""The command, as a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from storyforge.emulator.faults import FAULTS

START = "from storyforge.cli.emulate import emulate; import sys; sys.exit(emulate.main(standalone_mode=False))"


def started(*arguments):
    command = [sys.executable, "-c", START, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONWARNINGS": "error"}
    )


def answers(base):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            return httpx.get(f"{base}/nothing", trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("nobody answers")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_prints_the_addresses_answers_and_stops(tmp_path, number, code):
    log = tmp_path / "log.jsonl"
    with started("--card", "--log", str(log), "--fault", "402:1x@joypix") as process:
        lines = [process.stdout.readline().strip() for _ in range(5)]
        found = dict(re.fullmatch(r"export (\w+)=(http://127\.0\.0\.1:\d+/.*)", line).groups() for line in lines)
        assert [name.partition("_")[0] for name in found] == ["RUNWARE", "WAVESPEED", "SCENARIO", "HIAPI", "JOYPIX"]
        assert answers(found["JOYPIX_BASE_URL"]).status_code == 404
        body, headers = {"model": "happyhorse-1.0-t2v", "prompt": "x"}, {"Authorization": "Bearer my-key"}
        address = f"{found['JOYPIX_BASE_URL']}/v1/alibaba/text-to-video"
        seen = [httpx.post(address, json=body, headers=headers, trust_env=False).status_code for _ in range(2)]
        process.send_signal(number)
        assert process.wait(10) == code
        assert process.stderr.read() == "answering until interrupted; any key is taken\n"
    assert seen == [402, 200]
    written = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["host"], one["method"], one["status"]) for one in written[-2:]] == [
        ("joypix", "POST", 402),
        ("joypix", "POST", 200),
    ]
    assert (written[-1]["body"], written[-1]["authorization"]) == (body, "redacted")
    assert "my-key" not in log.read_text()


def test_it_prints_the_addresses_as_json_too():
    with started("--format", "json") as process:
        text = ""
        while not text.endswith("\n}\n"):
            text += process.stdout.readline()
        told = json.loads(text)
        assert told["environment"]["RUNWARE_BASE_URL"] == f"{told['url']}/runware/v1"
        process.terminate()
        process.communicate()


def test_it_lists_the_faults():
    with started("--list-faults") as process:
        out, _ = process.communicate(timeout=10)
    assert [line.split()[0] for line in out.splitlines()] == [fault.name for fault in FAULTS]


def refusal(*arguments):
    """What it says at its end; it is killed if it does not end."""
    with started(*arguments) as process:
        try:
            _, error = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode
    return error


def test_it_refuses_a_fault_that_it_does_not_know():
    assert "`none` is no fault" in refusal("--fault", "none")


def test_it_refuses_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} cannot be used" in refusal("--port", str(port))


def modules_after(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_it_shares_nothing_with_the_providers():
    assert not [name for name in modules_after("import storyforge.emulator") if name.startswith("storyforge.providers")]


def test_its_command_loads_no_server_until_it_runs():
    assert not {"starlette", "uvicorn", "httpx"} & set(modules_after("import storyforge.cli.emulate"))


def test_its_help_says_what_it_does_not_serve():
    with started("--help") as process:
        out, _ = process.communicate(timeout=10)
    for name in ("WebSocket", "modelSearch", "video-extend", "/storages"):
        assert name in out
