"""The orders that the providers are held to are orders that the emulator takes, though neither knows the other."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .asking import HOSTS

GOLDEN = {
    host: json.loads((Path(__file__).parents[1] / "providers/orders" / f"{host}.json").read_text()) for host in HOSTS
}
BASE_PATHS = {"runware": "/v1", "scenario": "/v1", "hiapi": "/v1"}


@pytest.mark.parametrize(("host", "mode"), [(host, mode) for host in HOSTS for mode in GOLDEN[host]])
def test_a_golden_order_is_taken(ask, emulator, host, mode):
    order = GOLDEN[host][mode]
    body = order["json"]
    if host == "scenario":
        body |= {"image": ask.asset()} if "image" in body else {}
        body |= {"referenceImages": [ask.asset() for _ in body["referenceImages"]]} if "referenceImages" in body else {}
    path = urlsplit(order["url"]).path.removeprefix(BASE_PATHS.get(host, ""))
    answer = ask.send(host, "POST", path, body)
    assert answer.status_code == 200, answer.text
    (taken,) = emulator.orders(host)
    assert taken["body"] == (body[0] if host == "runware" else body)
