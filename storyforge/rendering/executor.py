"""What renders one job: the whole seam to an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from storyforge.model.clip import Job
from storyforge.providers import find_provider


class Execute(Protocol):
    """Renders a job to a file: the whole seam to whatever renders, here or on other machines."""

    async def __call__(
        self, job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
    ) -> tuple[str, ...]:
        """Returns notes for people; raises a StoryForgeError if it cannot."""


async def draw_offline(
    job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
) -> tuple[str, ...]:
    """Draws a job's animatic; MediaError if it cannot."""
    from storyforge.animatic.render import render_animatic
    from storyforge.system.decode import check_whole

    provider = find_provider(job.provider, {})
    assert provider is not None
    notes = await render_animatic(provider.order(job).json, pictures, out, progress=progress)
    # As what a host sends: no take comes into the store before all of its frames were decoded.
    await check_whole(out, job.seconds * job.fps)
    return notes
