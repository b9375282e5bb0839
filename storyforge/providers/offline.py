"""The offline provider: an animatic, drawn and spoken on this machine, for nothing."""

from __future__ import annotations

from collections.abc import Mapping

from storyforge.model.capabilities import ALL_ASPECTS, Limits, Prices
from storyforge.model.clip import Job
from storyforge.model.messages import Request
from storyforge.providers.base import NO_PICTURES, Provider, merge_extra, picture_address


class Offline(Provider):
    """The animatic: it is drawn and spoken on this machine, and no request leaves it."""

    name = "offline"
    title = "Animatic"
    model = "animatic-1"  # raise the number when the same job is to look or sound different
    base_url = "offline:animatic"
    limits = Limits(aspects=ALL_ASPECTS)
    prices = Prices({"720p": 0.0, "1080p": 0.0}, source="drawn on this machine", date="2026-11-21")
    draws_panels = True

    def price_job(self, job: Job) -> float:
        """Always 0."""
        return 0.0  # whatever `extra` holds: what is drawn here costs nothing

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """All that the animatic is drawn from, to be rendered on this machine; `base_url` is no address."""
        body = {
            "prompt": job.prompt,
            "size": list(job.size),
            "fps": job.fps,
            "frames": job.seconds * job.fps,
            "language": job.language,
            "seed": job.seed,
            "take": job.take,
            "first_frame": picture_address(pictures, job.first_frame),
            "panels": [
                {
                    **panel,
                    "cast": [{**one, "picture": picture_address(pictures, one["picture"])} for one in panel["cast"]],
                    "scene": {**panel["scene"], "picture": picture_address(pictures, panel["scene"]["picture"])},
                }
                for panel in job.panels
            ],
        }
        return Request("POST", self.base_url, merge_extra(body, job.extra))
