"""What types cannot say: the rules of a good storyboard, one function each, in the tuple `CHECKS`."""

from __future__ import annotations

from storyforge.check.context import Context, Rule
from storyforge.diagnostics import Diagnostic

CHECKS: tuple[Rule, ...] = ()


def check_storyboard(context: Context) -> list[Diagnostic]:
    """All findings of all rules."""
    return [found for rule in CHECKS for found in rule(context)]
