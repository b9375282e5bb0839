"""What every rule is given: the storyboard, what was derived from it, and the pictures it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storyforge.clip import Clip, Prompt
from storyforge.diagnostics import Diagnostic, Path
from storyforge.mention import Names
from storyforge.pictures import Pictures
from storyforge.providers.base import Provider
from storyforge.storyboard import Shot, Storyboard


@dataclass(frozen=True)
class Context:
    """A storyboard under check."""

    board: Storyboard
    """As written, with every mistake that its types allow."""
    names: Names
    provider_of: Callable[[Shot], Provider | None]
    """Where a shot is rendered; None where nobody is called so."""
    main: Provider
    """Where the storyboard is rendered as a whole."""
    pictures: Pictures
    clips: tuple[tuple[Clip, Prompt], ...]
    """What was packed, of all shots that can be: those of an unknown provider are not in it."""
    own: Callable[[Path], bool]
    """Whether a path stands in the storyboard's own file, not in one that it uses."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        return self.board.shots or ()


Rule = Callable[[Context], Iterable[Diagnostic]]
