"""Every fault does what its line says; a test fails where one has no test."""

import asyncio
import email.utils
import json
import time

import httpx
import pytest

from storyforge.emulator.faults import BY_NAME, FAULTS
from storyforge.model.errors import MediaError
from storyforge.system import decode

from .asking import ENDS, GOOD, HOSTS, TEXT, Asking, job_id, status, uuid4

REFUSED = {
    "reject-500": 500, "429-seconds": 429, "429-date": 429, "503-before": 503, "401": 401, "402": 402, "403": 403,
    "moderation": 400, "invalid-parameter": 400, "mismatch-422": 422,
}  # fmt: skip
LOST = {"accept-then-500": 500, "accept-then-503": 503, "in-flight-409": 409, "accept-then-conflict": 400}
FAILING = ("failed-job", "failed-with-200", "moderation-later", "transient-failure")
DROPPED = ("reject-drop", "accept-then-drop", "poll-drop")
POLLS = {"lost-poll": 500, "poll-429": 429}
REDIRECTS = ("redirect-to-file", "redirect-to-metadata", "redirect-with-key-check", "redirect-loop")
BROKEN = ("truncated-download", "corrupt-download", "empty-download", "page-for-film")
OTHERS = (
    "accept-then-not-json", "slow-answer", "code-0", "unknown-status", "pending-word", "endless-job", "wrong-length-film",
    "soft-ending", "early-callback", "visibility-lag", "duplicate-callback", "slow-poll", "empty-data", "errors-beside-data",
    "repeated-result", "huge-json", "not-json", "other-error-envelope", "empty-page", "expired-url",
)  # fmt: skip
ELSEWHERE = (
    "empty-list", "list-500", "list-403", "list-page", "renamed-list", "renamed-jobs", "list-cut", "list-lost-page",
    "list-repeated-page", "late-list", "film-elsewhere", "film-nowhere", "clock", "echoed-key", "half-character",
)  # fmt: skip
"""Those that are tried in `test_lists.py`, in `test_clock.py` or below."""


def pairs(*names):
    """Each fault with each of its hosts."""
    return pytest.mark.parametrize(("name", "host"), [(name, host) for name in names for host in BY_NAME[name].hosts])


def test_every_fault_has_a_test():
    tested = {*REFUSED, *LOST, *FAILING, *DROPPED, *POLLS, *REDIRECTS, *BROKEN, *OTHERS, *ELSEWHERE}
    assert tested == {fault.name for fault in FAULTS}
    assert len(FAULTS) == len(BY_NAME) >= 25


@pairs(*REFUSED)
def test_an_order_that_is_refused_is_not_accepted(ask, emulator, name, host):
    emulator.faults(f"{name}:1x@{host}")
    assert ask.order(host).status_code == REFUSED[name]
    assert not emulator.orders()
    assert ask.order(host).status_code == 200


@pairs("429-seconds", "429-date", "503-before", "poll-429")
def test_a_host_that_has_too_much_to_do_says_how_long_to_wait(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(name)
    given = (ask.poll(host, job) if name == "poll-429" else ask.order(host)).headers["Retry-After"]
    if name == "429-date":
        assert 0 <= email.utils.parsedate_to_datetime(given).timestamp() - time.time() + 1 < 4
    else:
        assert given == "1"


@pairs(*LOST)
def test_an_order_can_be_accepted_though_the_answer_denies_it(ask, emulator, name, host):
    emulator.faults(f"{name}:1x")
    body = [TEXT[host][0] | {"taskUUID": uuid4()}] if host == "runware" else TEXT[host]
    headers = {"Idempotency-Key": "one"} if host == "hiapi" else {}
    assert ask.order(host, body, headers=headers).status_code == LOST[name]
    (order,) = emulator.orders()
    again = ask.order(host, body, headers=headers)
    if host == "runware":
        assert again.json()["errors"][0]["code"] == "conflictTaskUUID"
    elif host == "hiapi":
        assert again.headers["Idempotent-Replay"] == "true"
    else:
        assert job_id(host, again.json()) != order["job"]
    assert len(emulator.orders()) == (1 if host in ("runware", "hiapi") else 2)
    assert status(host, ask.wait(host, order["job"])) == GOOD[host]


@pairs(*DROPPED)
def test_a_connection_closes_without_an_answer(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    with pytest.raises(httpx.RemoteProtocolError):
        ask.poll(host, job) if name == "poll-drop" else ask.order(host)
    assert len(emulator.orders()) == (2 if name == "accept-then-drop" else 1)


@pairs("accept-then-not-json", "not-json")
def test_a_page_comes_where_json_is_due(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    answer = ask.poll(host, job) if name == "not-json" else ask.order(host)
    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")
    assert len(emulator.orders()) == (1 if name == "not-json" else 2)


@pairs("slow-answer", "slow-poll")
def test_an_answer_comes_after_a_long_time(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    with Asking(emulator, timeout=0.1) as hasty, pytest.raises(httpx.ReadTimeout):
        hasty.poll(host, job) if name == "slow-poll" else hasty.order(host)
    due, until = (1 if name == "slow-poll" else 2), time.monotonic() + 5
    while len(emulator.orders()) < due and time.monotonic() < until:
        time.sleep(0.01)
    assert len(emulator.orders()) == due


@pairs(*FAILING)
def test_a_job_fails_in_the_words_of_its_host(ask, emulator, name, host):
    emulator.faults(name)
    job = ask.ordered(host)
    told = ask.wait(host, job)
    assert status(host, told) == ENDS[host][1]
    number = FAILING.index(name)
    permanent = {"runware": "invalidProviderInput", "wavespeed": 1403, "hiapi": "TASK_FAILED"}
    words = {
        "runware": (permanent["runware"],) * 2 + ("providerContentPolicyViolation", "inferenceError"),
        "wavespeed": (permanent["wavespeed"],) * 2 + (1200, 5003),
        "scenario": ("the generation failed",) * 2 + ("the content was flagged", "the provider timed out"),
        "hiapi": (permanent["hiapi"],) * 3 + ("TASK_TIMEOUT",),
        "joypix": ("generation failed",) * 2
        + ("the content was flagged by moderation", "upstream timed out, try again"),
    }
    match host:
        case "runware":
            found = (told["data"][0]["error"] if "data" in told else told["errors"][0])["code"]
        case "wavespeed":
            found = told["data"]["code"]
        case "scenario":
            found = told["job"]["metadata"]["error"]
        case "hiapi":
            found = told["data"]["error"]["code"]
        case _:
            found = told["data"]["error"]
    assert found == words[host][number]
    assert ask.poll(host, job).status_code == (400 if host == "runware" and name != "failed-with-200" else 200)


@pairs("unknown-status", "pending-word")
def test_a_running_job_uses_another_word_and_ends_well(ask, emulator, name, host):
    emulator.desk.delay = 0.25
    emulator.faults(name)
    job = ask.ordered(host)
    assert (
        status(host, ask.poll(host, job).json()) == {"unknown-status": "reticulating", "pending-word": "pending"}[name]
    )
    assert status(host, ask.wait(host, job)) == GOOD[host]


@pairs("endless-job")
def test_a_job_never_ends(ask, emulator, name, host):
    emulator.faults(f"{name}:1x")
    job = ask.ordered(host)
    ask.wait(host, ask.ordered(host))
    assert status(host, ask.poll(host, job).json()) not in ENDS[host]


@pairs("wrong-length-film")
def test_a_film_is_a_second_short(ask, emulator, tmp_path, name, host):
    emulator.faults(name)
    (tmp_path / "film.mp4").write_bytes(ask.film(host, ask.ordered(host)))
    assert decode.probe(tmp_path / "film.mp4").frames == 48


@pairs("soft-ending")
def test_a_film_is_blurred_at_its_end(ask, emulator, tmp_path, name, host):
    emulator.faults(name)
    (tmp_path / "film.mp4").write_bytes(ask.film(host, ask.ordered(host)))
    assert decode.probe(tmp_path / "film.mp4").frames == 72
    at, _ = decode.sharpest_frame(tmp_path / "film.mp4", 0.5, tmp_path / "frame.png")
    assert round(at * 24) == 72 - 6 - 1


@pairs("visibility-lag")
def test_an_order_is_seen_in_lists_only_later(ask, emulator, name, host):
    emulator.faults(name)
    job = ask.ordered(host)

    def seen():
        if host == "runware":
            return ask.send(host, "POST", "", [{"taskType": "getTaskDetails", "taskUUID": job}]).status_code == 200
        if host == "wavespeed":
            return bool(ask.send(host, "POST", "/api/v3/predictions", {}).json()["data"]["items"])
        answer = ask.send(host, "GET", "/jobs" if host == "scenario" else "/tasks").json()
        return bool(answer["jobs"] if host == "scenario" else answer["data"]["tasks"])

    assert not seen()
    assert status(host, ask.wait(host, job)) == GOOD[host]
    time.sleep(emulator.desk.lag)
    assert seen()


def with_callback(ask, host, url):
    """An order that is called back; its answer."""
    match host:
        case "runware":
            return ask.order(host, [TEXT[host][0] | {"taskUUID": uuid4(), "webhookURL": url}])
        case "wavespeed":
            return ask.order(host, params={"webhook": url})
        case "scenario":
            ask.send(
                host, "POST", "/projects/p/webhook-endpoints", {"url": url, "enabledEvents": ["generation.completed"]}
            )
            return ask.order(host)
    return ask.order(host, TEXT[host] | {"callback": {"url": url}})


@pairs("duplicate-callback")
def test_a_callback_comes_twice(ask, emulator, receiver, name, host):
    emulator.faults(name)
    with_callback(ask, host, receiver.url)
    first, second = receiver.wait(2)
    assert first[1] == second[1]
    assert first[0].get("Webhook-Id") == second[0].get("Webhook-Id")


@pairs("early-callback")
def test_a_callback_comes_before_the_answer_to_the_order(ask, emulator, receiver, name, host):
    emulator.faults(name)
    answer = with_callback(ask, host, receiver.url)
    assert len(receiver.received) == 1
    assert job_id(host, answer.json()) in receiver.received[0][1].decode()


@pairs(*POLLS)
def test_a_poll_is_refused(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    assert ask.poll(host, job).status_code == POLLS[name]
    assert status(host, ask.wait(host, job)) == GOOD[host]


@pairs("empty-data")
def test_a_poll_is_answered_with_nothing(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    told = ask.poll(host, job).json()
    assert told == {} if host == "scenario" else not told["data"]
    assert status(host, ask.wait(host, job)) == GOOD[host]


@pairs("errors-beside-data")
def test_an_error_of_something_else_stands_beside_the_answer(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(name)
    told = ask.wait(host, job)
    assert len(told["errors"]) == 1
    assert job not in str(told["errors"])
    assert status(host, told) == GOOD[host]


@pairs("repeated-result")
def test_a_finished_result_stands_twice(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(name)
    assert len({item["videoUUID"] for item in ask.wait(host, job)["data"]}) == 1
    assert len(ask.poll(host, job).json()["data"]) == 2


@pairs("huge-json")
def test_a_poll_is_answered_with_fifty_megabytes(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    answer = ask.poll(host, job)
    assert len(answer.content) > 50_000_000
    assert answer.headers["content-type"] == "application/json"


@pairs("other-error-envelope")
def test_an_error_comes_in_the_other_form(ask, emulator, name, host):
    emulator.faults(name, "429-seconds:1x")
    for code in ("rate_limit_exceeded", "invalid_request"):
        told = ask.order(host, TEXT[host] if code.startswith("rate") else {}).json()
        assert set(told) == {"error"}
        assert (told["error"]["type"], told["error"]["code"]) == ("hiapi_error", code)
        assert told["error"]["request_id"]


@pairs("echoed-key", "half-character")
def test_an_error_says_what_it_should_not(ask, emulator, name, host):
    emulator.faults(f"{name}:1x", "invalid-parameter:1x")
    answer = ask.order(host)
    sent = answer.request.headers["authorization"].split()[1]
    assert answer.status_code == 400
    assert (sent if name == "echoed-key" else "\\ud800") in answer.text
    assert answer.json()
    assert sent not in json.dumps(emulator.requests())


@pairs("empty-page")
def test_a_page_is_empty_though_others_follow(ask, emulator, name, host):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    page = ask.send(host, "GET", "/jobs").json()
    assert page["jobs"] == []
    follows = ask.send(host, "GET", "/jobs", params={"paginationToken": page["nextPaginationToken"]}).json()
    assert [one["jobId"] for one in follows["jobs"]] == [job]


@pairs("code-0")
def test_an_order_is_answered_in_the_other_form(ask, emulator, name, host):
    emulator.faults(name)
    told = ask.order(host).json()
    assert (told["code"], told["msg"], told["data"]["status"]) == (0, "success", "submitted")


@pairs("expired-url")
def test_an_address_has_expired_when_it_is_handed_out(ask, emulator, name, host):
    job = ask.ordered(host)
    ask.wait(host, job)
    emulator.faults(f"{name}:1x")
    answer = ask.http.get(ask.film_address(host, job))
    assert (answer.status_code, "expired" in answer.text) == (403, True)
    assert ask.film(host, job)


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("host", HOSTS)
def test_a_film_comes_broken_and_then_whole(ask, emulator, tmp_path, name, host):
    address = ask.film_address(host, ask.ordered(host))
    whole = ask.http.get(address).content
    emulator.faults(f"{name}:1x")
    if name == "truncated-download":
        with pytest.raises(httpx.RemoteProtocolError):
            ask.http.get(address)
    else:
        answer = ask.http.get(address)
        assert answer.status_code == 200
        assert answer.content != whole
        assert (len(answer.content) == len(whole)) is (name == "corrupt-download")
    assert ask.http.get(address).content == whole


def test_a_corrupt_film_does_not_decode(ask, emulator, tmp_path):
    address = ask.film_address("joypix", ask.ordered("joypix"))
    emulator.faults("corrupt-download:1x")
    (tmp_path / "bad.mp4").write_bytes(ask.http.get(address).content)
    (tmp_path / "good.mp4").write_bytes(ask.http.get(address).content)
    with pytest.raises(MediaError):
        asyncio.run(decode.check_whole(tmp_path / "bad.mp4", 72))
    assert asyncio.run(decode.check_whole(tmp_path / "good.mp4", 72)).frames == 72


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", REDIRECTS)
def test_a_film_is_somewhere_else(ask, emulator, name, host):
    address = ask.film_address(host, ask.ordered(host))
    emulator.faults(name)
    answer = ask.http.get(address)
    to = answer.headers["location"]
    assert answer.status_code == 302
    match name:
        case "redirect-to-file":
            assert to == "file:///etc/passwd"
        case "redirect-to-metadata":
            assert to.startswith("http://169.254.169.254/")
        case "redirect-loop":
            assert to == address
        case _:
            assert ask.http.get(to).status_code == 200
            assert ask.http.get(to, headers={"Authorization": "Bearer key-1"}).status_code == 400


def test_faults_can_be_changed_over_http(ask, emulator):
    path = f"{emulator.url}/_emulator/faults"
    told = ask.http.post(path, json={"faults": ["402:1x@joypix"], "seed": 3}).json()
    assert told["faults"] == ["402:1x@joypix"]
    assert {one["name"] for one in told["known"]} == set(BY_NAME)
    assert [ask.order(host).status_code for host in ("wavespeed", "joypix", "joypix")] == [200, 402, 200]
    assert ask.http.post(path, json={"faults": ["none"]}).status_code == 400
    ask.http.post(f"{emulator.url}/_emulator/reset")
    assert not emulator.orders()
    assert ask.http.get(path).json()["faults"] == []
