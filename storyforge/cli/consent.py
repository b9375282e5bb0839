"""How a command that may cost money shows the plan, asks, and reports: callbacks of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from storyforge.cli.printer import ask, print_lines, print_text
from storyforge.cli.progress import Meter

if TYPE_CHECKING:
    from storyforge.api import Bill, Callbacks


def make_callbacks(meter: Meter, yes: bool) -> Callbacks:
    """Callbacks that speak to a terminal. `yes` confirms without asking; without a terminal nothing is confirmed."""
    from storyforge.api import Callbacks

    def confirm(bill: Bill) -> bool:
        return yes or (sys.stdin.isatty() and ask(bill.question))

    return Callbacks(confirm=confirm, announce=show_bill, progress=meter, note=meter.note)


def show_bill(bill: Bill) -> None:
    """Prints the plan that a bill is for, and how old its prices are, on stderr."""
    from storyforge.reports.plan_text import plan_text, price_notes

    print_text(plan_text(bill.plan, needed=bill.needed), err=True)
    print_lines(price_notes(bill.ordered, bill.plan.compiled), err=True)
