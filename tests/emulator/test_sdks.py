"""The hosts' official clients against the emulator: they know the wire from their makers and share nothing with us."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from clients.installed import clean_environment

from storyforge.emulator import running

from .asking import TEXT, Asking, Receiver

CLIENTS = Path(__file__).with_name("sdk_clients.py")
SECRET = "a-secret-of-sixteen-characters"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory, shared):
    with running(
        tmp_path_factory.mktemp("sdks"), films=shared / "films", card=True, delay=0.2, webhook_secret=SECRET
    ) as one:
        yield one


def run(emulator, name, given=""):
    """What a client tells of its work."""
    command = [sys.executable, str(CLIENTS), name, json.dumps(emulator.bases())]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=90, env=clean_environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def is_film(emulator, address):
    with Asking(emulator) as ask:
        answer = ask.http.get(address)
    return answer.status_code == 200 and answer.content[4:8] == b"ftyp"


def test_runware_s_client_uploads_orders_polls_and_meets_the_conflict(emulator):
    told = run(emulator, "runware")
    assert is_film(emulator, told["film"])
    assert (told["cost"], told["again"]["code"], told["again"]["status"]) == (0.42, "validation", 400)
    (order,) = emulator.orders("runware")
    assert order["job"] == told["job"]
    assert order["body"]["positivePrompt"] == told["request"][0]["positivePrompt"] == "A lamp."


def test_wavespeed_s_client_uploads_orders_and_polls(emulator):
    told = run(emulator, "wavespeed")
    assert is_film(emulator, told["film"])
    assert "1401" in told["refused"]
    (order,) = emulator.orders("wavespeed")
    assert order["body"]["images"][0] == told["address"]
    assert [entry["authorization"] for entry in emulator.requests("wavespeed") if entry["method"] == "PUT"] == [
        None
    ] * 2


def test_scenario_s_client_uploads_prices_orders_polls_lists_and_registers(emulator):
    told = run(emulator, "scenario")
    assert is_film(emulator, told["film"])
    assert (told["kind"], told["price"]) == ("video/mp4", [269, {"creativeUnitsCost": 42}])
    first, second = emulator.orders("scenario")
    assert (first["job"], told["listed"]) == (told["job"], [second["job"], first["job"]])
    assert told["refused"]["error"]["code"] == "BadRequest"
    assert told["secret"] == SECRET


def test_hiapi_s_client_orders_repeats_polls_and_lists(emulator):
    told = run(emulator, "hiapi")
    assert is_film(emulator, told["film"])
    assert told["again"] == [told["job"], True]
    assert (told["listed"], told["total"]) == ([told["job"]], 1)
    mismatch, refused = told["errors"]
    assert mismatch[:3] == ["IdempotencyKeyMismatchError", 422, "IDEMPOTENCY_KEY_MISMATCH"]
    assert refused[1:] == [400, "INVALID_REQUEST", "additional properties 'seed' not allowed"]


def test_hiapi_s_client_takes_our_signature_of_a_callback(emulator):
    with Receiver() as receiver, Asking(emulator) as ask:
        ask.ordered("hiapi", TEXT["hiapi"] | {"callback": {"url": receiver.url}})
        headers, body, _ = receiver.wait()[0]
    given = {"body": body.decode(), "headers": headers, "secret": SECRET}
    assert run(emulator, "hiapi-callback", json.dumps(given)) == {"status": "success"}
