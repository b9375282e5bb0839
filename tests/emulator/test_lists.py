"""Lists of jobs that say less than there is, or say it in another way, and jobs that say nothing of their film."""

from datetime import datetime

import pytest

from storyforge.emulator.faults import WITH_LISTS, WITH_PAGES

from .asking import GOOD, HOSTS, status

ENTRIES = {"runware": "data", "wavespeed": "items", "scenario": "jobs", "hiapi": "tasks"}
IDS = {"runware": "taskUUID", "wavespeed": "id", "scenario": "jobId", "hiapi": "taskId"}
CREATED = {"wavespeed": "created_at", "scenario": "createdAt", "hiapi": "created"}
FILMS = {
    "runware": "videoURL", "wavespeed": "outputs", "scenario": "assetIds", "hiapi": "output", "joypix": "video_url",
}  # fmt: skip


def listing(ask, host, job, page=1):
    """The answer to a list of two jobs a page; at Runware, to the look-up of one."""
    match host:
        case "runware":
            return ask.send(host, "POST", "", [{"taskType": "getTaskDetails", "taskUUID": job}])
        case "wavespeed":
            body = {"page": page, "page_size": 2, "include_inputs": True}
            return ask.send(host, "POST", "/api/v3/predictions", body)
        case "scenario":
            return ask.send(host, "GET", "/jobs", params={"pageSize": 2} | ({"paginationToken": page} if page else {}))
    return ask.send(host, "GET", "/tasks", params={"page": page, "size": 2})


def entries(host, answer):
    told = answer.json()
    return (told["data"] if host in ("wavespeed", "hiapi") else told)[ENTRIES[host]]


def jobs(host, answer):
    return [entry[IDS[host]] for entry in entries(host, answer)]


def first_page(ask, host, job):
    return listing(ask, host, job, 0 if host == "scenario" else 1)


def second_page(ask, host, first):
    """Where the second page is, by what the first one says."""
    page = int(first.json()["nextPaginationToken"]) if host == "scenario" else 2
    return listing(ask, host, None, page)


@pytest.mark.parametrize("host", WITH_LISTS)
def test_an_empty_list_hides_what_was_ordered(ask, emulator, host):
    job = ask.ordered(host)
    emulator.faults("empty-list:1x")
    answer = first_page(ask, host, job)
    assert (answer.status_code, entries(host, answer)) == (200, [])
    assert "nextPaginationToken" not in answer.text
    if host in ("wavespeed", "hiapi"):
        assert answer.json()["data"]["total"] == 0
    assert jobs(host, first_page(ask, host, job)) == [job]


@pytest.mark.parametrize(("name", "code"), [("list-500", 500), ("list-403", 403)])
@pytest.mark.parametrize("host", WITH_LISTS)
def test_a_list_is_refused(ask, emulator, host, name, code):
    job = ask.ordered(host)
    emulator.faults(f"{name}:1x")
    assert first_page(ask, host, job).status_code == code
    assert jobs(host, first_page(ask, host, job)) == [job]


@pytest.mark.parametrize("host", WITH_LISTS)
def test_a_page_of_html_comes_where_a_list_is_due(ask, emulator, host):
    job = ask.ordered(host)
    emulator.faults("list-page")
    answer = first_page(ask, host, job)
    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")


@pytest.mark.parametrize("host", WITH_LISTS)
def test_a_list_stands_under_another_key(ask, emulator, host):
    job = ask.ordered(host)
    emulator.faults("renamed-list:1x")
    answer = first_page(ask, host, job)
    assert (answer.status_code, job in answer.text) == (200, True)
    with pytest.raises((KeyError, TypeError)):
        jobs(host, answer)
    assert jobs(host, first_page(ask, host, job)) == [job]


@pytest.mark.parametrize("host", WITH_LISTS)
def test_the_jobs_of_a_list_have_other_keys(ask, emulator, host):
    job = ask.ordered(host)
    emulator.faults("renamed-jobs:1x")
    answer = first_page(ask, host, job)
    assert len(entries(host, answer)) == 1
    assert job in answer.text
    with pytest.raises(KeyError):
        jobs(host, answer)
    assert jobs(host, first_page(ask, host, job)) == [job]


@pytest.mark.parametrize("host", WITH_PAGES)
def test_a_list_is_cut_after_its_first_page(ask, emulator, host):
    old, new = ask.ordered(host), ask.ordered(host)
    emulator.faults("list-cut")
    first = first_page(ask, host, new)
    assert jobs(host, first) == [new]
    assert second_page(ask, host, first).status_code == 500
    emulator.faults()
    assert jobs(host, first_page(ask, host, new)) == [new, old]


@pytest.mark.parametrize("host", WITH_PAGES)
def test_all_but_the_first_page_of_a_list_are_empty(ask, emulator, host):
    new = [ask.ordered(host) for _ in range(2)][1]
    emulator.faults("list-lost-page")
    first = first_page(ask, host, new)
    second = second_page(ask, host, first)
    assert (jobs(host, first), jobs(host, second)) == ([new], [])
    if host == "scenario":
        assert second.json()["nextPaginationToken"] == first.json()["nextPaginationToken"]
    else:
        assert second.json()["data"]["total"] == 2


@pytest.mark.parametrize("host", WITH_PAGES)
def test_all_pages_of_a_list_are_like_the_first(ask, emulator, host):
    new = [ask.ordered(host) for _ in range(2)][1]
    emulator.faults("list-repeated-page")
    first = first_page(ask, host, new)
    assert jobs(host, first) == jobs(host, second_page(ask, host, first)) == [new]


@pytest.mark.parametrize("host", WITH_LISTS)
def test_a_job_stands_late_in_lists_and_can_be_polled_before(ask, emulator, host):
    job = ask.ordered(host)

    def is_there():
        answer = first_page(ask, host, job)
        return answer.status_code == 200 and jobs(host, answer) == [job]

    emulator.faults("late-list")
    assert status(host, ask.wait(host, job)) == GOOD[host]
    assert not is_there()
    emulator.move_clock(15)
    assert not is_there()
    emulator.move_clock(15)
    assert is_there()
    emulator.faults("late-list:3600s")
    assert not is_there()


@pytest.mark.parametrize("name", ["film-elsewhere", "film-nowhere"])
@pytest.mark.parametrize("host", HOSTS)
def test_a_job_that_is_done_does_not_say_where_its_film_is(ask, emulator, host, name):
    job = ask.ordered(host)
    whole = ask.wait(host, job)
    emulator.faults(name)
    told = ask.wait(host, job)
    assert status(host, told) == GOOD[host]
    assert FILMS[host] in str(whole)
    assert f"'{FILMS[host]}'" not in str(told)
    where = "asset_" if host == "scenario" else "http"
    clean = str(told).replace(emulator.bases()[host], "")
    assert (where in clean) is (name == "film-elsewhere")
    emulator.faults()
    assert ask.film(host, job)


@pytest.mark.parametrize("host", CREATED)
def test_a_host_tells_the_times_of_its_jobs_by_its_own_clock(ask, emulator, host):
    job = ask.ordered(host)

    def created():
        value = entries(host, first_page(ask, host, job))[0][CREATED[host]]
        return value if isinstance(value, int) else datetime.fromisoformat(value).timestamp()

    right = created()
    emulator.faults(f"clock:-75s@{host}")
    assert round(created() - right) == -75


@pytest.mark.parametrize("host", ["wavespeed", "scenario"])
def test_a_list_is_bounded_by_the_clock_of_the_host(ask, emulator, host):
    emulator.faults("clock:+3600s")
    ask.ordered(host)
    after = datetime.fromtimestamp(datetime.now().timestamp() + 1800).astimezone().isoformat()

    def found(when):
        if host == "wavespeed":
            answer = ask.send(host, "POST", "/api/v3/predictions", {"created_after": when})
        else:
            answer = ask.send(host, "GET", "/jobs", params={"createdAfter": when})
        return len(entries(host, answer))

    assert found(after) == 1
    emulator.faults()
    assert found(after) == 0
