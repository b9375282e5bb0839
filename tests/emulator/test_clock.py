"""The clock of the emulator, that of each host, and what is forgotten as time passes."""

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from storyforge.emulator import running
from storyforge.emulator.app import MARK
from storyforge.version import __version__

from .asking import HOSTS, ORDERS, TEXT, Asking, job_id, uuid4

DAY = 86_400


def ahead(answer):
    """Seconds by which the `Date` of an answer is ahead of this machine's clock, in whole minutes."""
    assert len(answer.headers.get_list("date")) == 1
    return 60 * round((parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()) / 60)


@pytest.mark.parametrize("host", HOSTS)
def test_every_answer_says_that_it_is_the_emulators(ask, emulator, host):
    film = ask.film_address(host, ask.ordered(host))
    answers = [
        ask.order(host), ask.send(host, "POST", ORDERS[host], {}), ask.send(host, "GET", "/nothing"), ask.http.get(film),
        ask.http.get(film.split("?")[0]), ask.http.get(f"{emulator.url}/_emulator/orders"),
        ask.send(host, "PATCH", "/tasks"),
    ]  # fmt: skip
    emulator.faults("accept-then-500:1x", "accept-then-not-json:1x", "reject-500:1x", "page-for-film")
    answers += [ask.order(host), ask.order(host), ask.order(host), ask.http.get(film)]
    assert {answer.headers.get(MARK) for answer in answers} == {__version__}
    assert MARK == "X-StoryForge-Emulator"


def test_a_film_that_breaks_off_is_the_emulators_too(ask, emulator):
    address = ask.film_address("joypix", ask.ordered("joypix"))
    emulator.faults("truncated-download")
    with ask.http.stream("GET", address) as answer:
        assert answer.headers[MARK] == __version__
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(("text", "seconds"), [("clock", 3600), ("clock:+180s", 180), ("clock:-7200s", -7200)])
def test_a_host_has_a_clock_of_its_own(ask, emulator, host, text, seconds):
    emulator.faults(f"{text}@{host}")
    assert ahead(ask.order(host)) == seconds
    assert ahead(ask.order(HOSTS[HOSTS.index(host) - 1])) == 0
    assert status_after(ask, host) == 200


def status_after(ask, host):
    """The status of a film's answer: a clock that is wrong spoils no address."""
    return ask.http.get(ask.film_address(host, ask.ordered(host))).status_code


def test_the_clock_of_all_hosts_is_moved_from_outside_too(ask, emulator):
    path = f"{emulator.url}/_emulator/clock"
    assert ask.http.get(path).json() == {"ahead": 0.0}
    assert ask.http.post(path, json={"move": 120}).json() == {"ahead": 120.0}
    assert ask.http.post(path, json={"move": 60}).json() == {"ahead": 180.0}
    assert [ahead(ask.order(host)) for host in HOSTS] == [180] * 5
    assert ask.http.post(path, json={"ahead": 0}).json() == {"ahead": 0.0}
    assert ask.http.post(path, json={"move": "long"}).status_code == 400
    assert ask.http.post(path, json=[]).status_code == 400
    emulator.move_clock(600)
    emulator.reset()
    assert ahead(ask.order("joypix")) == 0


def test_an_emulator_can_begin_with_a_clock_that_is_wrong(tmp_path):
    with running(tmp_path / "state", card=True, ahead=-3600.0) as emulator, Asking(emulator) as ask:
        assert ahead(ask.order("joypix")) == -3600


@pytest.mark.parametrize("host", HOSTS)
def test_the_address_of_a_film_expires_as_time_passes(ask, emulator, host):
    address = ask.film_address(host, ask.ordered(host))
    emulator.move_clock(8 * DAY)
    assert ask.http.get(address).status_code == 403


def test_hiapi_forgets_a_key_after_a_day(ask, emulator):
    def ordered():
        return job_id("hiapi", ask.order("hiapi", headers={"Idempotency-Key": "one"}).json())

    first = ordered()
    emulator.move_clock(DAY - 60)
    assert ordered() == first
    emulator.move_clock(120)
    second = ordered()
    assert second != first
    emulator.move_clock(DAY - 60)
    assert ordered() == second  # the day starts again with the second order
    assert len(emulator.orders()) == 2


def test_runware_forgets_a_uuid_after_a_day(ask, emulator):
    task = TEXT["runware"][0] | {"taskUUID": uuid4()}
    assert ask.order("runware", [task]).status_code == 200
    emulator.move_clock(DAY - 60)
    assert ask.order("runware", [task]).status_code == 400
    emulator.move_clock(120)
    assert ask.order("runware", [task]).status_code == 200
    assert [order["times"] for order in emulator.orders()] == [2, 2]
