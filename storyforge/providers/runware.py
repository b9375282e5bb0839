"""Runware: one address, an array of tasks, and the one host that takes a first frame and references together."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from storyforge.clip import Job
from storyforge.conversation import Request
from storyforge.dialect import ALL_MODES, DESCRIPTIVE, MEGABYTE, Limits, Mode, Prices
from storyforge.providers.base import NO_PICTURES, Provider, given, merged

SIZES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("16:9", "720p"): (1280, 720),
    ("16:9", "1080p"): (1920, 1080),
    ("9:16", "720p"): (720, 1280),
    ("9:16", "1080p"): (1080, 1920),
    ("1:1", "720p"): (960, 960),
    ("1:1", "1080p"): (1440, 1440),
    # Both 17:13, a little narrower than 4:3: the nearest that the host sells. Conforming crops what is over.
    ("4:3", "720p"): (1088, 832),
    ("4:3", "1080p"): (1632, 1248),
    ("3:4", "720p"): (832, 1088),
    ("3:4", "1080p"): (1248, 1632),
}
"""Width and height by aspect and resolution; any other pair is refused."""


class Runware(Provider):
    name = "runware"
    title = "Runware"
    model = "alibaba:happyhorse@1.1"
    base_url = "https://api.runware.ai/v1"
    settings = ("RUNWARE_API_KEY",)
    dialect = DESCRIPTIVE
    # No ceiling for a picture is published (looked for on 2026-11-21); 20 MB is the largest that any host of the model
    # states.
    limits = Limits(picture_bytes=20 * MEGABYTE, own_ids="uuid")
    modes = ALL_MODES
    # "From" prices: the host's own examples come out some 3 % dearer, so an order asks for its true cost.
    prices = Prices(
        {"720p": 0.14, "1080p": 0.18},
        source="https://runware.ai/docs/models/alibaba-happyhorse-1-1",
        date="2026-11-21",
    )

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        width, height = SIZES[job.aspect, job.resolution]
        size = {"width": width, "height": height}
        # A first frame gives the shape, so a size beside it is refused; without one only a size fixes the shape, for
        # nobody says which of several references would. https://runware.ai/docs/models/alibaba-happyhorse-1-1
        tier = {"resolution": job.resolution}
        frame = {"frameImages": [{"image": given(pictures, job.first_frame), "frame": "first"}]}
        references = {"referenceImages": [given(pictures, token) for token in job.references]}
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": size,
            "image-to-video": {"inputs": frame, **tier},
            "reference-to-video": {"inputs": references, **size},
            "combined": {"inputs": {**frame, **references}, **tier},
        }
        task = {
            "taskType": "videoInference",
            "taskUUID": task_uuid(job.fingerprint),
            "model": self.model,
            "positivePrompt": job.prompt,
            **by_mode[job.mode],
            "duration": job.seconds,
            "seed": job.seed,
            "numberResults": 1,
            "outputType": "URL",
            "outputFormat": "MP4",
            "outputQuality": 95,
            "deliveryMethod": "async",
            "includeCost": True,
        }
        return Request("POST", self.base_url, [merged(task, job.extra)])


def task_uuid(fingerprint: str) -> str:
    """The name that an order goes by: the host refuses it the second time, so the same bytes are never billed twice."""
    return str(UUID(bytes=sha256(fingerprint.encode()).digest()[:16], version=4))
