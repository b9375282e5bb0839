"""How a run that failed is reported."""

from __future__ import annotations

from storyforge.model.errors import BudgetError, HostError
from storyforge.rendering.run import Outcome
from storyforge.reports.run_text import failure_text


def test_nothing_is_said_of_a_run_that_failed_nowhere():
    assert failure_text(Outcome()) is None


def test_each_hint_is_said_once_and_what_waited_is_named():
    faults = {"take:a": HostError("down", "wait"), "take:b": HostError("down too", "wait"), "film": BudgetError("no")}
    text = failure_text(Outcome(failures=faults, blocked=("boat",)))
    assert text == "error: 3 steps failed, `boat` waited for that; run again to do what is missing\n  = hint: wait"
