"""How far beyond what hosts read the prompts of a film may be, all together."""

from __future__ import annotations

from collections.abc import Sequence

from storyforge.model.clip import Clip, Prompt
from storyforge.model.diagnostics import Diagnostic
from storyforge.model.storyboard import Shot

MAX_BEYOND = 10_000_000
"""Characters of all prompts together that are beyond what their hosts read. What is said once for the film or one of
the cast is said again in each clip, so a file that is not large may stand for prompts of any size."""


class NoRoom(Exception):
    """The prompts come to far more than is read; carries the finding."""

    def __init__(self, shot: int) -> None:
        most = f"{MAX_BEYOND // 1_000_000} million characters"
        message = f"of the prompts up to this shot, more than {most} are beyond what their hosts read"
        hint = "say less in `preserve`, `style`, marks and descriptions, which are said again in each clip"
        self.diagnostic = Diagnostic("too-much-text", "error", message, hint, ("shots", shot, "id"))
        super().__init__(message)


class PromptRoom:
    """Counts what prompts have more than their hosts read."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        self.shots, self.left = shots, MAX_BEYOND

    def take(self, prompt: Prompt, clip: Clip, limit: int) -> None:
        """Raises where there is no room for another prompt that is too long."""
        self.left -= max(prompt.characters - limit, 0)
        if self.left < 0:
            raise NoRoom(next(at for at, shot in enumerate(self.shots) if shot.id == clip.shots[0].id))
