"""First contact with a live host: a project of one clip of 3 seconds, which is kept if anything fails."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paying
import pytest
from processes import COMMAND

from storyforge.model.printable import format_usd
from storyforge.system.ledger import Ledger, Order, has_ledger
from storyforge.system.ledger_rows import read_row
from storyforge.system.store import Store

FILE = "first-contact.story.yaml"

STORYBOARD = """\
storyforge: 1
title: First contact
format: {resolution: 720p}
scenes:
  pond: {name: a still pond}
shots:
  - {id: boat, scene: pond, action: Paper boat number NUMBER floats on the water., seconds: 3}
"""
"""One clip from text alone, which every host makes: no picture has to be uploaded or published. Each run has a number of
its own, so that no host takes its order for that of a run before."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The project, the host that is paid, and the command line, which finds its keys in the environment as always.

    No environment is held here, so that no key is in what pytest prints of a failure.
    """

    config: pytest.Config
    host: str
    folder: Path

    @property
    def title(self) -> str:
        """The host's name as its owner writes it."""
        return paying.HOSTS[self.host].title

    @property
    def store(self) -> Store:
        """The store of the project."""
        return Store(self.folder / ".storyforge")

    def run(self, *arguments: str) -> str:
        """What a command prints; AssertionError with its exit code and its words if it fails."""
        command = [sys.executable, *COMMAND, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            called = " ".join(arguments)
            raise AssertionError(f"`storyforge {called}` ended with {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout

    def read(self, *arguments: str) -> dict[str, Any]:
        """The document that a command prints."""
        document: dict[str, Any] = json.loads(self.run(*arguments, "--format", "json"))
        return document

    def orders(self) -> list[Order]:
        """All that the ledger has, oldest first."""
        if not has_ledger(self.store):
            return []
        with Ledger.from_store(self.store, readonly=True) as ledger:
            return [read_row(row) for row in ledger.rows("select * from orders order by id")]

    def demand_confirmation(self, usd: float | None, is_live: bool) -> None:
        """Says the price, None where the host publishes none, and asks for it; skips the test without a yes.

        A price is live if the host itself was asked for it; any other is from the table of its provider.
        """
        price = f"{'a price that nobody states' if usd is None else format_usd(usd)} at {self.title}"
        prices = paying.HOSTS[self.host].prices
        source = "as the host answers now" if is_live or not prices else f"by its page, read {prices.date}"
        paying.say(self.config, f"price: {price}, {source}" if usd is not None else f"price: unknown at {self.title}")
        if not self.config.getoption("--yes-spend") and not paying.ask(self.config, f"Spend {price} for 1 clip?"):
            pytest.skip("no confirmation; nothing was ordered")

    def show_what_is_kept(self) -> None:
        """Says where the project of a failed contact is, and what of it belongs into a report."""
        answers = sorted(self.store.path("answers").glob("*"))
        lines = [f"first contact with {self.title} failed; its project is kept in {self.folder}"]
        lines += [f"attach to a report: {path}" for path in answers]
        lines += [] if answers else ["attach to a report what is printed below; no answer had to be kept"]
        if any(order.status not in ("done", "refused", "failed") for order in self.orders()):
            lines += [f"an order is open: `storyforge render {FILE} --provider {self.host}` there goes on with it"]
        paying.say(self.config, "\n".join(lines))


PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Remembers for the fixture how its test ended."""
    report = yield
    if call.when == "call":
        item.stash[PASSED] = not report.failed
    return report


@pytest.fixture
def contact(request: pytest.FixtureRequest) -> Iterator[Contact]:
    """A project that is deleted after the test passed or nobody confirmed, and else kept for a report."""
    host = request.config.getoption("--provider")
    folder = Path(tempfile.mkdtemp(prefix=f"storyforge-live-{host}-"))
    storyboard = STORYBOARD.replace("NUMBER", str(random.randrange(10**9)))
    (folder / FILE).write_text(storyboard, encoding="utf-8")
    (folder / "storyforge.toml").touch()  # the top of the project
    one = Contact(request.config, host, folder)
    yield one
    if request.node.stash.get(PASSED, False):
        shutil.rmtree(folder)
    else:
        one.show_what_is_kept()
