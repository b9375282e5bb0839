"""Orders at an emulator: known by its answers on this machine, and nothing to the host that it stands in for."""

from __future__ import annotations

import httpx
import pytest

from storyforge.system.client import Client, Pace

from .staging import START, Fake, job


def test_what_an_emulator_took_is_ordered_at_the_host_itself(stage):
    stage.planned(job("a"), number="job-at-the-emulator", fate="sent")
    stage.ledger.mark_emulated(stage.ledger.orders()[0])
    assert stage.run(job("a")) == [None]
    assert len(stage.site.bodies) == 1
    first, second = stage.ledger.orders()
    assert (first.status, second.status, second.emulated) == ("sent", "done", False)


@pytest.mark.parametrize("attached", [False, True])
def test_an_order_is_an_emulators_once_an_answer_on_this_machine_says_so(stage, monkeypatch, attached):
    host = Fake("http://127.0.0.1:9/v1")
    answer = stage.site.answer

    def marked(request):
        said = answer(request)
        said.headers["X-StoryForge-Emulator"] = "1.0"
        return said

    def wire(host):
        transport = httpx.MockTransport(marked)
        pace = Pace(first=1.0, fixed=True)
        return Client(
            host.base_url, host.authorization({}), pace=pace, transport=transport, resolve=public, sleep=stage.sleep
        )

    monkeypatch.setattr(stage, "wire", wire)
    if attached:
        stage.site.jobs["job-1"] = {"body": {}, "reason": None, "created": START}
        stage.planned(job("a"), host, number="job-1", fate="sent")
    assert stage.run(job("a"), host=host) == [None]
    assert [(order.status, order.emulated) for order in stage.ledger.orders()] == [("done", True)]
    assert stage.ledger.list_counted(0.0) == []


async def public(name, port):
    return ["93.184.216.34"]
