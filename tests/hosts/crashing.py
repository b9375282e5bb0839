"""Runs the command and kills it with SIGKILL at its K-th step, so that every boundary can be tried.

Steps are counted before and after each statement to the ledger, each request, each download, each check of a film and
each file that takes its place, and in the middle of each request. K is 0: nothing is killed, the steps are counted and
printed to stderr.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from reuse import replace_function

import storyforge.providers.recovery
import storyforge.rendering.recovery
import storyforge.system.client
import storyforge.system.decode
import storyforge.system.store
from storyforge.system import ledger

K = int(os.environ["CRASH_AT"])
steps = 0


def step(what: str) -> None:
    global steps
    steps += 1
    if steps == K:
        print(f"killed {what}", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A connection whose statements are steps."""

    def __init__(self, base):
        object.__setattr__(self, "_base", base)

    def execute(self, statement, *values):
        telling = statement.split()[0].lower() in ("insert", "update", "delete", "commit", "begin")
        if telling:
            step(f"before {statement[:40]}")
        result = self._base.execute(statement, *values)
        if telling:
            step(f"after {statement[:40]}")
        return result

    def __getattr__(self, name):
        return getattr(self._base, name)

    def __setattr__(self, name, value):
        setattr(self._base, name, value)


def install() -> None:
    opened = ledger.Ledger.__init__

    def watched_ledger(self, path, readonly=False):
        opened(self, path, readonly)
        if not readonly:
            self._base = Watched(self._base)

    sent = storyforge.system.client.Client._send

    async def watched_send(self, request, transport):
        step(f"before {request.method} {request.url[-30:]}")
        task = asyncio.ensure_future(sent(self, request, transport))
        await asyncio.sleep(0.004)
        step(f"during {request.method}")
        answer = await task
        step(f"after {request.method}")
        return answer

    fetched = storyforge.system.client.Client.download

    async def watched_download(self, url, target):
        step("before download")
        task = asyncio.ensure_future(fetched(self, url, target))
        await asyncio.sleep(0.002)
        step("during download")
        await task
        step("after download")

    replaced = storyforge.system.store.replace_atomically

    def watched_replace(source, target):
        step(f"before {target.parent.name}")
        replaced(source, target)
        step(f"after {target.parent.name}")

    checked = storyforge.system.decode.check_whole

    async def watched_check(path, frames=None, timeout=600):
        step("before the check")
        found = await checked(path, frames, timeout)
        step("after the check")
        return found

    replace_function(checked, watched_check)
    ledger.Ledger.__init__ = watched_ledger
    storyforge.system.client.Client._send = watched_send
    storyforge.system.client.Client.download = watched_download
    storyforge.system.store.replace_atomically = watched_replace
    # A minute of the host's own clock passes in a moment.
    for module in (storyforge.providers.recovery, storyforge.rendering.recovery):
        module.SETTLED = float(os.environ.get("SETTLED", "2.0"))


if __name__ == "__main__":
    install()
    from storyforge.cli import main

    try:
        main()
    finally:
        print(f"steps {steps}", file=sys.stderr, flush=True)
