"""Slates as release 0.1 wrote them, with the prompt in them: its locks, stores and ledgers know them by these.

Nothing is rendered from such a slate any more. What was rendered or ordered from one counts as long as the author has
written nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.compiler.first_prompt import FirstWriter
from storyforge.compiler.pack import extra_for
from storyforge.compiler.panels import make_panels
from storyforge.compiler.slates import fingerprint
from storyforge.compiler.templates import Templates
from storyforge.compiler.wording import TemplateFault
from storyforge.language.mentions import Names
from storyforge.model.clip import Clip, LastFrame
from storyforge.model.storyboard import Storyboard
from storyforge.providers.base import Provider

LATER = ("kind", "language")
"""What later releases say of a line that is drawn."""


class FirstForm:
    """Makes the slates of a storyboard's clips in the first form."""

    def __init__(
        self, storyboard: Storyboard, providers: Mapping[str, Provider], names: Names, templates: Templates
    ) -> None:
        self.storyboard, self.providers, self.names, self.templates = storyboard, providers, names, templates
        self._writers: dict[str, FirstWriter | None] = {}

    def make_slate(self, clip: Clip, before: str | None) -> tuple[dict[str, Any], str] | None:
        """The slate of a clip and its fingerprint; `before` is that of the slate which the clip that it continues
        plays. None where the project's own templates cannot be filled in as they were."""
        try:
            writer = self._find_writer(clip.provider)
            prompt = writer.write(clip) if writer else None
        except TemplateFault:
            self._writers[clip.provider] = prompt = None
        if prompt is None:
            return None
        slate = self._fields(clip, self.providers[clip.provider], prompt, before)
        return slate, fingerprint(slate)

    def _find_writer(self, provider: str) -> FirstWriter | None:
        if provider not in self._writers:
            dialect = self.providers[provider].dialect
            self._writers[provider] = FirstWriter(self.storyboard, dialect, self.templates)
        return self._writers[provider]

    def _fields(self, clip: Clip, provider: Provider, prompt: str, before: str | None) -> dict[str, Any]:
        frame, form = clip.first_frame, self.storyboard.format
        opening: Any = frame and frame.token
        if isinstance(frame, LastFrame):
            opening = {"follows": before, **({"anchor": "sharpest"} if frame.sharpest else {})}
        fields: dict[str, Any] = {
            "provider": provider.name,
            "model": provider.model,
            "mode": clip.mode,
            "prompt": prompt,
            "references": [reference.picture.token for reference in clip.references],
            "first_frame": opening,
            "seconds": clip.seconds,
            "resolution": form.resolution,
            "seed": clip.seed,
            "take": clip.take,
            "extra": extra_for(provider.name, self.storyboard, clip.shots[0]),
        }
        if frame is None or provider.draws_panels:
            fields["aspect"] = form.aspect
        if provider.draws_panels:
            panels = [_as_drawn(panel) for panel in make_panels(self.storyboard, clip, self.names)]
            fields |= {"fps": form.fps, "language": self.storyboard.language, "panels": panels}
        return fields


def _as_drawn(panel: Mapping[str, Any]) -> dict[str, Any]:
    lines = [{name: value for name, value in line.items() if name not in LATER} for line in panel["lines"]]
    return {**panel, "lines": lines}
