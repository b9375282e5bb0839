"""Scenario: the model's id stands in the path, and a picture is an asset of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.clip import Job
from storyforge.conversation import Request
from storyforge.dialect import ALL_ASPECTS, CHARACTER_N, EITHER_MODES, MEGABYTE, Limits, Mode
from storyforge.providers.base import NO_PICTURES, Provider, given, merged

REFERENCE_MODEL = "model_alibaba-happy-horse-reference-to-video-1.1"
"""References have a model of their own. https://app.scenario.com/api/models/MODEL/markdown describes each."""


class Scenario(Provider):
    name = "scenario"
    title = "Scenario"
    model = "model_alibaba-happy-horse-1.1"
    base_url = "https://api.cloud.scenario.com/v1"
    settings = ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET")
    # Nothing but these words binds a picture here; a name in plain words leaves it unused.
    dialect = CHARACTER_N
    limits = Limits(aspects=ALL_ASPECTS, picture_bytes=10 * MEGABYTE, own_ids="asset")
    modes = EITHER_MODES
    prices = None  # billed in compute units; no number is public (2026-11-21)

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        # An array even for one reference: a single value in its place is dropped without a word.
        references = [given(pictures, token) for token in job.references]
        by_mode: dict[Mode, tuple[str, dict[str, Any]]] = {
            "text-to-video": (self.model, {"aspectRatio": job.aspect}),
            # Takes an aspect but follows the frame, so none is sent.
            "image-to-video": (self.model, {"image": given(pictures, job.first_frame)}),
            "reference-to-video": (REFERENCE_MODEL, {"referenceImages": references, "aspectRatio": job.aspect}),
        }
        model, inputs = by_mode[job.mode]
        body = {
            "prompt": job.prompt,
            **inputs,
            "resolution": job.resolution.upper(),  # `720P`; left out, it would be 1080P, and dearer
            "duration": job.seconds,
            "seed": job.seed,
        }
        return Request("POST", f"{self.base_url}/generate/custom/{model}", merged(body, job.extra))
