"""Tests that cost money run only if somebody asks for them by name, and says yes to a price at a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import pytest

from storyforge.providers import PROVIDERS

HOSTS = {kind.name: kind for kind in PROVIDERS if kind.settings}
"""What can be paid, by the name that `--provider` takes."""


def is_live(config: pytest.Config) -> bool:
    """Whether this run is for the live test and nothing else: `-m live`, and no longer expression."""
    return bool(config.option.markexpr.strip() == "live")


def check_options(config: pytest.Config) -> None:
    """UsageError where it is not said, or not clear, who is to be paid and who agrees to it."""
    host, agreed = config.getoption("--provider"), config.getoption("--yes-spend")
    if not is_live(config):
        if host is not None or agreed:
            raise pytest.UsageError("`--provider` and `--yes-spend` go with `-m live`; nothing was sent")
        return
    if host not in HOSTS:
        given = "none was given" if host is None else f"`{host}` is none"
        raise pytest.UsageError(f"`-m live` needs a host, `--provider NAME`, and {given}: {', '.join(HOSTS)}")
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError("`-m live` runs in one process: leave out `-n`; nothing was sent")
    if not agreed and not _is_at_terminal(config):
        raise pytest.UsageError("without a terminal to ask at, `-m live` needs `--yes-spend`; nothing was sent")


def say(config: pytest.Config, text: str) -> None:
    """Prints a line at once, although pytest captures what tests print."""
    with _uncaptured(config):
        sys.stdout.write(f"\n{text}\n")
        sys.stdout.flush()


def ask(config: pytest.Config, question: str) -> bool:
    """Whether the person at the terminal says yes; anything else, and nothing, is a no."""
    with _uncaptured(config), contextlib.suppress(EOFError):
        return input(f"{question} [y/N]: ").strip().lower() in ("y", "yes")
    return False


@contextlib.contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """The terminal as pytest found it, its input too; for use where pytest captures."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        yield
    finally:
        capture.resume_global_capture()


def _is_at_terminal(config: pytest.Config) -> bool:
    with _uncaptured(config):
        found = sys.stdin.isatty()
    config.pluginmanager.getplugin("capturemanager").suspend_global_capture()  # as it is before the first test
    return found
