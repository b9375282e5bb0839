"""What the commands that choose among takes share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.cli.options import Console, show_findings
from storyforge.cli.printer import print_lines
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import StoryForgeError

if TYPE_CHECKING:
    from storyforge.api import Choice, Compilation


def open_sound(file: Path, provider: str | None, console: Console, but: str | None = None) -> Compilation:
    """The storyboard compiled; StoryForgeError where it has an error, which is shown. Findings of the name `but` do not
    matter."""
    from storyforge.api import check_sound

    compiled = open_storyboard(file, provider)
    try:
        return check_sound(compiled, but)
    except StoryForgeError:
        # The error that goes on says only that there are some.
        show_findings(compiled, console, strict=False)
        raise


def show_choice(choice: Choice, nothing: str = "") -> None:
    """Prints what was written into the lock, or `nothing`, and what that changes."""
    from storyforge.reports.takes_text import choice_lines, follow_lines

    print_lines([*(choice_lines(choice) or [nothing]), *follow_lines(choice)])
