"""What becomes of an order at each host: words, polls, lists, prices, films."""

import time

import pytest

from storyforge.emulator import running
from storyforge.emulator.jobs import Job
from storyforge.system import decode

from .asking import GOOD, HOSTS, TEXT, Asking, Receiver, changed, data_uri, job_id, picture, status, uuid4

WORDS = {
    "runware": ("processing",),
    "wavespeed": ("created", "processing"),
    "scenario": ("queued", "warming-up", "in-progress", "finalizing"),
    "hiapi": ("queued", "handling", "archiving"),
    "joypix": ("submitted", "processing"),
}


def probe(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    return decode.probe(path)


@pytest.mark.parametrize("host", HOSTS)
def test_a_job_runs_in_the_words_of_its_host_and_ends_in_a_film_of_its_length(ask, emulator, tmp_path, host):
    emulator.desk.delay = 0.3
    job, words, until = ask.ordered(host), [], time.monotonic() + 10
    while (now := status(host, ask.poll(host, job).json())) != GOOD[host] and time.monotonic() < until:
        words.append(now)
        time.sleep(0.02)
    assert now == GOOD[host]
    assert set(words) <= set(WORDS[host])
    assert [word for word in WORDS[host] if word in words] == list(dict.fromkeys(words)), "they come in their order"
    film = probe(tmp_path, ask.film(host, job))
    assert (film.frames, film.fps, film.aspect.numerator, film.has_audio) == (72, 24, 16, True)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_a_running_job_has_each_of_its_words_in_turn(words):
    def word(share, marks=()):
        return Job("1", "h", "a", "m", {}, {}, time.time() - 100 * share, 100.0, marks=list(marks)).running(
            time.time(), *words
        )

    assert list(dict.fromkeys(word(step / 20 + 0.01) for step in range(25))) == list(words)
    assert (word(0.5, ["pending-word"]), word(0.5, ["unknown-status"])) == ("pending", "reticulating")


@pytest.mark.parametrize("host", HOSTS)
def test_an_order_is_told_to_whoever_inspects_the_emulator(ask, emulator, host):
    first, second = ask.ordered(host), ask.ordered(host)
    orders = emulator.orders(host)
    assert [order["job"] for order in orders] == [first, second]
    assert [order["times"] for order in orders] == [2, 2]
    told = ask.http.get(f"{emulator.url}/_emulator/orders").json()
    assert told == orders
    sent = changed(TEXT["runware"][0], ["taskUUID"], first) if host == "runware" else TEXT[host]
    assert orders[0]["body"] == sent
    assert orders[0]["key"] == (first if host == "runware" else None)


@pytest.mark.parametrize("host", HOSTS)
def test_a_job_is_not_seen_with_another_key(ask, emulator, host):
    job = ask.ordered(host)
    with Asking(emulator, "key-2") as other:
        answer = other.poll(host, job)
    if host == "runware":
        assert answer.json() == {"data": []}
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize("host", HOSTS)
def test_a_film_is_served_to_nobody_who_brings_a_key(ask, emulator, host):
    address = ask.film_address(host, ask.ordered(host))
    answer = ask.http.get(address, headers={"Authorization": "Bearer key-1"})
    assert answer.status_code == 400
    assert emulator.requests("files")[-1]["authorization"] == "redacted"
    assert "key-1" not in str(emulator.requests())


@pytest.mark.parametrize("part", ["sig", "expires"])
def test_a_film_is_served_only_under_the_address_that_was_signed(ask, part):
    address = ask.film_address("joypix", ask.ordered("joypix"))
    answer = ask.http.get(address.replace(f"{part}=", f"{part}=1"))
    assert answer.status_code == 403
    assert "forged" in answer.text


def test_equal_films_are_rendered_once(ask, emulator):
    first, second = (ask.film("wavespeed", ask.ordered("wavespeed")) for _ in range(2))
    other = ask.film("joypix", ask.ordered("joypix", TEXT["joypix"] | {"prompt": "Another."}))
    assert first == second != other


@pytest.mark.slow
def test_a_drawn_film_shows_the_prompt_and_the_pictures_in_the_ordered_size(tmp_path):
    with running(tmp_path / "state", delay=0.0) as emulator, Asking(emulator) as ask:
        task = TEXT["runware"][0] | {"width": 832, "height": 1088, "inputs": {"referenceImages": [data_uri()]}}
        film = probe(tmp_path, ask.film("runware", ask.ordered("runware", [task])))
    assert (film.width, film.height, film.frames, film.fps) == (832, 1088, 72, 24)
    assert film.has_audio


@pytest.mark.parametrize(("form", "codec"), [("MP4", "h264"), ("MOV", "h264"), ("WEBM", "vp8")])
def test_runware_delivers_in_the_ordered_form(ask, tmp_path, form, codec):
    film = probe(tmp_path, ask.film("runware", ask.ordered("runware", [TEXT["runware"][0] | {"outputFormat": form}])))
    assert (film.video_codec, film.frames) == (codec, 72)


def test_a_first_frame_gives_its_shape_to_the_film(ask, tmp_path):
    task = {key: value for key, value in TEXT["runware"][0].items() if key not in ("width", "height")}
    task["inputs"] = {"frameImages": [data_uri(picture(600, 800))]}
    film = probe(tmp_path, ask.film("runware", ask.ordered("runware", [task])))
    assert film.height / film.width == pytest.approx(800 / 600, rel=0.02)


def test_runware_polls_are_cumulative_and_several_ride_in_one_array(ask, emulator):
    emulator.desk.delay = 0.2
    many, one = (ask.ordered("runware", [TEXT["runware"][0] | {"numberResults": count}]) for count in (3, 1))
    seen = []
    until = time.monotonic() + 10
    while time.monotonic() < until:
        asked = [{"taskType": "getResponse", "taskUUID": job} for job in (many, one, uuid4())]
        data = ask.send("runware", "POST", "", asked).json()["data"]
        done = [item["videoUUID"] for item in data if item["taskUUID"] == many and item["status"] == "success"]
        assert done[: len(seen)] == seen, "a result that was told is told again"
        seen = done
        if len(done) == 3:
            break
        assert [item for item in data if item["taskUUID"] == many][-1]["status"] == "processing"
    assert len(set(seen)) == 3
    assert {item["taskUUID"] for item in data} == {many, one}


def test_runware_tells_the_price_before_and_after(ask, emulator):
    task = TEXT["runware"][0] | {"taskUUID": uuid4(), "numberResults": 2, "includeCost": True}
    dry = ask.order("runware", [task], headers={"X-Runware-Dry-Run": "1"}).json()["data"]
    assert dry == [{"taskType": "videoInference", "taskUUID": task["taskUUID"], "cost": 0.84}]
    assert not emulator.orders()
    assert ask.order("runware", [task]).status_code == 200
    assert [item["cost"] for item in ask.wait("runware", task["taskUUID"])["data"]] == [0.42] * 2


def test_runware_tells_a_task_by_its_id(ask):
    job = ask.ordered("runware")
    ask.wait("runware", job)
    (told,) = ask.send("runware", "POST", "", [{"taskType": "getTaskDetails", "taskUUID": job}]).json()["data"]
    assert told["request"] == [TEXT["runware"][0] | {"taskUUID": job}]
    assert told["response"]["data"][0]["status"] == "success"
    answer = ask.send("runware", "POST", "", [{"taskType": "getTaskDetails", "taskUUID": uuid4()}])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "taskNotFound")


def test_runware_puts_the_film_where_it_is_told(ask):
    with Receiver() as receiver:
        job = ask.ordered("runware", [TEXT["runware"][0] | {"uploadEndpoint": receiver.url}])
        assert receiver.wait()[0][1] == ask.film("runware", job)


def test_wavespeed_lists_orders_with_their_bodies_newest_first_in_pages(ask):
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    jobs = [ask.ordered("wavespeed", TEXT["wavespeed"] | {"seed": seed}) for seed in range(5)]

    def listed(**body):
        return ask.send("wavespeed", "POST", "/api/v3/predictions", body).json()["data"]

    assert [one["id"] for one in listed(page=1)["items"]] == jobs[::-1]
    page = listed(page=2, page_size=2, include_inputs=True, created_after=before)
    assert [one["id"] for one in page["items"]] == [jobs[2], jobs[1]]
    assert [one["input"] for one in page["items"]] == [TEXT["wavespeed"] | {"seed": seed} for seed in (2, 1)]
    assert (page["total"], "input" in listed()["items"][0]) == (5, False)
    assert listed(created_before=before)["items"] == []
    assert listed(model="alibaba/happyhorse-1.1/image-to-video")["items"] == []


@pytest.mark.parametrize("body", [{"page": 0}, {"page_size": 101}, {"after": "x"}, {"created_after": "yesterday"}])
def test_wavespeed_refuses_lists_it_does_not_know(ask, body):
    assert ask.send("wavespeed", "POST", "/api/v3/predictions", body).json()["code"] == 1401


def test_wavespeed_tells_price_balance_and_models(ask, emulator):
    body = {"model_id": "alibaba/happyhorse-1.1/text-to-video", "inputs": TEXT["wavespeed"] | {"resolution": "1080p"}}
    assert ask.send("wavespeed", "POST", "/api/v3/model/pricing", body).json()["data"]["unit_price"] == 0.567
    assert ask.send("wavespeed", "GET", "/api/v3/balance").json()["data"]["balance"] == 100
    assert len(ask.send("wavespeed", "GET", "/api/v3/models").json()["data"]) == 6
    assert not emulator.orders()


def test_wavespeed_forgets_what_is_deleted(ask):
    one, two = ask.ordered("wavespeed"), ask.ordered("wavespeed")
    assert ask.send("wavespeed", "DELETE", f"/api/v3/predictions/{one}").status_code == 200
    assert ask.send("wavespeed", "POST", "/api/v3/predictions/delete", {"ids": [two]}).status_code == 200
    assert [ask.poll("wavespeed", job).status_code for job in (one, two)] == [404, 404]


def test_wavespeed_holds_the_order_open_in_sync_mode(ask):
    answer = ask.order("wavespeed", TEXT["wavespeed"] | {"enable_sync_mode": True}).json()
    assert (answer["data"]["status"], len(answer["data"]["outputs"])) == ("completed", 1)


def test_scenario_tells_the_price_with_its_own_status(ask, emulator):
    answer = ask.order("scenario", params={"dryRun": "true"})
    assert (answer.status_code, answer.json()) == (269, {"creativeUnitsCost": 42})
    assert not emulator.orders()


def test_scenario_lists_jobs_with_their_inputs_in_pages(ask):
    jobs = [ask.ordered("scenario", TEXT["scenario"] | {"seed": seed}) for seed in range(5)]
    after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    found, token = [], None
    while True:
        asked = {"pageSize": "2", "createdAfter": after} | ({"paginationToken": token} if token else {})
        page = ask.send("scenario", "GET", "/jobs", params=asked).json()
        found += page["jobs"]
        if not (token := page.get("nextPaginationToken")):
            break
    assert [job["jobId"] for job in found] == jobs[::-1]
    assert [job["metadata"]["input"]["seed"] for job in found] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "asked",
    [
        {"createdAfter": "2026-01-01T00:00:00Z", "type": "custom"},
        {"createdAfter": "2026-01-01T00:00:00Z", "status": "success"},
        {"updatedAfter": "2026-01-01T00:00:00Z"},
        {"createdAfter": "yesterday"},
        {"pageSize": "101"},
        {"status": "done"},
    ],
)
def test_scenario_refuses_lists_it_cannot_sort(ask, asked):
    assert ask.send("scenario", "GET", "/jobs", params=asked).status_code == 400


def test_scenario_cancels_no_film(ask):
    path = f"/jobs/{ask.ordered('scenario')}/action"
    answer = ask.send("scenario", "POST", path, {"action": "cancel"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Cannot cancel this type of job")
    answer = ask.send("scenario", "POST", path, {"action": "stop"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "`action` is not one of cancel")


def test_scenario_tells_the_asset_of_a_job_only_when_it_is_done(ask, emulator):
    emulator.desk.delay = 0.3
    job = ask.ordered("scenario")
    assert ask.poll("scenario", job).json()["job"]["metadata"]["assetIds"] == []
    (asset,) = ask.wait("scenario", job)["job"]["metadata"]["assetIds"]
    told = ask.send("scenario", "GET", f"/assets/{asset}").json()["asset"]
    assert (told["mimeType"], told["properties"]["duration"]) == ("video/mp4", 3)


def test_scenario_describes_its_model(ask):
    inputs = ask.send("scenario", "GET", "/models/model_alibaba-happy-horse-1.1").json()["model"]["inputs"]
    told = {one["name"]: one for one in inputs}
    assert told["resolution"]["allowedValues"] == ["720P", "1080P"]
    assert (told["duration"]["min"], told["duration"]["max"], told["prompt"]["maxLength"]) == (3, 15, 2500)


def test_hiapi_lists_tasks_without_their_inputs(ask):
    jobs = [ask.ordered("hiapi") for _ in range(3)]
    page = ask.send("hiapi", "GET", "/tasks", params={"page": 2, "size": 2}).json()["data"]
    assert ([one["taskId"] for one in page["tasks"]], page["total"]) == ([jobs[0]], 3)
    assert "input" not in page["tasks"][0]


def test_hiapi_puts_other_outputs_before_the_film(ask):
    output = ask.wait("hiapi", ask.ordered("hiapi"))["data"]["output"]
    assert [one["type"] for one in output] == ["thumbnail", "video"]
    assert ask.http.get(output[0]["url"]).headers["content-type"] == "image/png"


def test_joypix_tells_inputs_as_a_text(ask):
    told = ask.wait("joypix", ask.ordered("joypix"))["data"]
    assert isinstance(told["inputs"], str)
    assert (told["model"], told["error"]) == ("happyhorse-1.0-t2v", "")


def test_jobs_uploads_and_keys_outlive_a_restart(tmp_path):
    settings = {"state": tmp_path / "state", "films": tmp_path / "films", "card": True}
    headers = {"Idempotency-Key": "one"}
    with running(**settings, delay=0.4) as emulator, Asking(emulator) as ask:
        asset, running_job = ask.asset(), ask.ordered("wavespeed")
        task = job_id("hiapi", ask.order("hiapi", headers=headers).json())
    with running(**settings, delay=0.4) as emulator, Asking(emulator) as ask:
        assert ask.wait("wavespeed", running_job)["data"]["status"] == "completed"
        assert ask.order("scenario", {"prompt": "x", "image": asset}).status_code == 200
        again = ask.order("hiapi", headers=headers)
        assert (job_id("hiapi", again.json()), again.headers["Idempotent-Replay"]) == (task, "true")
        assert len(emulator.orders("hiapi")) == 1
