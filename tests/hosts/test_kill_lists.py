"""Deaths of a run around the acceptance of its order, against lists that cannot be trusted and clocks that are wrong.

However a run dies, whatever the host's list says then and whatever the clocks show: an order that was accepted is never
followed by a second one, unless a person said that it was lost; and `spend` is never more than what is billed, nor, with
what may be billed, less.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from emulator.asking import TEXT, Asking, changed

from storyforge.emulator import running
from storyforge.system import decode

from .conftest import HOSTS
from .dying import World

pytestmark = pytest.mark.long

KEY = "key-of-the-matrix-0123456789"
KEYS = {
    "RUNWARE_API_KEY": KEY, "WAVESPEED_API_KEY": KEY, "SCENARIO_SDK_API_KEY": KEY, "SCENARIO_SDK_API_SECRET": "secret",
    "HIAPI_API_KEY": KEY, "JOYPIX_API_KEY": KEY,
}  # fmt: skip
HOUR, DAYS = 3600.0, 55 * 3600.0


@dataclass(frozen=True)
class End:
    """How the first run ends around the acceptance of its order."""

    name: str
    point: str | None = None
    faults: tuple[str, ...] = ()
    accepted: bool = True


ENDS = (
    End("killed before it is marked", "before it is marked", accepted=False),
    End("killed before it leaves", "before it leaves", accepted=False),
    End("killed before the answer is read", "before the answer is read"),
    End("killed before acceptance is written down", "before acceptance is written down"),
    End("answer lost, and killed while it waits", "while it waits", ("accept-then-drop:1x",)),
    End("answer lost", None, ("accept-then-drop:1x",)),
    End("answered 500", None, ("accept-then-500:1x",)),
    End("answered with a page", None, ("accept-then-not-json:1x",)),
    End("refused with 500, and killed while it waits", "while it waits", ("reject-500:1x",), accepted=False),
    End("dropped before it was accepted", None, ("reject-drop:1x",), accepted=False),
)
KILLED = ENDS[2]
LISTS = (
    "good", "late-list:30s", "empty-list", "list-500", "list-403", "list-page", "renamed-list", "renamed-jobs",
    "list-cut", "list-lost-page", "list-repeated-page",
)  # fmt: skip
PAGES = ("list-cut", "list-lost-page", "list-repeated-page")
CLOCKS = {
    "an hour behind": (-HOUR, 0.0), "75 s behind": (-75.0, 0.0), "right": (0.0, 0.0), "75 s ahead": (75.0, 0.0),
    "an hour ahead": (HOUR, 0.0), "55 hours ahead": (DAYS, 0.0), "right, 55 hours later": (0.0, DAYS),
}  # fmt: skip
"""By how much our clock is ahead, all the time, and how much time passes between the death and the next run."""


def cases():
    """All lists and clocks for a kill before the answer is read and for one before it leaves; for the other ends the
    lists and clocks that differ most."""
    for host in HOSTS:
        lists = [one for one in LISTS if host != "runware" or one not in PAGES] if host != "joypix" else ["good"]
        for end, listed, clock in itertools.product(ENDS, lists, CLOCKS):
            whole = end in (ENDS[1], KILLED)
            far = listed in ("good", "empty-list", "list-500") and clock in (
                "right",
                "75 s ahead",
                "right, 55 hours later",
            )
            if whole or far:
                yield host, end, listed, clock


CASES = list(cases())


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    """An emulator whose jobs are done at once, for one module alone; films are neither drawn nor decoded."""

    async def believe(path, frames=None, timeout=600):
        assert path.read_bytes() == b"film"
        return SimpleNamespace(seconds=3.0)

    async def draw(film, out):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(b"film")

    state, patient = tmp_path_factory.mktemp("matrix") / "state", sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # the emulator's thread and ours take turns at each request
    with (
        running(state, card=True, delay=0.0) as emulator,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(decode, "check_whole", believe)
        patch.setattr("storyforge.emulator.films._draw_card", draw)
        with Asking(emulator, KEY) as ask:
            yield emulator, ask
    sys.setswitchinterval(patient)


def order_other(ask, host, words):
    """Another job of the account."""
    place = {"runware": [0, "positivePrompt"], "hiapi": ["input", "prompt"]}.get(host, ["prompt"])
    ask.ordered(host, changed(TEXT[host], place, words))


class Case:
    """One cell of the matrix, played to its end, with what must hold after each step."""

    def __init__(self, matrix, folder, host, end, listed, clock, count):
        self.emulator, self.ask = matrix
        self.emulator.reset()
        self.host, self.end, self.listed = host, end, listed
        ahead, self.later = CLOCKS[clock]
        self.world = World(self.emulator, host, KEYS, folder, f"A boat, number {count:04}.", ahead)
        self.wrong: list[str] = []

    def hold(self, step: str) -> None:
        """What must be true at every moment."""
        accepted, (paid, open_) = len(self.world.accepted()), self.world.spend()
        if accepted > 1:
            self.wrong.append(f"{step}: {accepted} orders")
        if not paid <= accepted <= paid + open_:
            self.wrong.append(f"{step}: {accepted} billed, {paid} spent and {open_} that may be billed")

    def play(self) -> list[str]:
        """What did not hold."""
        world, host = self.world, self.host
        order_other(self.ask, host, "An older one.")
        world.render_earlier()
        world.film.unlink()
        self.emulator.move_clock(HOUR)
        self.emulator.faults(*(f"{fault}@{host}" for fault in self.end.faults))
        world.run(self.end.point)
        self.hold("after its death")
        self.emulator.faults()
        self.emulator.move_clock(5)
        order_other(self.ask, host, "A newer one.")
        self.emulator.move_clock(self.later)
        if self.listed != "good":
            self.emulator.faults(f"{self.listed}@{host}")
        self._run_on("the next run")
        self._run_on("the run after that")
        self.emulator.faults()
        self._run_on("when the list is good again")
        self._settle()
        return self.wrong

    def _run_on(self, step: str) -> None:
        """A run, unless the clip is rendered or something is wrong already."""
        if self.world.status() != "done" and not self.wrong:
            self.world.run(approved=self.world.may_buy())
            self.hold(step)

    def _settle(self) -> None:
        """A person settles what is left, truly; then all is known."""
        world = self.world
        if self.wrong:
            self.wrong.append(f"said: {world.said}"[:300])
            return
        if world.status() in ("sending", "unresolved"):
            world.resolve()
        self._run_on("when it is settled")
        self._run_on("after that")
        if (world.status(), len(world.accepted()), world.spend(), world.film.exists()) != ("done", 1, (1, 0), True):
            self.wrong.append(
                f"settled: {world.status()}, {len(world.accepted())} accepted, spend {world.spend()}; {world.said}"
            )


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("end", ENDS, ids=[end.name for end in ENDS])
def test_no_list_and_no_clock_makes_an_order_twice(tmp_path, matrix, host, end):
    failed = []
    for count, (other, ended, listed, clock) in enumerate(CASES):
        if (other, ended) != (host, end):
            continue
        wrong = Case(matrix, tmp_path / str(count), host, end, listed, clock, count).play()
        failed += [f"{listed}, {clock}: {wrong[0]}; {wrong[-1]}"] if wrong else []
    assert not failed, "\n".join([f"{host}, {end.name}: {len(failed)} cells do not hold", *failed])


def test_the_matrix_is_as_large_as_it_says():
    assert len(CASES) >= 400
    assert sum(end.point is not None for _, end, _, _ in CASES) >= 200
    assert {host for host, *_ in CASES} == set(HOSTS)
    for host in ("wavespeed", "scenario"):
        assert {(one, clock) for name, end, one, clock in CASES if (name, end) == (host, KILLED)} == {
            (one, clock) for one in LISTS for clock in CLOCKS
        }


def test_the_matrix_can_fail(tmp_path, matrix):
    """With the ledger forgotten after the death, it finds money that `spend` does not know, and the second order."""
    case = Case(matrix, tmp_path / "forgotten", "wavespeed", KILLED, "good", "right", 9999)
    run = case.world.run

    def forget(point=None, approved=True):
        run(point, approved=approved)
        for left in case.world.folder.glob("ledger.db*") if point else ():
            left.unlink()

    case.world.run = forget
    assert case.play()[0] == "after its death: 1 billed, 0 spent and 0 that may be billed"
    case.wrong.clear()
    case._run_on("the next run")
    assert case.wrong[0] == "the next run: 2 orders"
