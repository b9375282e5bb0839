"""HiAPI: one address for all models, the mode in the model's name, the parameters under `input`, and no seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from storyforge.model.capabilities import ALL_ASPECTS, EITHER_MODES, IMAGE_N, MEGABYTE, Limits, Mode
from storyforge.model.clip import Job
from storyforge.model.messages import (
    Answer,
    Collecting,
    Finding,
    Listing,
    Note,
    Ready,
    Recovery,
    Refused,
    Request,
    Wait,
)
from storyforge.providers.answers import (
    address_at,
    at,
    host_message,
    is_signed,
    items_at,
    number_at,
    read_failure,
    read_status,
    text_at,
    word_at,
)
from storyforge.providers.asking import Unseen, ask, follow, unknown_word
from storyforge.providers.base import NO_PICTURES, merge_extra, picture_address
from storyforge.providers.host import DAY, Host, bearer, path_step

RUNNING = ("queued", "handling", "archiving")
TRANSIENT = ("TASK_TIMEOUT", "MODEL_UNAVAILABLE", "STORAGE_UNAVAILABLE")
"""Codes of a failed task that may be ordered again, under a new key. https://docs.hiapi.ai/async-api/detail"""


class HiApi(Host):
    """HiAPI: a lost order is sent again under its idempotency key; no seed, and no public price."""

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
    recovery = Recovery.SAME
    id_seconds = DAY  # "about 24 hours". https://docs.hiapi.ai/async-api/create
    early_refusals = frozenset({429, 503})  # both are answered before a task is accepted, say the notes in its client
    at_once = 4  # ten at a time can lock a new account. https://www.hiapi.ai/en/blog/hiapi-rate-limit-429-error
    pictures = "address"
    poll_seconds = 4.0  # polls count towards the limits; 3 to 5 seconds or more are asked for, on the same page

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """One endpoint for all modes, which are suffixes of the model; the idempotency key is the job's fingerprint."""
        references = [picture_address(pictures, token) for token in job.references]
        by_mode: dict[Mode, dict[str, Any]] = {
            "text-to-video": {"aspect_ratio": job.aspect},
            "image-to-video": {
                "image_urls": [picture_address(pictures, job.first_frame)]
            },  # no aspect: the frame's shape wins
            "reference-to-video": {"reference_image": references, "aspect_ratio": job.aspect},  # an array, in singular
        }
        parameters = {
            "prompt": job.prompt,
            **by_mode[job.mode],
            "resolution": job.resolution,  # left out, it would be 1080p, and dearer
            "duration": job.seconds,
        }
        body = {"model": f"{self.model}/{job.mode}", "input": merge_extra(parameters, job.extra)}
        # Remembered for about a day with the bytes of the body: the same again is answered with the first task.
        # https://docs.hiapi.ai/async-api/create
        return Request("POST", f"{self.base_url}/tasks", body, {"Idempotency-Key": f"storyforge-{job.fingerprint}"})

    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """A bearer token."""
        return bearer(keys["HIAPI_API_KEY"])

    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """A 409 says that the first order with this key is still in flight, which is a limit and no loss."""
        said = answer.json
        status = read_status(answer, said)
        # The first request with this key is still in flight: the same again is answered once it is through.
        if status == 409:
            return Refused("limit", host_message(said) or "HTTP 409")
        number = number_at(said, "data", "taskId") if 200 <= status < 300 else None
        return number or self.read_refusal(answer, said, status)

    def collect(self, number: str) -> Collecting:
        """Polls the task by its id."""
        poll = Request("GET", f"{self.base_url}/tasks/{path_step(number)}")
        end = yield from follow(poll, self._read, self.poll_seconds)
        return end.ended if isinstance(end, Unseen) else end

    def _read(self, said: Any) -> Ready | Refused | Unseen | Wait | Note | None:
        task = at(said, "data")
        match word_at(task, "status"):
            case None:
                return None
            case "success":
                return _film(task, said)
            case "fail":
                code = (text_at(task, "error", "code") or "").upper()
                return read_failure("transient" if code in TRANSIENT else "fault", host_message(at(task, "error")))
            case word if word in RUNNING:
                return Wait(self.poll_seconds)
            case word:
                return unknown_word(self.title, word)

    def find(self, order: Request) -> Finding:
        """The list shows no bodies, so it finds no order; but every answer gives the time of the host's clock."""
        answer = yield from ask(Request("GET", f"{self.base_url}/tasks?page=1&size=20"))
        refused = read_status(answer, answer.json) in (401, 403)
        return Listing((), "it does not show what was ordered", answer.date, refused)

    def with_callback(self, order: Request, address: str) -> Request:
        """The address goes into the body, for the end of the task only."""
        return replace(order, json={**order.json, "callback": {"url": address, "when": "final"}})

    def read_callback(self, headers: Mapping[str, str], body: bytes, secret: str | None, now: float) -> str | None:
        """The same task as a poll tells, signed where the account has a signing key."""
        lower = {name.lower(): value for name, value in headers.items()}
        stamp, signature = lower.get("x-hiapi-timestamp", ""), lower.get("x-hiapi-signature", "")
        signed = stamp.encode(errors="replace") + b"." + body
        if not secret or not is_signed(signature, secret, stamp, signed, now):
            return None
        return number_at(Answer(200, {}, body).json, "taskId")


def _film(task: Any, said: Any) -> Ready | Unseen:
    """The film among the files that a task leaves: stills lie next to it, and before it."""
    for item in items_at(task, "output"):
        url = address_at(item, "url")
        if url and word_at(item, "type") in ("video", None):
            return Ready(url)
    return Unseen("the task is done, without the address of a film", said)
