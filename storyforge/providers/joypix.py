"""JoyPix: the mode stands in the path and again in the model's name; the model is one version older than elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.clip import Job
from storyforge.conversation import Request
from storyforge.dialect import DESCRIPTIVE, EITHER_MODES, MEGABYTE, Limits, Mode, Prices
from storyforge.providers.base import NO_PICTURES, Provider, given, merged

PAGE = "https://www.joypix.ai/openapi/happyhorse-1.0-reference-to-video"


class JoyPix(Provider):
    name = "joypix"
    title = "JoyPix"
    model = "happyhorse-1.0"  # no page of 1.1 was found (2026-11-21)
    base_url = "https://openapi.joypix.ai"
    settings = ("JOYPIX_API_KEY",)
    # No word that binds a reference is documented (2026-11-21), so prompts describe which picture is meant.
    dialect = DESCRIPTIVE
    # 10 MB is stated for first frames alone; references are held to it too. Their page lists no aspects: the five of
    # the text page are taken.
    limits = Limits(picture_bytes=10 * MEGABYTE, frame_ratio=2.5)
    modes = EITHER_MODES
    prices = Prices({"720p": 0.14, "1080p": 0.24}, source=PAGE, date="2026-11-21")

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        references = [given(pictures, token) for token in job.references]
        by_mode: dict[Mode, tuple[str, dict[str, Any]]] = {
            "text-to-video": ("t2v", {"aspect_ratio": job.aspect}),
            "image-to-video": ("i2v", {"images": [given(pictures, job.first_frame)]}),  # no aspect: the frame's wins
            "reference-to-video": ("r2v", {"images": references, "aspect_ratio": job.aspect}),
        }
        suffix, inputs = by_mode[job.mode]
        body = {
            "model": f"{self.model}-{suffix}",
            "prompt": job.prompt,
            **inputs,
            "resolution": job.resolution,
            "duration": job.seconds,
            "seed": job.seed,
        }
        return Request("POST", f"{self.base_url}/v1/alibaba/{job.mode}", merged(body, job.extra))
