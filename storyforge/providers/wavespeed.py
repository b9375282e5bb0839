"""WaveSpeedAI: the mode stands in the path, the parameters are the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.clip import Job
from storyforge.conversation import Request
from storyforge.dialect import DESCRIPTIVE, EITHER_MODES, MEGABYTE, Limits, Mode, Prices
from storyforge.providers.base import NO_PICTURES, Provider, given, merged

PAGE = "https://wavespeed.ai/docs/docs-api/alibaba/alibaba-happyhorse-1.1-reference-to-video"


class WaveSpeed(Provider):
    name = "wavespeed"
    title = "WaveSpeedAI"
    model = "alibaba/happyhorse-1.1"
    base_url = "https://api.wavespeed.ai"
    settings = ("WAVESPEED_API_KEY",)
    # No word that binds a reference is documented (2026-11-21), so prompts describe which picture is meant.
    dialect = DESCRIPTIVE
    # 10 MB is stated for first frames alone; references are held to it too.
    limits = Limits(picture_bytes=10 * MEGABYTE, frame_ratio=2.5)
    modes = EITHER_MODES
    prices = Prices({"720p": 0.14, "1080p": 0.189}, source=PAGE, date="2026-11-21")

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        references = [given(pictures, token) for token in job.references]
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": {"aspect_ratio": job.aspect},
            "image-to-video": {"image": given(pictures, job.first_frame)},  # has no aspect: the frame's shape wins
            "reference-to-video": {"images": references, "aspect_ratio": job.aspect},
        }
        body = {
            "prompt": job.prompt,
            **by_mode[job.mode],
            "resolution": job.resolution,
            "duration": job.seconds,
            # The page's table lets a seed begin at -1, its text at 0. Ours begin at 0, which both allow.
            "seed": job.seed,
        }
        return Request("POST", f"{self.base_url}/api/v3/{self.model}/{job.mode}", merged(body, job.extra))
