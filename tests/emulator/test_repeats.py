"""An order that is sent again."""

import json
import threading
import time

import pytest

from .asking import TEXT, Asking, job_id, uuid4


def test_runware_refuses_a_uuid_that_was_used(ask, emulator):
    task = TEXT["runware"][0] | {"taskUUID": uuid4()}
    assert ask.order("runware", [task]).status_code == 200
    answer = ask.order("runware", [task])
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["taskUUID"]) == (400, "conflictTaskUUID", task["taskUUID"])
    assert len(emulator.orders()) == 1


def test_runware_burns_no_uuid_with_a_task_that_it_refused(ask):
    task = TEXT["runware"][0] | {"taskUUID": uuid4()}
    assert ask.order("runware", [task | {"duration": 1}]).status_code == 400
    assert ask.order("runware", [task]).status_code == 200


@pytest.mark.parametrize("host", ["wavespeed", "scenario", "joypix"])
def test_the_others_do_and_bill_an_order_as_often_as_it_comes(ask, emulator, host):
    assert ask.ordered(host) != ask.ordered(host)
    assert [order["times"] for order in emulator.orders(host)] == [2, 2]


def test_hiapi_answers_a_key_with_its_first_task(ask, emulator):
    first, second = (ask.order("hiapi", headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json() == second.json()
    assert ("Idempotent-Replay" in first.headers, second.headers["Idempotent-Replay"]) == (False, "true")
    assert [(order["key"], order["times"]) for order in emulator.orders()] == [("one", 1)]


def test_hiapi_compares_bytes_and_not_meaning(ask, emulator):
    ask.order("hiapi", headers={"Idempotency-Key": "one"})
    spaced = json.dumps(TEXT["hiapi"], indent=1).encode()
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    answer = ask.send("hiapi", "POST", "/tasks", headers=headers, content=spaced)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_MISMATCH")
    assert len(emulator.orders()) == 1


def test_hiapi_knows_keys_by_account_and_up_to_255_bytes(ask, emulator):
    with Asking(emulator, "key-2") as other:
        one, two = (who.order("hiapi", headers={"Idempotency-Key": "k" * 255}) for who in (ask, other))
    assert job_id("hiapi", one.json()) != job_id("hiapi", two.json())
    assert ask.order("hiapi", headers={"Idempotency-Key": "k" * 256}).status_code == 400


def test_hiapi_forgets_the_key_of_a_task_that_it_refused(ask):
    headers = {"Idempotency-Key": "one"}
    assert ask.order("hiapi", {"model": "none", "input": {}}, headers=headers).status_code == 400
    assert ask.order("hiapi", headers=headers).status_code == 200


def test_hiapi_says_409_while_the_first_request_is_in_flight(ask, emulator):
    emulator.desk.slow = 1.0
    emulator.faults("slow-answer:1x@hiapi")
    headers, answers = {"Idempotency-Key": "one"}, []
    first = threading.Thread(target=lambda: answers.append(ask.order("hiapi", headers=headers)))
    first.start()
    with Asking(emulator) as other:
        until = time.monotonic() + 5
        while not emulator.orders() and time.monotonic() < until:
            time.sleep(0.005)
        second = other.order("hiapi", headers=headers)
        first.join()
        third = other.order("hiapi", headers=headers)
    assert (second.status_code, second.json()["error_code"]) == (409, "IDEMPOTENCY_KEY_PROCESSING")
    assert second.headers["Retry-After"] == "1"
    assert third.json() == answers[0].json()
    assert len(emulator.orders()) == 1
