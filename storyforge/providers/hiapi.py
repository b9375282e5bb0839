"""HiAPI: one address for all models, the mode in the model's name, the parameters under `input`, and no seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.clip import Job
from storyforge.conversation import Request
from storyforge.dialect import ALL_ASPECTS, EITHER_MODES, IMAGE_N, MEGABYTE, Limits, Mode
from storyforge.providers.base import NO_PICTURES, Provider, given, merged


class HiApi(Provider):
    name = "hiapi"
    title = "HiAPI"
    model = "happyhorse-1.1"
    base_url = "https://api.hiapi.ai/v1"
    settings = ("HIAPI_API_KEY",)
    dialect = IMAGE_N
    # No length of a prompt is stated (2026-11-21). The model behind it cuts silently, after 2500 characters in Chinese
    # and later in other scripts: 2500 is safe in all. A seed, like any key not on the model's page, is answered with
    # 400. https://docs.hiapi.ai/models/video/happyhorse-1-1-r2v
    limits = Limits(max_characters=2500, aspects=ALL_ASPECTS, takes_seed=False, picture_bytes=20 * MEGABYTE)
    modes = EITHER_MODES
    prices = None  # none is public (2026-11-21)

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        references = [given(pictures, token) for token in job.references]
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": {"aspect_ratio": job.aspect},
            "image-to-video": {"image_urls": [given(pictures, job.first_frame)]},  # no aspect: the frame's shape wins
            "reference-to-video": {"reference_image": references, "aspect_ratio": job.aspect},  # an array, in singular
        }
        parameters = {
            "prompt": job.prompt,
            **by_mode[job.mode],
            "resolution": job.resolution,  # left out, it would be 1080p, and dearer
            "duration": job.seconds,
        }
        body = {"model": f"{self.model}/{job.mode}", "input": merged(parameters, job.extra)}
        return Request("POST", f"{self.base_url}/tasks", body)
