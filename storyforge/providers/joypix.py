"""JoyPix: the mode is in the path and again in the model's name; the model is one version older than elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.model.capabilities import DESCRIPTIVE, EITHER_MODES, MEGABYTE, Limits, Mode, Prices
from storyforge.model.clip import Job
from storyforge.model.messages import Answer, Collecting, Note, Ready, Recovery, Refused, Request, Wait
from storyforge.providers.answers import (
    address_at,
    at,
    host_message,
    number_at,
    read_failure,
    read_status,
    whole_at,
    word_at,
)
from storyforge.providers.asking import Unseen, follow, unknown_word
from storyforge.providers.base import NO_PICTURES, merge_extra, picture_address
from storyforge.providers.host import Host, bearer, path_step

PAGE = "https://www.joypix.ai/openapi/happyhorse-1.0-reference-to-video"


class JoyPix(Host):
    """JoyPix: neither idempotency key nor list, so a lost order is left for a person to settle."""

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
    recovery = Recovery.ASK  # no key, no list: a lost order cannot be found again
    at_once = 2  # no limit is documented (2026-11-21)
    pictures = "address"
    reorders = False  # nothing tells a failure that may pass from one that stays

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """An endpoint and a model for each mode; first frame and references are both sent as `images`."""
        references = [picture_address(pictures, token) for token in job.references]
        by_mode: dict[Mode, tuple[str, dict[str, Any]]] = {
            "text-to-video": ("t2v", {"aspect_ratio": job.aspect}),
            "image-to-video": (
                "i2v",
                {"images": [picture_address(pictures, job.first_frame)]},
            ),  # no aspect: the frame's wins
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
        return Request("POST", f"{self.base_url}/v1/alibaba/{job.mode}", merge_extra(body, job.extra))

    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """A bearer token."""
        return bearer(keys["JOYPIX_API_KEY"])

    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """Its pages disagree on the codes and words of a yes, so either is read."""
        said = answer.json
        status = read_status(answer, said)
        if not 200 <= status < 300:
            return self.read_refusal(answer, said, status)
        # One page says `code` 200 and `message`, another 0 and `msg` (2026-11-21).
        if whole_at(said, "code") in (0, 200, None):
            return number_at(said, "data", "task_id")
        # An order that was taken cannot be found again, so any other code is a no only where its words say so.
        return None if at(said, "data", "task_id") else self.read_refusal(answer, said)

    def collect(self, number: str) -> Collecting:
        """Polls the task by its id."""
        poll = Request("GET", f"{self.base_url}/v1/tasks/{path_step(number)}")
        end = yield from follow(poll, self._read, self.poll_seconds)
        return end.ended if isinstance(end, Unseen) else end

    def _read(self, said: Any) -> Ready | Refused | Unseen | Wait | Note | None:
        task = at(said, "data")
        match word_at(task, "status"):
            case None:
                return None
            case "completed":
                url = address_at(task, "video_url")
                return Ready(url) if url else Unseen("the task is done, without the address of a film", said)
            case "failed":
                return read_failure("fault", host_message(at(task, "error")))
            case "submitted" | "processing":
                return Wait(self.poll_seconds)
            case word:
                return unknown_word(self.title, word)
