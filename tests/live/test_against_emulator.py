"""`pytest -m live --provider NAME`, as a person with a key runs it, against the emulator in the host's place."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from storyforge.emulator import Emulator, running
from storyforge.emulator.runware import Runware
from storyforge.providers import PROVIDERS

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
KEYS = {name: "key-0123456789" for kind in PROVIDERS for name in kind.settings}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Emulator]:
    state = tmp_path_factory.mktemp("live") / "state"
    with running(state, films=shared / "films", card=True, delay=0.05) as one:
        yield one


@dataclass
class Run:
    """Runs of pytest with the emulator's addresses, and a folder of temporary files of their own."""

    folder: Path
    emulator: Emulator

    def environment(self, **keys: str) -> dict[str, str]:
        given = {**self.emulator.environment(), **KEYS, "STORYFORGE_POLL_SECONDS": "0.05", **keys}
        # In CI a test that is skipped has failed; nobody is at a terminal to decline.
        ours = ("STORYFORGE_", "PYTEST_", "CI")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        own = {"TMPDIR": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "no-config")}
        return {**clean, **own, **given}

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "tests/live"]

    def __call__(self, *options: str, **keys: str) -> tuple[int, str]:
        """The exit code, and all that is printed, without a terminal."""
        done = subprocess.run(
            self.command(*options), cwd=ROOT, env=self.environment(**keys), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def answer(self, text: str, *options: str) -> tuple[int, str]:
        """The same at a terminal, where a person types a line."""
        ours, theirs = pty.openpty()
        os.write(ours, f"{text}\n".encode())
        with os.fdopen(ours, "rb", buffering=0):
            done = subprocess.run(
                self.command(*options), cwd=ROOT, env=self.environment(), stdin=theirs,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
            )  # fmt: skip
        os.close(theirs)
        return done.returncode, done.stdout

    def kept(self) -> list[Path]:
        return list(self.folder.glob("storyforge-live-*"))


@pytest.fixture
def run(tmp_path: Path, server: Emulator) -> Run:
    server.reset()
    return Run(tmp_path, server)


PRICES = {
    "runware": "price: $0.42 at Runware, as the host answers now",
    "joypix": "price: $0.42 at JoyPix, by its page, read 2026-",
    "scenario": "price: unknown at Scenario",
}


@pytest.mark.parametrize("host", PRICES)
def test_first_contact_says_the_price_orders_one_clip_and_leaves_nothing(run: Run, host: str) -> None:
    code, said = run("-m", "live", "--provider", host, "--yes-spend")
    assert code == 0, said
    assert PRICES[host] in said
    assert "1 passed" in said
    assert [order["times"] for order in run.emulator.orders()] == [1]
    assert run.kept() == []


def test_a_wrong_key_fails_with_its_exit_code_and_the_hosts_words(run: Run) -> None:
    code, said = run("-m", "live", "--provider", "runware", "--yes-spend", RUNWARE_API_KEY="bad")
    assert code == 1
    assert "price: $0.42 at Runware, by its page, read " in said  # it answers no price to this key
    assert "ended with 5" in said
    assert "Runware does not accept the key: the API key is missing or not valid" in said
    assert run.emulator.orders() == []


def test_a_missing_key_is_named_before_anything_is_sent(run: Run) -> None:
    code, said = run("-m", "live", "--provider", "hiapi", "--yes-spend", HIAPI_API_KEY="")
    assert code == 1
    assert "ended with 5" in said
    assert "`HIAPI_API_KEY` not set" in said
    assert run.emulator.requests() == []


def test_what_failed_is_kept_with_the_answer_to_report(run: Run) -> None:
    run.emulator.faults("film-nowhere")
    code, said = run("-m", "live", "--provider", "runware", "--yes-spend")
    assert code == 1
    (folder,) = run.kept()
    assert f"its project is kept in {folder}" in said
    (answer,) = (folder / ".storyforge/answers").iterdir()
    assert f"attach to a report: {answer}" in said
    assert "an order is open" in said
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not [text for text in (said.encode(), *texts) if KEYS["RUNWARE_API_KEY"].encode() in text]


def test_a_film_that_is_shorter_than_ordered_is_found_and_the_next_run_is_an_order_of_its_own(run: Run) -> None:
    run.emulator.faults("wrong-length-film")
    code, said = run("-m", "live", "--provider", "runware", "--yes-spend")
    assert code == 1
    assert "assert 2.0 == 3 ± 0.5" in said
    assert len(run.kept()) == 1
    run.emulator.faults()
    assert run("-m", "live", "--provider", "runware", "--yes-spend")[0] == 0
    assert [order["times"] for order in run.emulator.orders()] == [1, 1]


def test_a_host_that_charges_more_than_it_said_is_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    show = Runware._result
    monkeypatch.setattr(Runware, "_result", lambda *given: show(*given) | {"cost": 0.84})
    code, said = run("-m", "live", "--provider", "runware", "--yes-spend")
    assert code == 1
    assert "the host charged another price than was said" in said


@pytest.mark.parametrize(("text", "ended", "orders"), [("y", "1 passed", 1), ("n", "1 skipped", 0)])
def test_at_a_terminal_the_price_is_asked_for(run: Run, text: str, ended: str, orders: int) -> None:
    _, said = run.answer(text, "-m", "live", "--provider", "runware")
    assert "Spend $0.42 at Runware for 1 clip? [y/N]: " in said
    assert ended in said
    assert len(run.emulator.orders()) == orders
    assert run.kept() == []


WRONG = {
    "no host": (("-m", "live"), "none was given: runware, wavespeed, scenario, hiapi, joypix"),
    "no such host": (("-m", "live", "--provider", "offline"), "`offline` is none: runware, wavespeed, scenario"),
    "nobody to ask": (("-m", "live", "--provider", "runware"), "needs `--yes-spend`; nothing was sent"),
    "many at a time": (("-m", "live", "--provider", "runware", "--yes-spend", "-n", "2"), "leave out `-n`"),
    "not asked for": (("--provider", "runware", "--yes-spend"), "go with `-m live`"),
    "not alone": (("-m", "live or slow", "--provider", "runware", "--yes-spend"), "go with `-m live`"),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=WRONG)
def test_what_is_not_asked_for_clearly_is_a_usage_error(run: Run, options: tuple[str, ...], words: str) -> None:
    code, said = run(*options)
    assert (code, words in said) == (4, True), said
    assert run.emulator.requests() == []
    assert run.kept() == []
